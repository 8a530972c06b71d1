import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValueLoading, toValue } from './values.ts';

const CODES = codesOf('future');

/** A value, or an error, that comes once, and that any number may wait for. */
export class SharedFuture<T> extends SharedObject {
  /** Decides it; whether this was the first to do so. Later ones change nothing. */
  async set(value: T, options?: WriteOptions): Promise<boolean> {
    return (await this.write(CODES.set, [toValue(value, 'the value')], options)) as boolean;
  }

  /** Decides that there will be no value: `get` throws the error. Whether this was the first to decide. */
  async fail(error: unknown, options?: WriteOptions): Promise<boolean> {
    return (await this.write(CODES.fail, [toValue(error, 'the error')], options)) as boolean;
  }

  /**
   * Waits for the value.
   * @throws what `fail` was given
   * @throws {TimeoutError} when it took too long
   */
  async get(options?: WriteOptions): Promise<T> {
    const [isSet, outcome] = (await this.writeWaiting(CODES.get, [], options)) as readonly [boolean, Value];
    if (isSet) return fromValueLoading(outcome);
    throw await fromValueLoading(outcome);
  }

  /** Whether there is a value or an error. */
  async isDone(options?: CallOptions): Promise<boolean> {
    return (await this.read(CODES.status, [], options)) !== 'pending';
  }
}
