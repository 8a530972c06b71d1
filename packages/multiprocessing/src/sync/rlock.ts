import { DsoError, Lock as SharedLock } from '@skein/dso/handles';
import { ProcessError } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';
import { type BlockOptions, inTime, limitOf } from '../waiting.ts';
import { type LockLike, useLock } from './lock.ts';

/** All that runs in a process is one holder, as all that runs in a thread is in Python. */
const PROCESS = { holder: 'process' } as const;

/**
 * Mutual exclusion of processes: the one that has it may acquire it again, and has to release it as often. Nobody else
 * may release it. The end of the process frees it.
 */
export class RLock implements LockLike {
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
      ? (await this.shared.tryAcquire(PROCESS)) !== undefined
      : inTime(this.shared.acquire({ ...PROCESS, ...limit }));
  }

  /** Releases it once. @throws {ProcessError} `not-owner` when this process does not hold it */
  async release(): Promise<void> {
    try {
      await this.shared.release();
    } catch (error) {
      if (!(error instanceof DsoError) || error.code !== 'not-holder') throw error;
      throw new ProcessError('not-owner', 'the recursive lock is not held by the process that releases it');
    }
  }

  /** Runs a function while the lock is held: Python's `with lock`. */
  use<R>(fn: () => R | Promise<R>): Promise<R> {
    return useLock(this, fn);
  }
}

travels(
  'RLock',
  RLock,
  [SharedLock],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new RLock(handle),
);
