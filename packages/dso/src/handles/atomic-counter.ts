import { codesOf } from '../objects/catalog.ts';
import { integer } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('counter');

/**
 * A whole number within ±(2^53 - 1) that many count on. What would go beyond is refused (`bad-argument`), and it stays
 * as it was: an {@link AtomicLong} has no such limit.
 */
export class AtomicCounter extends SharedObject {
  /** Adds to it, and gives what it is then. */
  increment(n = 1, options?: WriteOptions): Promise<number> {
    return this.#add('the number to add', n, 1, options);
  }

  /** Takes from it, and gives what it is then. */
  decrement(n = 1, options?: WriteOptions): Promise<number> {
    return this.#add('the number to subtract', n, -1, options);
  }

  /** What it is. */
  async tally(options?: CallOptions): Promise<number> {
    return (await this.read(CODES.tally, [], options)) as number;
  }

  /** Sets it, to what it began with unless another number is given. Gives what it was. */
  async reset(to?: number, options?: WriteOptions): Promise<number> {
    const args = [to === undefined ? undefined : integer('the number to reset to', to)];
    return (await this.write(CODES.reset, args, options)) as number;
  }

  /** Sets it to `next` if it is `expected`; whether it was. */
  async compareAndSet(expected: number, next: number, options?: WriteOptions): Promise<boolean> {
    const args = [integer('the expected number', expected), integer('the next number', next)];
    return (await this.write(CODES.compareAndSet, args, options)) as boolean;
  }

  /** Not `async`: no method is called as often, and that would double what a call leaves to the garbage collector. */
  #add(what: string, n: unknown, sign: 1 | -1, options: WriteOptions | undefined): Promise<number> {
    let args: readonly [number];
    try {
      args = [sign * integer(what, n)];
    } catch (error) {
      return Promise.reject(error);
    }
    return this.write(CODES.add, args, options) as Promise<number>;
  }
}
