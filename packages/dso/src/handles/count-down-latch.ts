import { codesOf } from '../objects/catalog.ts';
import { positive } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('latch');

/** Opens when so many things have happened, for any number of those who wait; then it stays open. */
export class CountDownLatch extends SharedObject {
  /** Counts down, and gives what is left; at 0 it stays. */
  async countDown(n = 1, options?: WriteOptions): Promise<number> {
    return (await this.write(
      CODES.countDown,
      [positive('the number to count down by', n)],
      options,
    )) as number;
  }

  /** What is left to happen. */
  async count(options?: CallOptions): Promise<number> {
    return (await this.read(CODES.count, [], options)) as number;
  }

  /**
   * Waits until nothing is left. It does not count itself.
   * @throws {TimeoutError} when that took too long; the latch is as it was
   */
  async wait(options?: WriteOptions): Promise<void> {
    await this.writeWaiting(CODES.wait, [], options);
  }
}
