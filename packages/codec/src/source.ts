import { corrupt } from './frame.ts';
import { LONG_STRING, SHORT_STRING, TAG } from './tags.ts';

/** Short strings that were read lately, by their hash. */
const RECENT = 2048;
const recent: string[] = new Array<string>(RECENT).fill('');

/** Not in Node's documentation, but in every Node: `toString('latin1')` takes ten times as long for a short string. */
interface Latin1 {
  latin1Slice(start: number, end: number): string;
}

/** Reads numbers and strings from a run of bytes; whatever is beyond its end is a damaged message. */
export class Source {
  protected readonly bytes: Buffer;
  protected position: number;
  protected readonly end: number;
  private view: DataView | undefined;
  private readonly longStrings: string[] = [];

  constructor(bytes: Buffer, position: number, end: number) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.position;
  }

  byte(): number {
    if (this.position >= this.end) throw corrupt('it ends in the middle of a value');
    return this.bytes[this.position++]!;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    if (!Number.isSafeInteger(value)) throw corrupt('it holds a number that is too large');
    return value;
  }

  /** A count of things that take at least `bytesEach` bytes: no allocation can exceed the message. */
  count(bytesEach = 1): number {
    const count = this.varint();
    if (count * bytesEach > this.left) throw corrupt('it announces more than it holds');
    return count;
  }

  float(): number {
    const at = this.skip(8);
    this.view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.view.getFloat64(at, true);
  }

  integer(): number {
    const raw = this.varint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  bigint(): bigint {
    const negative = this.byte() === 1;
    const length = this.count();
    const at = this.skip(length);
    const hex = Buffer.from(this.bytes.subarray(at, at + length))
      .reverse()
      .toString('hex');
    const value = BigInt(`0x${hex}`);
    return negative ? -value : value;
  }

  /** Passes over bytes and says where they begin. */
  skip(length: number): number {
    const at = this.position;
    if (length > this.end - at) throw corrupt('it ends in the middle of a value');
    this.position = at + length;
    return at;
  }

  string(): string {
    const text = this.text(this.byte());
    if (text === undefined) throw corrupt('a string was expected');
    return text;
  }

  /** The string that a tag announces; undefined for the tags of everything else. */
  text(tag: number): string | undefined {
    if (tag >= SHORT_STRING && tag < SHORT_STRING + 32) return this.ascii(tag - SHORT_STRING);
    switch (tag) {
      case TAG.ascii:
        return this.noted('latin1');
      case TAG.utf8:
        return this.noted('utf8');
      case TAG.utf16:
        return this.noted('utf16le');
      case TAG.stringRef: {
        const text = this.longStrings[this.varint()];
        if (text === undefined) throw corrupt('it refers to a string that was never written');
        return text;
      }
      default:
        return undefined;
    }
  }

  /** A short string: words and keys come again, and comparing is cheaper than making a string. */
  private ascii(length: number): string {
    const at = this.skip(length);
    const { bytes } = this;
    const end = at + length;
    let hash = length;
    for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const slot = (hash ^ (hash >>> 15)) & (RECENT - 1);
    const known = recent[slot]!;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[at + i]) i++;
      if (i === length) return known;
    }
    const text = (bytes as Buffer & Latin1).latin1Slice(at, end);
    recent[slot] = text;
    return text;
  }

  private noted(encoding: 'latin1' | 'utf8' | 'utf16le'): string {
    const length = this.count();
    const at = this.skip(length);
    const text = this.bytes.toString(encoding, at, at + length);
    if (text.length >= LONG_STRING) this.longStrings.push(text);
    return text;
  }
}
