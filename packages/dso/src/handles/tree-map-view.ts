import type { Parts } from '../objects/paging.ts';
import type { Value } from '../value/value.ts';
import { type PageOptions, pageSizeOf, received } from './collection-arguments.ts';
import type { CallOptions } from './shared-object.ts';

/** A range of keys; `undefined`: without an end there. */
export interface KeyRange {
  readonly from: Value;
  readonly fromInclusive: boolean;
  readonly to: Value;
  readonly toInclusive: boolean;
  readonly reverse: boolean;
}

/** Asks for a page: `[the last key if more follows, items]`. */
export type ReadPage = (
  range: KeyRange,
  limit: number,
  parts: Parts,
  options: CallOptions | undefined,
) => Promise<Value>;

/**
 * A part of a {@link SharedTreeMap} in an order. It holds nothing: each iteration asks the map anew, for one page after
 * another, and is not atomic. What is there from its beginning to its end is seen exactly once; what is added beyond
 * its place is seen too.
 */
export class TreeMapView<K, V> implements AsyncIterable<[K, V]> {
  readonly #page: ReadPage;
  readonly #range: KeyRange;

  /** @internal */
  constructor(page: ReadPage, range: KeyRange) {
    this.#page = page;
    this.#range = range;
  }

  /** The same part in the other order. */
  reverse(): TreeMapView<K, V> {
    return new TreeMapView(this.#page, { ...this.#range, reverse: !this.#range.reverse });
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

  /** All entries. */
  async toArray(options?: PageOptions): Promise<[K, V][]> {
    const all: [K, V][] = [];
    for await (const entry of this.entries(options)) all.push(entry);
    return all;
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
    let range = this.#range;
    for (;;) {
      const page = await this.#page(range, pageSize, parts, options);
      const [last, items] = page as [Value, readonly Value[]];
      yield items;
      if (last === undefined) return;
      range = range.reverse
        ? { ...range, to: last, toInclusive: false }
        : { ...range, from: last, fromInclusive: false };
    }
  }
}
