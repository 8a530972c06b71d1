import { codesOf } from '../objects/catalog.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValueLoading, toValue } from './values.ts';

const CODES = codesOf('reference');

/**
 * A value of any kind that can travel, set and compared as a whole. It begins as `undefined`. What is given back is a
 * copy: to change it is to set it.
 */
export class AtomicReference<T> extends SharedObject {
  async get(options?: CallOptions): Promise<T> {
    return fromValueLoading(await this.read(CODES.get, [], options));
  }

  /** @throws {CaptureError} for what cannot travel, with the path to it; so do the others. */
  async set(value: T, options?: WriteOptions): Promise<void> {
    await this.write(CODES.set, [toValue(value, 'the value')], options);
  }

  /** Sets it, and gives what it was. */
  async getAndSet(value: T, options?: WriteOptions): Promise<T> {
    return fromValueLoading(await this.write(CODES.getAndSet, [toValue(value, 'the value')], options));
  }

  /**
   * Sets it to `next` if it is `expected`; whether it was. Scalars are compared by what they are (NaN is itself, 0 is
   * -0), others by what they are encoded as: the order of an object's keys counts.
   */
  async compareAndSet(expected: T, next: T, options?: WriteOptions): Promise<boolean> {
    const args = [toValue(expected, 'the expected value'), toValue(next, 'the next value')];
    return (await this.write(CODES.compareAndSet, args, options)) as boolean;
  }
}
