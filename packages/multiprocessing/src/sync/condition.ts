import { DsoError, Lock as SharedLock } from '@skein/dso/handles';
import { badArgument, ProcessError } from '../errors.ts';
import { travels } from '../portable.ts';
import { currentRuntime } from '../runtime.ts';
import { type BlockOptions, limitOf, type TimeoutOptions } from '../waiting.ts';
import { Lock, type LockLike, useLock } from './lock.ts';
import { RLock } from './rlock.ts';

/**
 * What those who hold a lock may wait for until another one says that it has come about.
 *
 * @example
 * await condition.use(() => condition.waitFor(async () => !(await queue.empty())));
 */
export class Condition {
  readonly #lock: LockLike;
  readonly #name: string;

  /**
   * @param lock @default an {@link RLock} of its own
   * @param name internal: where it has travelled
   */
  constructor(lock: Lock | RLock = new RLock(), name: string = currentRuntime().key()) {
    if (!(lock instanceof Lock || lock instanceof RLock))
      throw badArgument('lock', 'a Lock or an RLock', lock);
    this.#lock = lock;
    this.#name = name;
  }

  acquire(options?: BlockOptions): Promise<boolean> {
    return this.#lock.acquire(options);
  }

  release(): Promise<void> {
    return this.#lock.release();
  }

  /** Runs a function while the lock is held: Python's `with condition`. */
  use<R>(fn: () => R | Promise<R>): Promise<R> {
    return useLock(this.#lock, fn);
  }

  /**
   * Releases the lock, waits to be notified, and holds the lock again, as often as before. Gives whether it was notified
   * in time; the lock is held in any case.
   *
   * @throws {ProcessError} `not-owner` when this process does not hold the lock
   */
  wait(options: TimeoutOptions = {}): Promise<boolean> {
    return owned(this.#lock.shared.waitFor(this.#name, limitOf(options) ?? { timeoutMs: 0 }));
  }

  /** Waits, again and again, until `predicate` gives something true; gives what it gave last. */
  async waitFor<R>(predicate: () => R | Promise<R>, options: TimeoutOptions = {}): Promise<R> {
    limitOf(options);
    const { timeoutMs, signal } = options;
    const end = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    let result = await predicate();
    while (!result) {
      const leftMs = end - performance.now();
      if (leftMs <= 0) break;
      await this.wait({ timeoutMs: leftMs, signal });
      result = await predicate();
    }
    return result;
  }

  /** Wakes so many of those who wait, those who have waited longest. */
  async notify(n = 1): Promise<void> {
    if (!(Number.isSafeInteger(n) && n >= 0)) throw badArgument('n', 'how many to notify', n);
    await owned(this.#lock.shared.notify(this.#name, n));
  }

  /** Wakes all who wait. */
  async notifyAll(): Promise<void> {
    await owned(this.#lock.shared.notify(this.#name, undefined));
  }

  static {
    travels(
      'Condition',
      Condition,
      [SharedLock],
      (condition) => ({
        handles: [condition.#lock.shared],
        data: [condition.#name, condition.#lock instanceof Lock] as const,
      }),
      ([handle], [name, isPlain]) => new Condition(isPlain ? new Lock(handle) : new RLock(handle), name),
    );
  }
}

async function owned<R>(asked: Promise<R>): Promise<R> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof DsoError) || error.code !== 'not-holder') throw error;
    throw new ProcessError('not-owner', 'the lock of the condition is not held by this process');
  }
}
