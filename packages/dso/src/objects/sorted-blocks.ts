/** Entries of a block; at twice as many it is split, at a quarter it is joined to its neighbour. */
const BLOCK = 128;

/** What `<` orders. Those of one instance are all of one kind. */
export type Ordered = number | bigint | string;

/** Keys apart from what they lead to: a search reads one array from end to end, not an object for each key. */
interface Block<E> {
  readonly keys: Ordered[];
  readonly entries: E[];
}

/**
 * Entries in order of their keys: a B+ tree of two levels. A million entries are some eight thousand blocks, so finding
 * takes about twenty comparisons, and adding or removing moves a hundred or two.
 */
export class SortedBlocks<E> {
  /** None is empty. */
  #blocks: Block<E>[] = [];
  /** Where each ends: its last key, or one that came after it and is gone. */
  #ends: Ordered[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(key: Ordered): E | undefined {
    const block = this.#blocks[firstFrom(this.#ends, key)];
    if (block === undefined) return undefined;
    const at = firstFrom(block.keys, key);
    return block.keys[at] === key ? block.entries[at] : undefined;
  }

  /** Adds an entry whose key is not there. */
  add(key: Ordered, entry: E): void {
    const [blocks, ends] = [this.#blocks, this.#ends];
    this.#size++;
    const at = this.#isBeyond(key) ? blocks.length : firstFrom(ends, key);
    if (at === blocks.length) {
      this.#append(key, entry);
      return;
    }
    const { keys, entries } = blocks[at]!;
    const position = firstFrom(keys, key);
    keys.splice(position, 0, key);
    entries.splice(position, 0, entry);
    if (keys.length <= 2 * BLOCK) return;
    blocks.splice(at + 1, 0, { keys: keys.splice(BLOCK), entries: entries.splice(BLOCK) });
    ends.splice(at, 0, keys[BLOCK - 1]!);
  }

  remove(key: Ordered): E | undefined {
    const at = firstFrom(this.#ends, key);
    const block = this.#blocks[at];
    if (block === undefined) return undefined;
    const { keys, entries } = block;
    const position = firstFrom(keys, key);
    if (keys[position] !== key) return undefined;
    keys.splice(position, 1);
    const [entry] = entries.splice(position, 1);
    this.#size--;
    if (keys.length < BLOCK / 4) this.#join(at);
    return entry;
  }

  clear(): void {
    this.#blocks = [];
    this.#ends = [];
    this.#size = 0;
  }

  first(): E | undefined {
    return this.#blocks[0]?.entries[0];
  }

  last(): E | undefined {
    return this.#blocks.at(-1)?.entries.at(-1);
  }

  /** From a key on, upwards; without one, all. Nothing may be added or removed meanwhile. */
  *up(from?: { readonly key: Ordered; readonly inclusive: boolean }): Iterable<E> {
    let [at, position] = from === undefined ? [0, 0] : this.#seek(from.key, !from.inclusive);
    for (; at < this.#blocks.length; at++, position = 0) {
      const { entries } = this.#blocks[at]!;
      for (; position < entries.length; position++) yield entries[position]!;
    }
  }

  /** From a key on, downwards. */
  *down(from?: { readonly key: Ordered; readonly inclusive: boolean }): Iterable<E> {
    let [at, position] = from === undefined ? [this.#blocks.length, 0] : this.#seek(from.key, from.inclusive);
    for (;;) {
      const block = this.#blocks[at];
      while (position > 0) yield block!.entries[--position]!;
      const below = this.#blocks[--at];
      if (below === undefined) return;
      position = below.entries.length;
    }
  }

  [Symbol.iterator](): Iterator<E> {
    return this.up()[Symbol.iterator]();
  }

  /** The place of the first entry whose key is not below, or when `after`, above. */
  #seek(key: Ordered, after: boolean): [block: number, position: number] {
    const at = firstFrom(this.#ends, key);
    const block = this.#blocks[at];
    if (block === undefined) return [at, 0];
    const position = firstFrom(block.keys, key);
    return [at, after && block.keys[position] === key ? position + 1 : position];
  }

  #isBeyond(key: Ordered): boolean {
    const ends = this.#ends;
    return ends.length === 0 || key > ends[ends.length - 1]!;
  }

  /** What only grows at its end, as insertion order does, is neither searched nor left half full. */
  #append(key: Ordered, entry: E): void {
    const end = this.#blocks.at(-1);
    if (end === undefined || end.keys.length >= BLOCK) {
      this.#blocks.push({ keys: firstOf(key), entries: [entry] });
      this.#ends.push(key);
      return;
    }
    end.keys.push(key);
    end.entries.push(entry);
    this.#ends[this.#ends.length - 1] = key;
  }

  #join(at: number): void {
    const [blocks, ends] = [this.#blocks, this.#ends];
    if (blocks[at]!.keys.length === 0) {
      blocks.splice(at, 1);
      ends.splice(at, 1);
      return;
    }
    for (const left of [at, at - 1]) {
      const [a, b] = [blocks[left], blocks[left + 1]];
      // Not so full that the next entry would split it again.
      if (a === undefined || b === undefined || a.keys.length + b.keys.length > BLOCK) continue;
      a.keys.push(...b.keys);
      a.entries.push(...b.entries);
      blocks.splice(left + 1, 1);
      ends.splice(left, 1);
      return;
    }
  }
}

/**
 * Numbers begin their arrays where nothing else does: then V8 keeps the numbers themselves in them, side by side, and
 * not pointers to each, which takes four times as long to search in a million.
 */
function firstOf(key: Ordered): Ordered[] {
  if (typeof key === 'number') return [key];
  return [key];
}

/** Where the first of these is that is the key or above. */
function firstFrom(sorted: readonly Ordered[], key: Ordered): number {
  switch (typeof key) {
    case 'number':
      return firstNumberFrom(sorted as readonly number[], key);
    case 'string':
      return firstStringFrom(sorted as readonly string[], key);
    case 'bigint':
      return firstBigintFrom(sorted as readonly bigint[], key);
  }
}

// The same for each kind, so that each comparison sees one kind only: where one sees several, it takes three times as
// long, for it is not compiled to an instruction.

function firstNumberFrom(sorted: readonly number[], key: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key > sorted[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstStringFrom(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key > sorted[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstBigintFrom(sorted: readonly bigint[], key: bigint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key > sorted[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
