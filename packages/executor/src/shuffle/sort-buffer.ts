/**
 * Pairs that a call has given and that are not stored yet, by their keys. Values are kept as bytes, so that what they
 * take is known, and what the call does with them afterwards changes nothing.
 */
import { type Combine, combined } from './combine.ts';
import { keyOf, partitionOf, type SortableKey, sortableKey } from './key.ts';
import { decodeValue, encodeValue } from './value.ts';

/** The values of one key: a chain of records, and behind them one that is still to be combined with the next. */
export interface BufferedGroup {
  readonly key: SortableKey;
  first: number;
  last: number;
  live: unknown;
}

const NONE: unique symbol = Symbol('none');
const NO_RECORD = 0xffff_ffff;
/** A record is `u32 place of the next one of its key · u32 length · value`. */
const HEAD = 8;
const BLOCK = 256 * 1024;
/** What V8 takes for a key, its group and its place in the table, about. */
const KEY_BYTES = 200;

/** The most that a buffer can hold: places of records have 32 bits. */
export const MOST_MEMORY: number = 2 ** 30;

export class SortBuffer {
  readonly #memory: number;
  readonly #combine: Combine | undefined;
  /** Keys that are no arrays, as they are: most often a key is one that was there before. */
  readonly #groups = new Map<unknown, BufferedGroup>();
  readonly #lists = new Map<SortableKey, BufferedGroup>();
  #blocks: Buffer[] = [];
  readonly #spare: Buffer[] = [];
  /** Places count from the first block's beginning, as if each had {@link BLOCK} bytes. */
  #at = 0;
  #left = 0;
  #bytes = 0;

  /** @param memory bytes after which it is full */
  constructor(memory: number, combine: Combine | undefined) {
    this.#memory = memory;
    this.#combine = combine;
  }

  get empty(): boolean {
    return this.#groups.size === 0 && this.#lists.size === 0;
  }

  /** It holds as much as it should: it is to be stored and cleared before more is added. */
  get full(): boolean {
    return this.#bytes >= this.#memory;
  }

  add(key: unknown, value: unknown): void {
    const group = this.#groupOf(key);
    if (this.#combine === undefined) this.#append(group, encodeValue(value));
    else this.#fold(group, value, this.#combine);
  }

  /** Every partition's groups in order of their keys. */
  sorted(partitions: number): BufferedGroup[][] {
    const sorted: BufferedGroup[][] = Array.from({ length: partitions }, () => []);
    for (const groups of [this.#groups, this.#lists])
      for (const group of groups.values()) sorted[partitionOf(group.key, partitions)]!.push(group);
    for (const groups of sorted) groups.sort((a, b) => (a.key < b.key ? -1 : 1));
    return sorted;
  }

  /** The values of a group, in the order in which they came; one, where they are combined. Each until the next is asked for. */
  *values(group: BufferedGroup): Generator<Uint8Array> {
    if (this.#combine === undefined) {
      yield* this.#chain(group);
      return;
    }
    let folded: unknown = NONE;
    const add = (value: unknown): void => {
      folded = folded === NONE ? value : combined(this.#combine!, folded, value);
    };
    for (const bytes of this.#chain(group)) add(decodeValue(bytes));
    if (group.live !== NONE) add(group.live);
    yield encodeValue(folded);
  }

  /** Forgets everything; the memory is used again. */
  clear(): void {
    this.#groups.clear();
    this.#lists.clear();
    this.#spare.push(...this.#blocks.filter((block) => block.length === BLOCK));
    this.#blocks = [];
    this.#left = 0;
    this.#bytes = 0;
  }

  #groupOf(key: unknown): BufferedGroup {
    if (Array.isArray(key)) {
      const form = sortableKey(key);
      return this.#lists.get(form) ?? this.#newGroup(this.#lists, form, form);
    }
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const form = sortableKey(key);
    // A text may be a slice of a larger one, which is not to be kept for it.
    return this.#newGroup(this.#groups, typeof key === 'string' ? keyOf(form) : key, form);
  }

  #newGroup<K>(groups: Map<K, BufferedGroup>, key: K, form: SortableKey): BufferedGroup {
    const group: BufferedGroup = { key: form, first: NO_RECORD, last: NO_RECORD, live: NONE };
    groups.set(key, group);
    this.#bytes += KEY_BYTES + 2 * form.length;
    return group;
  }

  /** Numbers, of a known size, are combined as they come; what may grow only when it is stored. */
  #fold(group: BufferedGroup, value: unknown, combine: Combine): void {
    if (!isNumber(value)) {
      if (group.live !== NONE) this.#append(group, encodeValue(group.live));
      group.live = NONE;
      this.#append(group, encodeValue(value));
      return;
    }
    const live = group.live === NONE ? value : combined(combine, group.live, value);
    if (isNumber(live)) group.live = live;
    else {
      this.#append(group, encodeValue(live));
      group.live = NONE;
    }
  }

  #append(group: BufferedGroup, value: Uint8Array): void {
    const at = this.#reserve(HEAD + value.length);
    const [block, offset] = this.#record(at);
    block.writeUInt32LE(NO_RECORD, offset);
    block.writeUInt32LE(value.length, offset + 4);
    block.set(value, offset + HEAD);
    if (group.last === NO_RECORD) group.first = at;
    else {
      const [before, place] = this.#record(group.last);
      before.writeUInt32LE(at, place);
    }
    group.last = at;
    this.#bytes += HEAD + value.length;
  }

  /** The place of so many bytes, in one piece: what is larger than a block has one of its own. */
  #reserve(bytes: number): number {
    if (bytes > this.#left) {
      this.#at = this.#blocks.length * BLOCK;
      const spare = bytes <= BLOCK ? this.#spare.pop() : undefined;
      this.#blocks.push(spare ?? Buffer.allocUnsafeSlow(Math.max(BLOCK, bytes)));
      this.#left = BLOCK;
    }
    const at = this.#at;
    this.#at += bytes;
    this.#left -= bytes;
    return at;
  }

  #record(at: number): readonly [block: Buffer, offset: number] {
    return [this.#blocks[Math.floor(at / BLOCK)]!, at % BLOCK];
  }

  *#chain({ first }: BufferedGroup): Generator<Buffer> {
    for (let at = first; at !== NO_RECORD; ) {
      const [block, offset] = this.#record(at);
      const start = offset + HEAD;
      yield block.subarray(start, start + block.readUInt32LE(offset + 4));
      at = block.readUInt32LE(offset);
    }
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
