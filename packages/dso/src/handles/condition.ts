import { count } from './collection-arguments.ts';
import type { ConditionOptions, Lock } from './lock.ts';

/**
 * What those who hold a lock may wait for until another holder says that it has come about. Between the notification
 * and the return of `wait` others may hold the lock, so what is waited for is looked at again.
 *
 * @example
 * ```ts
 * await lock.use(async () => {
 *   while ((await queue.size()) === 0) await notEmpty.wait();
 *   …
 * });
 * ```
 */
export class Condition {
  readonly lock: Lock;
  readonly name: string;

  /** Made by `lock.condition(name)`. */
  constructor(lock: Lock, name: string) {
    this.lock = lock;
    this.name = name;
  }

  /**
   * Releases the lock, waits to be notified, and holds the lock again, as often as before, with a new token:
   * `lock.token`. Gives `false` when it was not notified in time. The lock is then acquired again, behind those who
   * wait for it, so that it is held however this ends; `timeoutMs` does not limit that. So it is when `signal` has
   * aborted it, whose reason is thrown.
   *
   * @throws {DsoError} `not-holder`: the lock is not held
   */
  wait(options?: ConditionOptions): Promise<boolean> {
    return this.lock.waitFor(this.name, options);
  }

  /** Notifies so many of those who wait, those who have waited longest. Gives how many. */
  async notify(n = 1, options?: ConditionOptions): Promise<number> {
    return this.lock.notify(this.name, count('the number to notify', n), options);
  }

  /** Notifies all who wait. Gives how many. */
  notifyAll(options?: ConditionOptions): Promise<number> {
    return this.lock.notify(this.name, undefined, options);
  }
}
