/**
 * What the pages of a column are decoded into. Values come without nulls, and are then spread to their rows. The bytes that a sink
 * is given are there for that call only.
 */
import type { Memory } from '../source/memory.ts';
import type { Dictionary } from './dictionary.ts';
import type { Stored } from './types.ts';

export interface Sink {
  /** The values of the chunk's dictionary, stored plainly in these bytes. */
  dictionary(bytes: Uint8Array, count: number): void;
  /** Values stored plainly, from this byte on. */
  plain(bytes: Uint8Array, start: number, count: number): void;
  /** How many values the dictionary has. */
  readonly known: number;
  /** Values of the dictionary by their indices, each less than what is known. */
  indices(indices: Int32Array, count: number): void;
  /** The last values go to the rows whose level is 1, of as many as there are levels. */
  spread(levels: Int32Array, rows: number, values: number): void;
}

/** Values of one length. */
export class FixedSink implements Sink {
  readonly #width: number;
  readonly #bytes: Uint8Array;
  #dictionary = new Uint8Array(0);
  #row = 0;

  constructor(rows: number, memory: Memory, width: number) {
    this.#width = width;
    this.#bytes = memory.take(rows * width); // every row will be written, nulls too
  }

  get stored(): Stored {
    return { bytes: this.#bytes };
  }

  get known(): number {
    return this.#dictionary.length / this.#width;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    if (count * this.#width > bytes.length)
      throw new Error(`a dictionary is shorter than its ${count} values`);
    this.#dictionary = new Uint8Array(bytes.subarray(0, count * this.#width));
  }

  plain(bytes: Uint8Array, start: number, count: number): void {
    const end = start + count * this.#width;
    if (end > bytes.length) throw new Error(`a page is shorter than its ${count} values`);
    this.#bytes.set(bytes.subarray(start, end), this.#row * this.#width);
    this.#row += count;
  }

  indices(indices: Int32Array, count: number): void {
    if (this.#width === 4) gather(words(this.#bytes), words(this.#dictionary), this.#row, indices, count);
    // V8 makes no bigint of what goes from one array into another. As floats some bits of a NaN might change.
    else if (this.#width === 8)
      gatherLongs(longs(this.#bytes), longs(this.#dictionary), this.#row, indices, count);
    else {
      for (let at = 0; at < count; at++) {
        const from = indices[at]! * this.#width;
        this.#bytes.set(this.#dictionary.subarray(from, from + this.#width), (this.#row + at) * this.#width);
      }
    }
    this.#row += count;
  }

  spread(levels: Int32Array, rows: number, values: number): void {
    const begin = this.#row - values;
    for (let row = rows - 1, value = values; row >= 0; row--) {
      const to = (begin + row) * this.#width;
      if (levels[row] === 1) {
        const from = (begin + --value) * this.#width;
        if (from !== to) this.#bytes.copyWithin(to, from, from + this.#width);
      } else this.#bytes.fill(0, to, to + this.#width);
    }
    this.#row = begin + rows;
  }
}

/** Booleans, of which eight are stored in a byte, as a byte each. */
export class BooleanSink implements Sink {
  readonly known = 2;
  readonly #bytes: FixedSink;

  constructor(rows: number, memory: Memory) {
    this.#bytes = new FixedSink(rows, memory, 1);
  }

  get stored(): Stored {
    return this.#bytes.stored;
  }

  dictionary(): void {
    throw new Error('booleans have no dictionary');
  }

  plain(bytes: Uint8Array, start: number, count: number): void {
    const values = new Uint8Array(count);
    for (let at = 0; at < count; at++) values[at] = (bytes[start + (at >> 3)]! >> (at & 7)) & 1;
    this.#bytes.plain(values, 0, count);
  }

  indices(indices: Int32Array, count: number): void {
    this.#bytes.plain(Uint8Array.from(indices.subarray(0, count)), 0, count);
  }

  spread(levels: Int32Array, rows: number, values: number): void {
    this.#bytes.spread(levels, rows, values);
  }
}

/** Values of their own lengths each. */
export class BytesSink implements Sink {
  readonly #memory: Memory;
  readonly #offsets: Int32Array;
  #bytes: Uint8Array;
  #length = 0;
  #row = 0;
  #dictionary: readonly Uint8Array[] = [];

  constructor(rows: number, memory: Memory) {
    this.#memory = memory;
    this.#offsets = words(memory.take((rows + 1) * 4));
    this.#offsets[0] = 0;
    this.#bytes = memory.take(rows * 8);
  }

  get stored(): Stored {
    return { bytes: this.#bytes.subarray(0, this.#length), offsets: this.#offsets };
  }

  get known(): number {
    return this.#dictionary.length;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    this.#dictionary = splitBytes(new Uint8Array(bytes), 0, count);
  }

  plain(bytes: Uint8Array, start: number, count: number): void {
    for (const value of splitBytes(bytes, start, count)) this.#append(value);
  }

  indices(indices: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) this.#append(this.#dictionary[indices[at]!]!);
  }

  spread(levels: Int32Array, rows: number, values: number): void {
    const begin = this.#row - values;
    for (let row = rows - 1, value = values; row >= 0; row--) {
      this.#offsets[begin + row + 1] = this.#offsets[begin + value]!;
      if (levels[row] === 1) value--;
    }
    this.#row = begin + rows;
  }

  #append(value: Uint8Array): void {
    const end = this.#length + value.length;
    if (end > this.#bytes.length) {
      if (end > 2 ** 31 - 1) throw new Error('a row group has more than 2 GiB of one column');
      const larger = this.#memory.take(Math.min(2 ** 31 - 1, Math.max(end, this.#bytes.length * 2)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(value, this.#length);
    this.#length = end;
    this.#offsets[++this.#row] = end;
  }
}

/** Text of a dictionary that is one for all row groups of a part. */
export class DictionarySink implements Sink {
  readonly indicesOfRows: Int32Array;
  readonly #texts: Dictionary;
  /** Of the chunk's values, which they are among the shared ones. */
  #shared = new Int32Array(0);
  #row = 0;

  constructor(rows: number, memory: Memory, texts: Dictionary) {
    this.indicesOfRows = words(memory.take(rows * 4));
    this.#texts = texts;
  }

  get known(): number {
    return this.#shared.length;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    this.#shared = Int32Array.from(splitBytes(bytes, 0, count), (value) => this.#texts.indexOf(value));
  }

  /** A writer goes on so, when its dictionary has become too large. */
  plain(bytes: Uint8Array, start: number, count: number): void {
    for (const value of splitBytes(bytes, start, count))
      this.indicesOfRows[this.#row++] = this.#texts.indexOf(value);
  }

  indices(indices: Int32Array, count: number): void {
    gather(this.indicesOfRows, this.#shared, this.#row, indices, count);
    this.#row += count;
  }

  spread(levels: Int32Array, rows: number, values: number): void {
    const begin = this.#row - values;
    const indices = this.indicesOfRows;
    for (let row = rows - 1, value = values; row >= 0; row--) {
      indices[begin + row] = levels[row] === 1 ? indices[begin + --value]! : 0;
    }
    this.#row = begin + rows;
  }
}

/** Each has its length before it, four bytes. */
function splitBytes(bytes: Uint8Array, start: number, count: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: Uint8Array[] = [];
  for (let value = 0, at = start; value < count; value++) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) throw new Error(`a page is shorter than its ${count} values`);
    values.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return values;
}

function gather(to: Int32Array, from: Int32Array, row: number, indices: Int32Array, count: number): void {
  for (let at = 0; at < count; at++) to[row + at] = from[indices[at]!]!;
}

/** The same again: a function that knows one kind of array is compiled to the least that can be done. */
function gatherLongs(
  to: BigInt64Array,
  from: BigInt64Array,
  row: number,
  indices: Int32Array,
  count: number,
): void {
  for (let at = 0; at < count; at++) to[row + at] = from[indices[at]!]!;
}

function longs(bytes: Uint8Array): BigInt64Array {
  return new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3);
}

function words(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}
