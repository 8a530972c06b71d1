import { lstatSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../errors.ts';
import { codeOf, isGone, ownName } from './owner.ts';

/**
 * Locks between processes, for steps that are synchronous and a few system calls long.
 *
 * A lock is a symbolic link whose target is its owner's name: symlink(2) makes both in one step and fails if there is one.
 * - L1 Only the owner removes its lock, or whoever has shown that the owner is gone.
 * - L2 The lock of one who is gone is removed only under the lock of the same name with '~' at its end, after looking
 *   again: of several who find it, none removes the lock that another has taken since. '~' is a lock by the same rules.
 * - L3 An owner on another machine or from before a reboot cannot be asked; its lock counts as left behind after a minute,
 *   thousands of times what any step takes.
 */
const LEFT_BEHIND_MS = 60_000;

/** How long to try before giving up on an owner that lives but does not move: stopped, or on a disk that hangs. */
const PATIENCE_MS = 30_000;

/** Runs `step` under the lock at `path`. `step` must be synchronous: whoever waits counts on microseconds. */
export async function withLock<T>(path: string, signal: AbortSignal | undefined, step: () => T): Promise<T> {
  let waited = 0;
  for (let attempt = 0; ; attempt++) {
    if (acquire(path)) {
      try {
        return step();
      } finally {
        remove(path);
      }
    }
    if (waited > PATIENCE_MS) {
      throw new StorageError(
        'busy',
        `the lock ${path} has been held for ${waited} ms by ${holderOf(path) ?? 'another'}`,
      );
    }
    // Others hold it for microseconds, but the machine may be busy: step back further each time.
    const pause = Math.min(1 + attempt, 20) * (0.5 + Math.random());
    waited += pause;
    await sleep(pause, undefined, signal && { signal });
  }
}

function acquire(path: string): boolean {
  for (;;) {
    try {
      symlinkSync(ownName(), path);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if (!breakStale(path)) return false;
  }
}

/** Removes a lock that was left behind (L2); whether it is worth trying again at once. */
function breakStale(path: string): boolean {
  const holder = holderOf(path);
  if (holder === undefined) return true;
  if (!isStale(path, holder)) return false;
  const guard = `${path}~`;
  if (!acquire(guard)) return false;
  try {
    if (holderOf(path) === holder && isStale(path, holder)) remove(path);
  } finally {
    remove(guard);
  }
  return true;
}

function isStale(path: string, holder: string): boolean {
  const gone = isGone(holder);
  if (gone !== undefined) return gone;
  const made = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && Date.now() - made > LEFT_BEHIND_MS;
}

function holderOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
