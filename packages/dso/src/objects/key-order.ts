import { Refusal } from '../engine/refusal.ts';
import type { Value } from '../value/value.ts';
import { bad, list, shown } from './arguments.ts';
import { type KeyedEntry, type KeyedStore, sizeOfEntry } from './keyed-store.ts';
import { Page, type Parts } from './paging.ts';
import { type Ordered, SortedBlocks } from './sorted-blocks.ts';

interface Entry extends KeyedEntry {
  readonly key: Ordered;
}

/** One end of a range. */
export interface Bound {
  readonly key: Ordered;
  readonly inclusive: boolean;
}

export interface Range {
  readonly from: Bound | undefined;
  readonly to: Bound | undefined;
  readonly reverse: boolean;
}

/** Entries in the order of their keys, which are of one kind as long as there are any. */
export class KeyOrder implements KeyedStore {
  readonly #entries = new SortedBlocks<Entry>();
  bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  checked(key: Value): Ordered {
    const ordered = orderedKey('a key of a tree map', key);
    const some = this.#entries.first();
    if (some !== undefined) sameKind(some.key, ordered);
    return ordered;
  }

  checkTogether(entries: readonly (readonly [key: Value, value: Value])[]): void {
    const first = entries[0];
    for (const [key] of entries) sameKind(first![0] as Ordered, key as Ordered);
  }

  find(key: Value): Entry | undefined {
    return this.#entries.find(key as Ordered);
  }

  add(key: Value, value: Value): void {
    this.#entries.add(key as Ordered, { key: key as Ordered, value });
  }

  remove(key: Value): void {
    this.#entries.remove(key as Ordered);
  }

  clear(): void {
    this.#entries.clear();
  }

  first(): Entry | undefined {
    return this.#entries.first();
  }

  last(): Entry | undefined {
    return this.#entries.last();
  }

  /** A part of a range: `[the last key if more follows, items]`. */
  page({ from, to, reverse }: Range, limit: number, parts: Parts): Value {
    const page = new Page(limit);
    const end = reverse ? from : to;
    let last: Value;
    for (const { key, value } of reverse ? this.#entries.down(to) : this.#entries.up(from)) {
      if (end !== undefined && isBeyond(key, end, reverse)) break;
      if (page.full) return [last, page.items];
      page.addEntry(parts, key, value);
      last = key;
    }
    return [undefined, page.items];
  }

  dump(): Value {
    return [...this.#entries].map(({ key, value }): Value => [key, value]);
  }

  static restore(data: Value): KeyOrder {
    const store = new KeyOrder();
    for (const dumped of list('the dump', data)) {
      const [key, value] = list('an entry', dumped);
      store.add(key, value);
      store.bytes += sizeOfEntry({ key, value });
    }
    return store;
  }
}

export function orderedKey(what: string, key: Value): Ordered {
  if (typeof key === 'string' || typeof key === 'bigint') return key;
  // NaN is neither below nor above anything.
  if (typeof key === 'number' && !Number.isNaN(key)) return key === 0 ? 0 : key;
  throw bad(what, 'a number that is not NaN, a bigint or a string', key);
}

function sameKind(there: Ordered, key: Ordered): void {
  if (typeof there !== typeof key)
    throw new Refusal(
      'bad-argument',
      `the keys of a tree map are of one kind, and this one has ${typeof there}s: ${shown(key)} is a ${typeof key}`,
    );
}

function compare(a: Ordered, b: Ordered): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isBeyond(key: Ordered, end: Bound, reverse: boolean): boolean {
  const order = reverse ? compare(end.key, key) : compare(key, end.key);
  return order > 0 || (order === 0 && !end.inclusive);
}
