import { codesOf } from '../objects/catalog.ts';
import type { Parts } from '../objects/paging.ts';
import type { Value } from '../value/value.ts';
import { type PageOptions, pageSizeOf, received } from './collection-arguments.ts';
import { type KeyedCodes, KeyedObject } from './keyed-object.ts';
import { toValue } from './values.ts';

const CODES = codesOf('map');

/**
 * A map that many share. Keys are of any kind: scalars are equal by value, all else by what it is encoded as. It is
 * iterated in the order in which the keys came.
 *
 * Iterations ask for one page after another and are not atomic. What is there from their beginning to their end is
 * seen exactly once; what is added meanwhile is not seen, and of what is deleted or changed, some may be.
 */
export class SharedMap<K, V> extends KeyedObject<K, V> implements AsyncIterable<[K, V]> {
  protected get codes(): KeyedCodes {
    return CODES;
  }

  protected keyOf(key: K): Value {
    return toValue(key, 'the key');
  }

  /** The entries, page by page. */
  entries(options?: PageOptions): AsyncIterableIterator<[K, V]> {
    return this.#entries(pageSizeOf(options), options);
  }

  /** The keys, page by page. */
  keys(options?: PageOptions): AsyncIterableIterator<K> {
    return this.#parts<K>('keys', pageSizeOf(options), options);
  }

  /** The values, page by page. */
  values(options?: PageOptions): AsyncIterableIterator<V> {
    return this.#parts<V>('values', pageSizeOf(options), options);
  }

  /** {@link entries} */
  [Symbol.asyncIterator](): AsyncIterableIterator<[K, V]> {
    return this.entries();
  }

  async *#entries(pageSize: number, options: PageOptions | undefined): AsyncIterableIterator<[K, V]> {
    for await (const items of this.#pages('entries', pageSize, options)) {
      const parts = await received<K | V>(items);
      for (let i = 0; i < parts.length; i += 2) yield [parts[i] as K, parts[i + 1] as V];
    }
  }

  async *#parts<T>(
    parts: Parts,
    pageSize: number,
    options: PageOptions | undefined,
  ): AsyncIterableIterator<T> {
    for await (const items of this.#pages(parts, pageSize, options)) {
      yield* await received<T>(items);
    }
  }

  async *#pages(
    parts: Parts,
    pageSize: number,
    options: PageOptions | undefined,
  ): AsyncIterableIterator<readonly Value[]> {
    let next: Value = 0;
    let end: Value;
    do {
      const page = await this.read(CODES.page, [next, end, pageSize, parts], options);
      let items: readonly Value[];
      [next, end, items] = page as [Value, Value, readonly Value[]];
      yield items;
    } while (next !== undefined);
  }
}
