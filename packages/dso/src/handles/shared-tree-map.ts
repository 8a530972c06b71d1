import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { expected, type PageOptions, positive, received } from './collection-arguments.ts';
import { type KeyedCodes, KeyedObject } from './keyed-object.ts';
import type { CallOptions } from './shared-object.ts';
import { type KeyRange, type ReadPage, TreeMapView } from './tree-map-view.ts';

const CODES = codesOf('treeMap');

/** Items asked for at a time. */
const PAGE = 1000;

/** Which ends a part of a map has itself. */
export interface SubMapOptions {
  /** Whether the key `from` is part of it. @default true */
  readonly fromInclusive?: boolean | undefined;
  /** Whether the key `to` is part of it. @default false */
  readonly toInclusive?: boolean | undefined;
}

/**
 * A map in the order of its keys, that many share. Its keys are numbers, bigints or strings, and all of one kind; strings
 * are ordered by their UTF-16 units, as `<` does. Iterations go as those of a {@link TreeMapView} do.
 */
export class SharedTreeMap<K extends number | bigint | string, V>
  extends KeyedObject<K, V>
  implements AsyncIterable<[K, V]>
{
  protected get codes(): KeyedCodes {
    return CODES;
  }

  protected keyOf(key: K): Value {
    return ordered('the key', key);
  }

  /** The entry with the least key. */
  async first(options?: CallOptions): Promise<[K, V] | undefined> {
    return entryOf(await this.read(CODES.first, [], options));
  }

  /** The entry with the greatest key. */
  async last(options?: CallOptions): Promise<[K, V] | undefined> {
    return entryOf(await this.read(CODES.last, [], options));
  }

  /** The entries with the greatest keys, greatest first. Up to 1,000, or about 1 MiB, they are of one moment. */
  async top(most: number, options?: CallOptions): Promise<[K, V][]> {
    positive('how many', most);
    const found: [K, V][] = [];
    const pageSize = Math.min(most, PAGE);
    for await (const entry of this.reverse().entries({ ...options, pageSize })) {
      found.push(entry);
      if (found.length === most) break;
    }
    return found;
  }

  /** The part from one key to another; without the latter, unless `toInclusive`. */
  subMap(from: K, to: K, options: SubMapOptions = {}): TreeMapView<K, V> {
    if (ordered('from', from) > ordered('to', to)) throw expected('to', `${String(from)} or above`, to);
    const { fromInclusive = true, toInclusive = false } = options;
    return this.#view({ from, fromInclusive, to, toInclusive });
  }

  /** The part below a key; with it, if `toInclusive`. */
  headMap(to: K, options: Pick<SubMapOptions, 'toInclusive'> = {}): TreeMapView<K, V> {
    return this.#view({ to: ordered('to', to), toInclusive: options.toInclusive ?? false });
  }

  /** The part from a key on; without it, unless `fromInclusive`. */
  tailMap(from: K, options: Pick<SubMapOptions, 'fromInclusive'> = {}): TreeMapView<K, V> {
    return this.#view({ from: ordered('from', from), fromInclusive: options.fromInclusive ?? true });
  }

  /** All of it from the greatest key to the least. */
  reverse(): TreeMapView<K, V> {
    return this.#view({ reverse: true });
  }

  /** The entries, page by page. */
  entries(options?: PageOptions): AsyncIterableIterator<[K, V]> {
    return this.#view({}).entries(options);
  }

  /** The keys, page by page. */
  keys(options?: PageOptions): AsyncIterableIterator<K> {
    return this.#view({}).keys(options);
  }

  /** The values, page by page. */
  values(options?: PageOptions): AsyncIterableIterator<V> {
    return this.#view({}).values(options);
  }

  /** {@link entries} */
  [Symbol.asyncIterator](): AsyncIterableIterator<[K, V]> {
    return this.entries();
  }

  #view(range: Partial<KeyRange>): TreeMapView<K, V> {
    const all = { from: undefined, fromInclusive: true, to: undefined, toInclusive: true, reverse: false };
    return new TreeMapView(this.#page, { ...all, ...range });
  }

  readonly #page: ReadPage = ({ from, fromInclusive, to, toInclusive, reverse }, limit, parts, options) =>
    this.read(CODES.page, [from, fromInclusive, to, toInclusive, reverse, limit, parts], options);
}

function ordered<K>(what: string, key: K): K & (number | bigint | string) {
  if (typeof key === 'string' || typeof key === 'bigint') return key;
  if (typeof key === 'number' && !Number.isNaN(key)) return key;
  throw expected(what, 'a number that is not NaN, a bigint or a string', key);
}

async function entryOf<K, V>(entry: Value): Promise<[K, V] | undefined> {
  if (entry === undefined) return undefined;
  return (await received<K | V>(entry as readonly Value[])) as [K, V];
}
