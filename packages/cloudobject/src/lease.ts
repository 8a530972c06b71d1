/**
 * The right to compute something, held by one among any number of processes: an object that only one can create. It is
 * renewed while its holder lives; one that is not is passed on, by the next number, which again only one can create. Nothing
 * but creation is conditional, so that every store with `if-none-match` will do.
 *
 * A clock is only trusted for durations, except that a lease which is a minute older than it may become was left behind.
 */
import { randomBytes } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import type { Storage } from '@skein/storage';
import { codeOf, isMissing } from './errors.ts';
import { isAlive, ownIdentity, parseIdentity } from './temporary/process-identity.ts';

export interface LeasePlace {
  readonly storage: Storage;
  readonly bucket: string;
  /** Of the leases' keys, which go on with a number. */
  readonly prefix: string;
  readonly ttlMs: number;
}

/** Clocks of stores and readers are taken to differ by less. */
const SKEW_MS = 60_000;
/** A holder that is known to live may compute so long without a turn of its event loop, in times to live. */
const PATIENCE = 20;

export class Lease {
  readonly #place: LeasePlace;
  readonly #number: number;
  readonly #renewing: NodeJS.Timeout;
  #renewal: Promise<void> = Promise.resolve();
  #beat = 0;

  constructor(place: LeasePlace, number: number) {
    this.#place = place;
    this.#number = number;
    this.#renewing = setInterval(() => {
      const { storage, bucket, prefix } = place;
      this.#renewal = storage
        .putObject(bucket, `${prefix}${number}`, textOf(place.ttlMs, ++this.#beat))
        .then(() => {})
        .catch(() => {}); // the next one may succeed; without any the lease is passed on
    }, place.ttlMs / 3);
    this.#renewing.unref();
  }

  /** Gives it up, with those that it has taken the place of: whoever comes next finds none. */
  async release(): Promise<void> {
    clearInterval(this.#renewing);
    await this.#renewal;
    const { storage, bucket, prefix } = this.#place;
    const keys = Array.from({ length: this.#number }, (_, i) => `${prefix}${i + 1}`);
    await storage.deleteObjects(bucket, keys);
  }
}

/** One that would have the lease. It remembers what it has seen, and takes the place of a holder that it has seen die. */
export class Claim {
  readonly #place: LeasePlace;
  #etag: string | undefined;
  #since = 0;

  constructor(place: LeasePlace) {
    this.#place = place;
  }

  /** @returns undefined while another holds it */
  async attempt(): Promise<Lease | undefined> {
    if (this.#etag === undefined) {
      const first = await this.#create(1);
      if (first !== undefined) return first;
    }
    const last = await this.#last();
    if (last === 0) return this.#create(1);
    return (await this.#isDead(last)) ? this.#create(last + 1) : undefined;
  }

  async #create(number: number): Promise<Lease | undefined> {
    const { storage, bucket, prefix, ttlMs } = this.#place;
    try {
      await storage.putObject(bucket, `${prefix}${number}`, textOf(ttlMs, 0), { ifNoneMatch: '*' });
      return new Lease(this.#place, number);
    } catch (error) {
      if (codeOf(error) === 'precondition-failed') return undefined;
      throw error;
    }
  }

  /** The number of the lease that stands; 0 when none does. */
  async #last(): Promise<number> {
    const { storage, bucket, prefix } = this.#place;
    for (let number = 1; ; number++) {
      try {
        await storage.headObject(bucket, `${prefix}${number}`);
      } catch (error) {
        if (isMissing(error)) return number - 1;
        throw error;
      }
    }
  }

  async #isDead(number: number): Promise<boolean> {
    const { storage, bucket, prefix } = this.#place;
    try {
      const { info, body } = await storage.getObject(bucket, `${prefix}${number}`, { info: true });
      const text = body.toString('utf8');
      const now = performance.now();
      if (info.etag !== this.#etag) {
        this.#etag = info.etag;
        this.#since = now;
      }
      const ttlMs = ttlOf(text) ?? this.#place.ttlMs;
      const holder = parseIdentity(text);
      const alive = holder && isAlive(holder);
      if (alive === false) return true;
      const limit = alive === true ? PATIENCE * ttlMs : ttlMs;
      return now - this.#since >= limit || Date.now() - info.lastModified.getTime() >= limit + SKEW_MS;
    } catch (error) {
      if (isMissing(error)) return false; // given up since: the next attempt finds it so
      throw error;
    }
  }
}

/** Differs from all others, because the etags of many stores are hashes of what is stored. A thread may end before its process: it says nothing of that. */
function textOf(ttlMs: number, beat: number): string {
  const identity = isMainThread ? ownIdentity() : {};
  return JSON.stringify({ ...identity, ttlMs, beat, holder: randomBytes(6).toString('hex') });
}

function ttlOf(text: string): number | undefined {
  try {
    const { ttlMs } = JSON.parse(text) as { ttlMs?: unknown };
    return typeof ttlMs === 'number' && ttlMs > 0 ? ttlMs : undefined;
  } catch {
    return undefined;
  }
}
