import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { index, type PageOptions, pageSizeOf, received, valuesOf } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValue, fromValueLoading, toValue } from './values.ts';

const CODES = codesOf('list');

export interface SortOptions extends WriteOptions {
  /** The greatest first. @default false */
  readonly descending?: boolean;
}

/**
 * A list that many share. Negative indexes count from the end. Where there is nothing, reading and removing give
 * `undefined`.
 */
export class SharedList<T> extends SharedObject implements AsyncIterable<T> {
  /** Adds items at the end, side by side; how many there are then. */
  push(...items: readonly T[]): Promise<number> {
    return this.append(items);
  }

  /** {@link push} for any number of items, with options. */
  async append(items: Iterable<T>, options?: WriteOptions): Promise<number> {
    return fromValue(await this.write(CODES.push, valuesOf('the items', items), options));
  }

  /** Removes and gives the last item. */
  async pop(options?: WriteOptions): Promise<T | undefined> {
    return fromValueLoading(await this.write(CODES.pop, [], options));
  }

  /** Removes and gives the first item. Takes the same time however long the list is. */
  async shift(options?: WriteOptions): Promise<T | undefined> {
    return fromValueLoading(await this.write(CODES.shift, [], options));
  }

  /** The item at an index. */
  async get(at: number, options?: CallOptions): Promise<T | undefined> {
    return fromValueLoading(await this.read(CODES.get, [index('the index', at)], options));
  }

  /** Replaces the item at an index. Refused where there is none. */
  async set(at: number, item: T, options?: WriteOptions): Promise<void> {
    await this.write(CODES.set, [index('the index', at), toValue(item, 'the item')], options);
  }

  /** Puts an item before the one at an index, or at the end if there is none; how many there are then. */
  async insert(at: number, item: T, options?: WriteOptions): Promise<number> {
    return fromValue(
      await this.write(CODES.insert, [index('the index', at), toValue(item, 'the item')], options),
    );
  }

  /** Removes and gives the item at an index. */
  async removeAt(at: number, options?: WriteOptions): Promise<T | undefined> {
    return fromValueLoading(await this.write(CODES.removeAt, [index('the index', at)], options));
  }

  /** Removes the first item that is equal; whether there was one. */
  async remove(item: T, options?: WriteOptions): Promise<boolean> {
    return fromValue(await this.write(CODES.remove, [toValue(item, 'the item')], options));
  }

  /**
   * The index of the first item that is equal, or -1. Scalars are equal by value, NaN to itself; all else by what it
   * is encoded as.
   */
  async indexOf(item: T, from = 0, options?: CallOptions): Promise<number> {
    return fromValue(
      await this.read(CODES.indexOf, [toValue(item, 'the item'), index('from', from)], options),
    );
  }

  /** Whether an item is equal. */
  async includes(item: T, options?: CallOptions): Promise<boolean> {
    return (await this.indexOf(item, 0, options)) !== -1;
  }

  /** How many items there are. */
  async length(options?: CallOptions): Promise<number> {
    return fromValue(await this.read(CODES.length, [], options));
  }

  /**
   * The items from an index to before another, as with `Array.slice`. Up to about 1 MiB it is of one moment; more comes
   * piece by piece, and changes between them show.
   */
  async slice(start = 0, end?: number, options?: CallOptions): Promise<T[]> {
    const items: T[] = [];
    let from = index('the start of a slice', start);
    let to: Value = end === undefined ? undefined : index('the end of a slice', end);
    for (;;) {
      const [at, until, some] = (await this.read(CODES.slice, [from, to], options)) as Slice;
      for (const item of await received<T>(some)) items.push(item);
      from = at + some.length;
      to = until;
      if (some.length === 0 || from >= until) return items;
    }
  }

  /** Puts the items into the opposite order. */
  async reverse(options?: WriteOptions): Promise<void> {
    await this.write(CODES.reverse, [], options);
  }

  /** Puts the items into their order: numbers, bigints or strings (by their UTF-16 units), all of one kind. */
  async sort({ descending = false, ...options }: SortOptions = {}): Promise<void> {
    await this.write(CODES.sort, [descending], options);
  }

  /** Removes all items. */
  async clear(options?: WriteOptions): Promise<void> {
    await this.write(CODES.clear, [], options);
  }

  /**
   * The items, page by page. Not atomic, and by their indexes: what is added or removed before the iteration's place
   * lets it see an item twice or not at all.
   */
  values(options?: PageOptions): AsyncIterableIterator<T> {
    return this.#values(pageSizeOf(options), options);
  }

  /** {@link values} */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  async *#values(pageSize: number, options: PageOptions | undefined): AsyncIterableIterator<T> {
    for (let at = 0; ; ) {
      const page = await this.read(CODES.slice, [at, at + pageSize], options);
      const [, until, items] = page as Slice;
      yield* await received<T>(items);
      // The slice was cut off by the list's end, and all of it has come.
      if (items.length === 0 || (until < at + pageSize && at + items.length >= until)) return;
      at += items.length;
    }
  }
}

type Slice = [at: number, until: number, items: readonly Value[]];
