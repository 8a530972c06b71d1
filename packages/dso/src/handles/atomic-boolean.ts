import { codesOf } from '../objects/catalog.ts';
import { boolean } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('boolean');

/** True or false. */
export class AtomicBoolean extends SharedObject {
  async get(options?: CallOptions): Promise<boolean> {
    return (await this.read(CODES.get, [], options)) as boolean;
  }

  async set(value: boolean, options?: WriteOptions): Promise<void> {
    await this.write(CODES.set, [boolean('the value', value)], options);
  }

  /** Sets it, and gives what it was. */
  async getAndSet(value: boolean, options?: WriteOptions): Promise<boolean> {
    return (await this.write(CODES.getAndSet, [boolean('the value', value)], options)) as boolean;
  }

  /** Sets it to `next` if it is `expected`; whether it was. */
  async compareAndSet(expected: boolean, next: boolean, options?: WriteOptions): Promise<boolean> {
    const args = [boolean('the expected value', expected), boolean('the next value', next)];
    return (await this.write(CODES.compareAndSet, args, options)) as boolean;
  }
}
