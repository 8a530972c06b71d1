import { Lock as SharedLock } from '@skein/dso/handles';
import { ProcessError } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';
import { type BlockOptions, inTime, limitOf } from '../waiting.ts';

/** What a {@link Condition} may be of. */
export interface LockLike {
  /** @internal */
  readonly shared: SharedLock;
  acquire(options?: BlockOptions): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Mutual exclusion. Whoever it is may release it, as in Python, and who waits twice for it waits for itself. The end of
 * the process that has acquired it frees it.
 */
export class Lock implements LockLike {
  /** @internal */
  readonly shared: SharedLock;

  /** @param shared internal: where it has travelled */
  constructor(shared?: SharedLock) {
    this.shared = shared ?? make((dso, key) => dso.lock(key));
  }

  /** Waits for the lock; whether it was had in time. */
  async acquire(options?: BlockOptions): Promise<boolean> {
    const limit = limitOf(options);
    return limit === undefined
      ? (await this.shared.tryAcquire()) !== undefined
      : inTime(this.shared.acquire(limit));
  }

  /** @throws {ProcessError} `too-often` when nobody holds it */
  async release(): Promise<void> {
    if (!(await this.shared.releaseAny()))
      throw new ProcessError('too-often', 'the lock was released too many times: nobody holds it');
  }

  /** Runs a function while the lock is held: Python's `with lock`. */
  use<R>(fn: () => R | Promise<R>): Promise<R> {
    return useLock(this, fn);
  }
}

travels(
  'Lock',
  Lock,
  [SharedLock],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new Lock(handle),
);

/** Python's `with`. */
export async function useLock<R>(lock: LockLike, fn: () => R | Promise<R>): Promise<R> {
  await lock.acquire();
  let result: R;
  try {
    result = await fn();
  } catch (error) {
    // What went wrong first is what to tell.
    await lock.release().catch(() => {});
    throw error;
  }
  await lock.release();
  return result;
}
