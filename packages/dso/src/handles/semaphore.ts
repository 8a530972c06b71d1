import type { Undo } from '../client/pending.ts';
import { codesOf } from '../objects/catalog.ts';
import { positive } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('semaphore');

/** Options of `use`. */
export interface PermitOptions extends WriteOptions {
  /** @default 1 */
  readonly permits?: number | undefined;
}

/**
 * Permits, first come first served: a large request is not overtaken by small ones. They come back when the call or
 * process ends that has acquired them, unless it was made with `owned: false`.
 *
 * With a `bound` it is a lock or a pool: permits that are to be had are never more, and whoever releases them, those who
 * hold them are relieved. Without one it may also be a signal: permits that the caller does not hold are new ones.
 */
export class Semaphore extends SharedObject {
  /** Takes permits; waits for them. @throws {TimeoutError} when that took too long */
  async acquire(permits = 1, options?: WriteOptions): Promise<void> {
    await this.writeWaiting(CODES.acquire, [positive('permits', permits)], options, giveBack);
  }

  /** Takes permits if they are there at once, and nobody waits; whether it did. */
  async tryAcquire(permits = 1, options?: WriteOptions): Promise<boolean> {
    const args = [positive('permits', permits)];
    return (await this.writeTaking(CODES.tryAcquire, args, options, giveBack)) as boolean;
  }

  /**
   * Gives permits back. If the caller (its process, or its call of an executor) holds fewer, then
   * - with a `bound`, those give up the rest who hold some, who has held them for longest first: what they let go at their
   *   end is that much less;
   * - without, the rest adds to what there is, and who holds permits keeps them.
   * @throws {DsoError} `released-too-often`: more would be to be had than the `bound`; nothing has changed
   */
  async release(permits = 1, options?: WriteOptions): Promise<void> {
    await this.write(CODES.release, [positive('permits', permits)], options);
  }

  /** How many permits there are to be taken. */
  async available(options?: CallOptions): Promise<number> {
    return (await this.read(CODES.available, [], options)) as number;
  }

  /** Runs a function with permits, and gives them back however it ends. */
  async use<R>(fn: () => R | Promise<R>, { permits = 1, ...options }: PermitOptions = {}): Promise<R> {
    await this.acquire(permits, options);
    let result: R;
    try {
      result = await fn();
    } catch (error) {
      // What went wrong first is what to tell; permits that cannot be given back go with the session.
      await this.release(permits).catch(() => {});
      throw error;
    }
    await this.release(permits);
    return result;
  }
}

/** Permits that came when their caller had been told that nobody knows. */
const giveBack: Undo = (reply, permits) =>
  reply === true ? [{ operation: CODES.release, args: permits }] : [];
