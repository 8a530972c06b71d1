import { MAX_SMALL, Tag } from './tags.ts';
import { Packed, type Value } from './value.ts';

const SLAB = 64 * 1024;
/** Byte strings from here on are sent as they are, not copied. */
const APART = 16 * 1024;

/**
 * Writes messages into slabs. What has been taken is never written again, so it may stay with a socket for as long
 * as that needs it; a slab is used on until it is full.
 */
export class Writer {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB);
  #start = 0;
  #at = 0;
  /** What was finished before the slab's current part. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  /** Bytes since the last `take`. */
  get length(): number {
    return this.#partBytes + this.#at - this.#start;
  }

  /** What was written, in pieces. */
  take(): Uint8Array[] {
    this.#cut();
    const parts = this.#parts;
    this.#parts = [];
    this.#partBytes = 0;
    return parts;
  }

  byte(value: number): void {
    this.#room(1);
    this.#slab[this.#at++] = value;
  }

  /** Unsigned, below 2^53. */
  varint(value: number): void {
    this.#room(8);
    const slab = this.#slab;
    let at = this.#at;
    let rest = value;
    while (rest > 0x7fffffff) {
      slab[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      slab[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    slab[at++] = rest;
    this.#at = at;
  }

  text(value: string): void {
    const { length } = value;
    if (length < 128) {
      this.#room(1 + length * 3);
      const slab = this.#slab;
      let at = this.#at + 1;
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 127) break;
        slab[at++] = code;
      }
      if (i === length) {
        slab[this.#at] = length;
        this.#at = at;
        return;
      }
    }
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#room(bytes);
    this.#at += this.#slab.write(value, this.#at, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Bytes without their length. Large ones must not change until they are sent. */
  raw(value: Uint8Array): void {
    if (value.length >= APART) {
      this.#cut();
      this.#parts.push(value);
      this.#partBytes += value.length;
      return;
    }
    this.#room(value.length);
    this.#slab.set(value, this.#at);
    this.#at += value.length;
  }

  /** Four bytes that will be known later, such as the length of what follows. */
  reserve(): (value: number) => void {
    this.#room(4);
    const slab = this.#slab;
    const at = this.#at;
    this.#at += 4;
    return (value) => slab.writeUInt32LE(value, at);
  }

  value(value: Value): void {
    switch (typeof value) {
      case 'number':
        this.#number(value);
        return;
      case 'string':
        this.byte(Tag.string);
        this.text(value);
        return;
      case 'boolean':
        this.byte(value ? Tag.true : Tag.false);
        return;
      case 'undefined':
        this.byte(Tag.undefined);
        return;
      case 'bigint':
        this.byte(Tag.bigint);
        this.text(value.toString());
        return;
    }
    if (value === null) this.byte(Tag.null);
    else if (value instanceof Packed) {
      this.byte(Tag.packed);
      this.bytes(value.bytes);
    } else if (value instanceof Uint8Array) {
      this.byte(Tag.bytes);
      this.bytes(value);
    } else if (value instanceof Float64Array) {
      this.byte(Tag.float64Array);
      this.varint(value.length);
      this.raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else {
      this.byte(Tag.list);
      this.values(value);
    }
  }

  /** How many, and each. */
  values(values: readonly Value[]): void {
    this.varint(values.length);
    for (const item of values) this.value(item);
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Object.is(value, -0) || Math.abs(value) >= 2 ** 52) {
      this.byte(Tag.float64);
      this.#room(8);
      this.#at = this.#slab.writeDoubleLE(value, this.#at);
    } else if (value >= 0 && value <= MAX_SMALL) {
      this.byte(Tag.small + value);
    } else {
      // Zigzag doubles it: that is why only half the safe range goes this way.
      this.byte(Tag.integer);
      this.varint(value < 0 ? -2 * value - 1 : 2 * value);
    }
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#slab.length) return;
    this.#cut();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB, bytes));
    this.#start = 0;
    this.#at = 0;
  }

  #cut(): void {
    if (this.#at === this.#start) return;
    const part = this.#slab.subarray(this.#start, this.#at);
    this.#parts.push(part);
    this.#partBytes += part.length;
    this.#start = this.#at;
  }
}
