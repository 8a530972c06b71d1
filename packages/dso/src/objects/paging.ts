/** Replies of many items are bounded, so that no one call takes a member's time or a connection for long. */
import { sizeOf, type Value } from '../value/value.ts';
import { bad, positive } from './arguments.ts';

/** A page ends with the item that brings it here. */
const PAGE_BYTES = 2 ** 20;
/** Items of a page at most. */
const MAX_PAGE = 10_000;

/** What a page has of each entry. */
export type Parts = 'entries' | 'keys' | 'values';

/** How many items a page may have: as many as asked for, within reason. */
export function pageLimit(asked: Value): number {
  return Math.min(positive('the limit of a page', asked), MAX_PAGE);
}

export function pageParts(asked: Value): Parts {
  if (asked === undefined) return 'entries';
  if (asked === 'entries' || asked === 'keys' || asked === 'values') return asked;
  throw bad('what a page has', "'entries', 'keys' or 'values'", asked);
}

/** Items, until their count or their bytes come to the limit. */
export class Page {
  readonly items: Value[] = [];
  readonly #limit: number;
  #count = 0;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#count >= this.#limit || this.#bytes >= PAGE_BYTES;
  }

  add(item: Value): void {
    this.#count++;
    this.#bytes += sizeOf(item);
    this.items.push(item);
  }

  /** A key and its value are two items in a row, and count as one. */
  addEntry(parts: Parts, key: Value, value: Value): void {
    this.add(parts === 'values' ? value : key);
    if (parts !== 'entries') return;
    this.#bytes += sizeOf(value);
    this.items.push(value);
  }
}
