import { LONG_STRING, SHORT_STRING, TAG } from './tags.ts';

/** Scratch memory above this is given back to the collector after use. */
const KEEP_BYTES = 1 << 20;

interface WellFormed {
  isWellFormed(): boolean;
}

/** A growing run of bytes that knows numbers and strings. */
export class Sink {
  bytes: Buffer;
  position = 0;
  private view: DataView;
  private longStrings: Map<string, number> | undefined;

  constructor() {
    const taken = scratch ?? newScratch(16 * 1024);
    scratch = undefined;
    this.bytes = taken.bytes;
    this.view = taken.view;
  }

  /** Gives the scratch memory back; the sink must not be used afterwards. */
  release(): void {
    const { bytes, view } = this;
    if (bytes.length <= KEEP_BYTES) scratch = { bytes, view };
  }

  /** Room for `count` more bytes. */
  reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.grow(count);
  }

  byte(value: number): void {
    if (this.position === this.bytes.length) this.grow(1);
    this.bytes[this.position++] = value;
  }

  varint(value: number): void {
    this.reserve(8);
    const { bytes } = this;
    let position = this.position;
    let rest = value;
    // Bit operators stop at 32 bits; sizes of buffers do not.
    while (rest >= 0x80000000) {
      bytes[position++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[position++] = rest;
    this.position = position;
  }

  float(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  number(value: number): void {
    if (Object.is(value, value | 0)) {
      if (value >= 0 && value < 64) {
        this.byte(value);
        return;
      }
      this.byte(TAG.integer);
      this.varint(((value << 1) ^ (value >> 31)) >>> 0);
    } else {
      this.byte(TAG.float);
      this.float(value);
    }
  }

  bigint(value: bigint): void {
    const negative = value < 0n;
    const hex = (negative ? -value : value).toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').reverse();
    this.byte(TAG.bigint);
    this.byte(negative ? 1 : 0);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  string(value: string): void {
    const { length } = value;
    if (length < 32) {
      // A short loop beats a call into the runtime, and most short strings are ASCII.
      this.reserve(length + 1);
      const { bytes } = this;
      const start = this.position + 1;
      let i = 0;
      for (; i < length; i++) {
        const unit = value.charCodeAt(i);
        if (unit > 0x7f) break;
        bytes[start + i] = unit;
      }
      if (i === length) {
        bytes[this.position] = SHORT_STRING | length;
        this.position = start + length;
        return;
      }
    } else if (length >= LONG_STRING) {
      this.longStrings ??= new Map();
      const number = this.longStrings.get(value);
      if (number !== undefined) {
        this.byte(TAG.stringRef);
        this.varint(number);
        return;
      }
      this.longStrings.set(value, this.longStrings.size);
    }
    this.freshString(value);
  }

  /** Forgets the long strings, or those written since there were `count`. */
  forgetStrings(count: number): void {
    if (this.longStrings === undefined) return;
    for (const [text, number] of this.longStrings) if (number >= count) this.longStrings.delete(text);
  }

  get stringCount(): number {
    return this.longStrings?.size ?? 0;
  }

  private freshString(value: string): void {
    const { length } = value;
    // UTF-8 needs at most three bytes a code unit. The length of the text is written when it is known:
    // the space for its varint is kept, and closed up in the rare case that it was too much.
    const gap = varintLength(length * 3);
    this.reserve(1 + gap + length * 3);
    const start = this.position + 1 + gap;
    const written = this.bytes.write(value, start, 'utf8');
    if (written === length) this.text(TAG.ascii, start, written);
    else if ((value as unknown as WellFormed).isWellFormed()) this.text(TAG.utf8, start, written);
    else this.text(TAG.utf16, start, this.bytes.write(value, start, 'utf16le'));
  }

  private text(tag: number, start: number, length: number): void {
    this.bytes[this.position++] = tag;
    this.varint(length);
    if (this.position !== start) this.bytes.copyWithin(this.position, start, start + length);
    this.position += length;
  }

  private grow(count: number): void {
    const size = Math.max(this.bytes.length * 2, this.position + count);
    const { bytes, view } = newScratch(size);
    bytes.set(this.bytes.subarray(0, this.position));
    this.bytes = bytes;
    this.view = view;
  }
}

function varintLength(value: number): number {
  let count = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) count++;
  return count;
}

interface Scratch {
  readonly bytes: Buffer;
  readonly view: DataView;
}

// One scratch serves every message; an encode within an encode (a `dehydrate` that encodes) takes another.
let scratch: Scratch | undefined;

function newScratch(size: number): Scratch {
  const buffer = new ArrayBuffer(size);
  return { bytes: Buffer.from(buffer), view: new DataView(buffer) };
}
