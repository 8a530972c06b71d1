/**
 * Headers of pages, in the compact protocol of Thrift.
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (PageHeader),
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** Numbers of `Encoding` that are read here; others are left to a library. */
export const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE_DICTIONARY = 8;

export interface Page {
  readonly kind: 'dictionary' | 'data' | 'data-v2' | 'index';
  /** Where its bytes lie, and how many they are when unpacked. */
  readonly start: number;
  readonly end: number;
  readonly unpacked: number;
  readonly values: number;
  readonly encoding: number;
  /** Of the second kind of data pages, whose levels are not packed: bytes of these, and whether the values are packed. */
  readonly definitions: number;
  readonly repetitions: number;
  readonly isPacked: boolean;
  /** The CRC-32 of its bytes, which some writers give. */
  readonly checksum: number | undefined;
}

export function isDictionaryEncoding(encoding: number): boolean {
  return encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;
}

const KINDS = ['data', 'index', 'dictionary', 'data-v2'] as const;

/** Reads the header at `offset`, behind which its page lies. */
export function readPage(bytes: Uint8Array, offset: number): Page {
  const reader = new Compact(bytes, offset);
  const header = reader.struct();
  const number = (of: Struct, field: number): number => {
    const value = of.get(field);
    if (typeof value !== 'number')
      throw new Error(`the header of the page at ${offset} has no field ${field}`);
    return value;
  };
  const kind = KINDS[number(header, 1)];
  const size = number(header, 3);
  if (kind === undefined || size < 0 || reader.at + size > bytes.length)
    throw new Error(`there is no page at ${offset} of its column`);
  const start = reader.at;
  const checksum = header.has(4) ? number(header, 4) >>> 0 : undefined;
  const place = { kind, start, end: start + size, unpacked: number(header, 2), checksum };
  const plain = { definitions: 0, repetitions: 0, isPacked: true };
  if (kind === 'index') return { ...place, ...plain, values: 0, encoding: PLAIN };
  const about = header.get(kind === 'data' ? 5 : kind === 'dictionary' ? 7 : 8);
  if (!(about instanceof Map))
    throw new Error(`the header of the page at ${offset} does not say what it holds`);
  const values = number(about, 1);
  if (kind !== 'data-v2') return { ...place, ...plain, values, encoding: number(about, 2) };
  return {
    ...place,
    values,
    encoding: number(about, 4),
    definitions: number(about, 5),
    repetitions: number(about, 6),
    isPacked: about.get(7) !== false,
  };
}

/** Fields by their numbers; what no page needs is undefined. */
type Struct = Map<number, number | boolean | Struct | undefined>;

class Compact {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(): Struct {
    const fields: Struct = new Map();
    for (let field = 0; ; ) {
      const byte = this.#byte();
      if (byte === 0) return fields;
      field = byte >> 4 === 0 ? this.#zigzag() : field + (byte >> 4);
      fields.set(field, this.#value(byte & 15));
    }
  }

  #value(type: number): number | boolean | Struct | undefined {
    switch (type) {
      case 1:
      case 2:
        return type === 1;
      case 3:
        return this.#byte();
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7:
        this.at += 8;
        return undefined;
      case 8: {
        const length = this.#varint();
        this.at += length;
        return undefined;
      }
      case 9:
      case 10: {
        const head = this.#byte();
        const length = head >> 4 === 15 ? this.#varint() : head >> 4;
        for (let item = 0; item < length; item++) this.#value((head & 15) <= 2 ? 3 : head & 15);
        return undefined;
      }
      case 12:
        return this.struct();
      default:
        throw new Error(`Thrift has no type ${type}`);
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error('the header of a page is cut off');
    return byte;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
