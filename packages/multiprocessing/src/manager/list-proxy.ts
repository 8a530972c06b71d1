import { SharedList } from '@skein/dso/handles';
import { badArgument } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';

/** What can be put into an order. */
type Sortable = number | bigint | string;

/** A list that processes share. Indexes below 0 count from the end; where there is nothing, it gives `undefined`. */
export class ListProxy<T> {
  /** @internal */
  readonly shared: SharedList<T>;

  /** Made by `manager.list()`. */
  constructor(shared?: SharedList<T>) {
    this.shared = shared ?? make((dso, key) => dso.list<T>(key));
  }

  async append(item: T): Promise<void> {
    await this.shared.push(item);
  }

  async extend(items: Iterable<T>): Promise<void> {
    await this.shared.append(items);
  }

  /** Puts an item before the one at an index. */
  async insert(index: number, item: T): Promise<void> {
    await this.shared.insert(index, item);
  }

  /** Removes and gives the item at an index. @param index @default the last one */
  pop(index?: number): Promise<T | undefined> {
    return index === undefined ? this.shared.pop() : this.shared.removeAt(index);
  }

  /** Removes the first item that is equal; whether there was one. */
  remove(item: T): Promise<boolean> {
    return this.shared.remove(item);
  }

  get(index: number): Promise<T | undefined> {
    return this.shared.get(index);
  }

  /** Replaces the item at an index; refused where there is none. */
  set(index: number, item: T): Promise<void> {
    return this.shared.set(index, item);
  }

  /** Removes the item at an index. */
  async delete(index: number): Promise<void> {
    await this.shared.removeAt(index);
  }

  /** The place of the first item that is equal, or -1. */
  index(item: T): Promise<number> {
    return this.shared.indexOf(item);
  }

  async includes(item: T): Promise<boolean> {
    return this.shared.includes(item);
  }

  length(): Promise<number> {
    return this.shared.length();
  }

  /** The items from an index to before another; without arguments, a copy of the list. */
  slice(start?: number, end?: number): Promise<T[]> {
    return this.shared.slice(start, end);
  }

  reverse(): Promise<void> {
    return this.shared.reverse();
  }

  /** Puts numbers, bigints or strings into their order. Refused when they are not all of one kind. */
  sort(
    this: ListProxy<T & Sortable>,
    { reverse = false }: { readonly reverse?: boolean } = {},
  ): Promise<void> {
    if (typeof reverse !== 'boolean') throw badArgument('reverse', 'true or false', reverse);
    return this.shared.sort({ descending: reverse });
  }

  clear(): Promise<void> {
    return this.shared.clear();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* this.shared.values();
  }
}

travels(
  'ListProxy',
  ListProxy<unknown>,
  [SharedList<unknown>],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new ListProxy(handle),
);
