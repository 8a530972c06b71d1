/**
 * Reads the chunk of a column with single values from page to page into typed arrays. `hyparquet`, which reads all there is
 * in Parquet, makes a value of each cell for this, which takes 30 times as long; it reads the encodings that are not here.
 */
import { crc32 } from 'node:zlib';
import type { Decode } from '../arrow/codecs.ts';
import { decodeHybrid, isAllOnes } from './hybrid.ts';
import { isDictionaryEncoding, type Page, PLAIN, readPage } from './page-header.ts';
import type { Sink } from './sink.ts';

export interface Chunk {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly unpack: Decode;
  readonly nullable: boolean;
  readonly scratch: Scratch;
}

/** Memory for the indices and levels of a page: fresh memory for each would cost more than what is done in it. */
export class Scratch {
  #indices = new Int32Array(0);
  #levels = new Int32Array(0);

  indices(count: number): Int32Array {
    if (this.#indices.length < count) this.#indices = new Int32Array(count);
    return this.#indices;
  }

  levels(count: number): Int32Array {
    if (this.#levels.length < count) this.#levels = new Int32Array(count);
    return this.#levels;
  }
}

/** Which rows have a value, where not all have. */
export interface Validity {
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array;
}

/** @returns undefined, when there is a page in an encoding that is not read here */
export function readChunk(chunk: Chunk, sink: Sink): Validity | undefined {
  const { bytes, rows, unpack, scratch } = chunk;
  const validity = new Valid(rows);
  for (let at = 0, row = 0; row < rows; ) {
    if (at >= bytes.length) throw new Error(`a column has ${row} values, of ${rows}`);
    const page = readPage(bytes, at);
    at = page.end;
    if (page.checksum !== undefined && crc32(bytes.subarray(page.start, page.end)) !== page.checksum)
      throw new Error('a page is not what its checksum says: it is damaged');
    if (page.kind === 'index') continue;
    if (page.kind === 'dictionary') {
      sink.dictionary(unpackPage(bytes, page, unpack), page.values);
      continue;
    }
    const dictionary = isDictionaryEncoding(page.encoding);
    if (!dictionary && page.encoding !== PLAIN) return undefined;
    if (row + page.values > rows) throw new Error(`a column has more values than its ${rows} rows`);
    const { values, start, levels } = openPage(chunk, page);
    let count = page.values;
    if (levels !== undefined) {
      count = 0;
      for (let value = 0; value < page.values; value++) count += levels[value]!;
    }
    if (dictionary && count > 0) {
      const indices = scratch.indices(count);
      const largest = decodeHybrid(values, start + 1, values.length, values[start] ?? 0, indices, count);
      if (largest >= sink.known)
        throw new Error(`a value is number ${largest} of a dictionary of ${sink.known}`);
      sink.indices(indices, count);
    } else if (count > 0) sink.plain(values, start, count);
    if (levels !== undefined && count < page.values) {
      sink.spread(levels, page.values, count);
      validity.clear(row, levels, page.values);
    }
    row += page.values;
  }
  return validity.result;
}

interface Opened {
  /** Unpacked, and where in it the values begin. */
  readonly values: Uint8Array;
  readonly start: number;
  /** 0 where a row has no value; undefined where all have. */
  readonly levels: Int32Array | undefined;
}

function openPage({ bytes, unpack, nullable, scratch }: Chunk, page: Page): Opened {
  if (page.kind === 'data-v2') {
    const begin = page.start + page.repetitions;
    const end = begin + page.definitions;
    const levels = nullable ? levelsOf(bytes, begin, end, page.values, scratch) : undefined;
    const length = page.unpacked - page.repetitions - page.definitions;
    const packed = bytes.subarray(end, page.end);
    return {
      values: page.isPacked && length > 0 ? checked(unpack(packed, length), length) : packed,
      start: 0,
      levels,
    };
  }
  const values = unpackPage(bytes, page, unpack);
  if (!nullable) return { values, start: 0, levels: undefined };
  const length = new DataView(values.buffer, values.byteOffset, values.byteLength).getUint32(0, true);
  return { values, start: 4 + length, levels: levelsOf(values, 4, 4 + length, page.values, scratch) };
}

function unpackPage(bytes: Uint8Array, page: Page, unpack: Decode): Uint8Array {
  return checked(unpack(bytes.subarray(page.start, page.end), page.unpacked), page.unpacked);
}

function checked(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length)
    throw new Error(`a page of ${length} bytes has been unpacked to ${bytes.length}`);
  return bytes;
}

function levelsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  scratch: Scratch,
): Int32Array | undefined {
  if (isAllOnes(bytes, start, end, count)) return undefined;
  const levels = scratch.levels(count);
  decodeHybrid(bytes, start, end, 1, levels, count);
  return levels;
}

class Valid {
  readonly #rows: number;
  #bits: Uint8Array | undefined;
  #nulls = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  get result(): Validity {
    return this.#bits === undefined ? { nullCount: 0 } : { nullCount: this.#nulls, nullBitmap: this.#bits };
  }

  clear(row: number, levels: Int32Array, count: number): void {
    this.#bits ??= new Uint8Array(Math.ceil(this.#rows / 8)).fill(255);
    const bits = this.#bits;
    for (let at = 0; at < count; at++) {
      if (levels[at] === 1) continue;
      bits[(row + at) >> 3]! &= ~(1 << ((row + at) & 7));
      this.#nulls++;
    }
  }
}
