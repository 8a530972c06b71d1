import { indexOf, type Value } from '../value/value.ts';
import { list } from './arguments.ts';
import { type KeyedEntry, type KeyedStore, sizeOfEntry } from './keyed-store.ts';
import { Page, type Parts } from './paging.ts';
import { SortedBlocks } from './sorted-blocks.ts';

interface Entry extends KeyedEntry {
  /** Rises from entry to entry and is never used again, so that an iteration can stop after any and go on later. */
  readonly ordinal: number;
}

/** Entries by their keys, in the order in which they were added, as a JavaScript Map has them. */
export class InsertionOrder implements KeyedStore {
  readonly #index = new Map<unknown, Entry>();
  readonly #order = new SortedBlocks<Entry>();
  /** The ordinal of the next entry. */
  #next = 0;
  bytes = 0;

  get size(): number {
    return this.#index.size;
  }

  checked(key: Value): Value {
    return key === 0 ? 0 : key;
  }

  checkTogether(): void {}

  find(key: Value): Entry | undefined {
    return this.#index.get(indexOf(key));
  }

  add(key: Value, value: Value): void {
    const entry: Entry = { ordinal: this.#next++, key, value };
    this.#index.set(indexOf(key), entry);
    this.#order.add(entry.ordinal, entry);
  }

  remove(key: Value): void {
    const index = indexOf(key);
    const entry = this.#index.get(index);
    if (entry === undefined) return;
    this.#index.delete(index);
    this.#order.remove(entry.ordinal);
  }

  clear(): void {
    this.#index.clear();
    this.#order.clear();
  }

  /**
   * A part of an iteration: `[where the next begins or undefined, where the iteration ends, items]`. It ends with what
   * was there when it began, so it comes to an end however fast others add.
   * @param until what the page before has given; of the first, `undefined`
   */
  page(from: number, until: number | undefined, limit: number, parts: Parts): Value {
    const end = until ?? this.#next;
    const page = new Page(limit);
    let next: number | undefined;
    for (const { ordinal, key, value } of this.#order.up({ key: from, inclusive: true })) {
      if (ordinal >= end) break;
      if (page.full) {
        next = ordinal;
        break;
      }
      page.addEntry(parts, key, value);
    }
    return [next, end, page.items];
  }

  /** Ordinals are part of it: clients hold them. */
  dump(): Value {
    return [this.#next, [...this.#order].map(({ ordinal, key, value }): Value => [ordinal, key, value])];
  }

  static restore(data: Value): InsertionOrder {
    const [next, entries] = list('the dump', data);
    const store = new InsertionOrder();
    for (const dumped of list('the entries', entries)) {
      const [ordinal, key, value] = list('an entry', dumped);
      store.#next = ordinal as number;
      store.add(key, value);
      store.bytes += sizeOfEntry({ key, value });
    }
    store.#next = next as number;
    return store;
  }
}
