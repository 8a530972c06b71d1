import { codesOf } from '../objects/catalog.ts';
import { long } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('long');

/**
 * A bigint that many count on. It does not wrap around; beyond 4,096 bits it refuses (`bad-argument`). Whole numbers
 * are taken for bigints, answers are bigints.
 */
export class AtomicLong extends SharedObject {
  async get(options?: CallOptions): Promise<bigint> {
    return (await this.read(CODES.get, [], options)) as bigint;
  }

  async set(value: bigint | number, options?: WriteOptions): Promise<void> {
    await this.write(CODES.set, [long('the value', value)], options);
  }

  /** Sets it, and gives what it was. */
  async getAndSet(value: bigint | number, options?: WriteOptions): Promise<bigint> {
    return (await this.write(CODES.getAndSet, [long('the value', value)], options)) as bigint;
  }

  /** Adds 1, and gives what it was. */
  async getAndIncrement(options?: WriteOptions): Promise<bigint> {
    return (await this.addAndGet(1n, options)) - 1n;
  }

  /** Takes 1 away, and gives what it was. */
  async getAndDecrement(options?: WriteOptions): Promise<bigint> {
    return (await this.addAndGet(-1n, options)) + 1n;
  }

  /** Adds, and gives what it was. */
  async getAndAdd(delta: bigint | number, options?: WriteOptions): Promise<bigint> {
    return (await this.addAndGet(delta, options)) - BigInt(delta);
  }

  /** Adds 1, and gives what it is then. */
  incrementAndGet(options?: WriteOptions): Promise<bigint> {
    return this.addAndGet(1n, options);
  }

  /** Takes 1 away, and gives what it is then. */
  decrementAndGet(options?: WriteOptions): Promise<bigint> {
    return this.addAndGet(-1n, options);
  }

  /** Adds, and gives what it is then. */
  async addAndGet(delta: bigint | number, options?: WriteOptions): Promise<bigint> {
    return (await this.write(CODES.addAndGet, [long('the number to add', delta)], options)) as bigint;
  }

  /** Sets it to `next` if it is `expected`; whether it was. */
  async compareAndSet(
    expected: bigint | number,
    next: bigint | number,
    options?: WriteOptions,
  ): Promise<boolean> {
    const args = [long('the expected number', expected), long('the next number', next)];
    return (await this.write(CODES.compareAndSet, args, options)) as boolean;
  }
}
