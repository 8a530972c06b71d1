import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { type PageOptions, pageSizeOf, received, valuesOf } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValue, toValue } from './values.ts';

const CODES = codesOf('set');

/**
 * A set that many share. Scalars are equal by value, all else by what it is encoded as. It is iterated in the order in
 * which the values came.
 *
 * Iterations ask for one page after another and are not atomic. What is there from their beginning to their end is
 * seen exactly once; what is added meanwhile is not seen, and of what is deleted, some may be.
 */
export class SharedSet<T> extends SharedObject implements AsyncIterable<T> {
  /** Adds a value; whether it was not there. Of many who add the same, one is told so. */
  async add(value: T, options?: WriteOptions): Promise<boolean> {
    return fromValue(await this.write(CODES.add, [toValue(value, 'the value')], options));
  }

  /** Adds values at one moment; how many were not there. */
  async addAll(values: Iterable<T>, options?: WriteOptions): Promise<number> {
    return fromValue(await this.write(CODES.addAll, valuesOf('the values', values), options));
  }

  /** Deletes a value; whether it was there. */
  async delete(value: T, options?: WriteOptions): Promise<boolean> {
    return fromValue(await this.write(CODES.delete, [toValue(value, 'the value')], options));
  }

  /** Whether a value is there. */
  async has(value: T, options?: CallOptions): Promise<boolean> {
    return fromValue(await this.read(CODES.has, [toValue(value, 'the value')], options));
  }

  /** How many values there are. */
  async size(options?: CallOptions): Promise<number> {
    return fromValue(await this.read(CODES.size, [], options));
  }

  /** Deletes all values. */
  async clear(options?: WriteOptions): Promise<void> {
    await this.write(CODES.clear, [], options);
  }

  /** The values, page by page. */
  values(options?: PageOptions): AsyncIterableIterator<T> {
    return this.#values(pageSizeOf(options), options);
  }

  /** {@link values} */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  async *#values(pageSize: number, options: PageOptions | undefined): AsyncIterableIterator<T> {
    let next: Value = 0;
    let end: Value;
    do {
      const page = await this.read(CODES.page, [next, end, pageSize], options);
      let items: readonly Value[];
      [next, end, items] = page as [Value, Value, readonly Value[]];
      yield* await received<T>(items);
    } while (next !== undefined);
  }
}
