/**
 * The right to do something, held by one of the processes of a machine: a file that only one can create, by a link, which gives it
 * its content at the same time. It names its holder, so that others see it die, and is touched while its holder lives, for those
 * who cannot look (other containers) and for threads, which may end before their process.
 *
 * Whoever takes over creates the next number rather than remove what is there: two who saw the same one die would remove each
 * other's. A number is only good while the one that it takes the place of is the one that was seen.
 */
import { readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { Lease } from '../tier.ts';
import { createFile, ifThere, temporaryName } from './files.ts';
import { isAlive, ownIdentity, parseIdentity } from './process-identity.ts';

/** A holder that is known to live may be busy so long without a turn of its event loop, in times to live. */
const PATIENCE = 20;

export interface LeaseFolders {
  readonly leases: string;
  readonly temporary: string;
}

/** @returns undefined while another holds it */
export function acquireLease(
  { leases, temporary }: LeaseFolders,
  name: string,
  leaseMs: number,
): HeldLease | undefined {
  const path = (number: number): string => join(leases, `${name}.${number}`);
  let last = 0;
  let before: string | undefined;
  for (let seen = contentOf(path(1)); seen !== undefined; seen = contentOf(path(last + 1))) {
    last++;
    before = seen;
  }
  if (before !== undefined && !isAbandoned(path(last), before)) return undefined;
  const own = join(temporary, temporaryName());
  if (!createFile(own, path(last + 1), contentFor(leaseMs))) return undefined;
  if (before !== undefined && contentOf(path(last)) !== before) {
    // It was given up while this one was made, and may be another's by now.
    rmSync(path(last + 1), { force: true });
    return undefined;
  }
  return new HeldLease(
    Array.from({ length: last + 1 }, (_, i) => path(last + 1 - i)),
    leaseMs,
  );
}

/** One that this process holds. */
export class HeldLease implements Lease {
  /** Its file first, then those that it has taken the place of. */
  readonly #paths: readonly string[];
  readonly #beating: NodeJS.Timeout;

  constructor(paths: readonly string[], leaseMs: number) {
    this.#paths = paths;
    this.#beating = setInterval(() => {
      const now = new Date();
      try {
        utimesSync(paths[0]!, now, now);
      } catch {
        // It was passed on, or the folder is gone: whoever loads as well does so twice, no more.
      }
    }, leaseMs / 3);
    this.#beating.unref();
  }

  releaseNow(): void {
    clearInterval(this.#beating);
    for (const path of this.#paths) rmSync(path, { force: true });
  }

  async release(): Promise<void> {
    try {
      this.releaseNow();
    } catch {
      // It is passed on in time.
    }
  }
}

function contentFor(leaseMs: number): string {
  // A thread does not vouch for itself by its process.
  const holder = isMainThread ? ownIdentity() : undefined;
  return JSON.stringify({ holder, leaseMs, nonce: temporaryName() });
}

function contentOf(path: string): string | undefined {
  return ifThere(() => readFileSync(path, 'utf8'));
}

function isAbandoned(path: string, content: string): boolean {
  const touched = ifThere(() => statSync(path).mtimeMs);
  if (touched === undefined) return false; // given up since: the next attempt finds it so
  let holder: unknown;
  let leaseMs: unknown;
  try {
    ({ holder, leaseMs } = JSON.parse(content) as { holder?: unknown; leaseMs?: unknown });
  } catch {
    return true; // nobody of this format
  }
  const identity = parseIdentity(holder);
  const alive = identity && isAlive(identity);
  if (alive === false) return true;
  const limit = (typeof leaseMs === 'number' ? leaseMs : 0) * (alive === true ? PATIENCE : 1);
  return Math.abs(Date.now() - touched) >= limit;
}
