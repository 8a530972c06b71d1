import { Tag } from './tags.ts';
import { Packed, type Value } from './value.ts';

/** Bytes that are not what the protocol says. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** How deep lists may lie in lists. */
const MAX_DEPTH = 16;
/** More digits than the 4,096 bits have that a bigint may have, and few enough to be read in no time. */
const BIGINT = /^-?\d{1,2000}$/;

/** Reads what {@link Writer} writes; everything that is read is checked, for it may come from anybody. */
export class Reader {
  readonly #bytes: Buffer;
  readonly #copy: boolean;
  #at: number;
  readonly #end: number;

  /** @param copy whether byte strings are copied out, because the message's memory is shared with others */
  constructor(bytes: Uint8Array, copy: boolean, at = 0, end: number = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#copy = copy;
    this.#at = at;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Where it is in its bytes. */
  get position(): number {
    return this.#at;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new MalformedError('the message ends too early');
    return this.#bytes[this.#at++]!;
  }

  varint(): number {
    const bytes = this.#bytes;
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    let unit = 128;
    do {
      byte = bytes[this.#at]!;
      if (this.#at++ >= this.#end || unit > 2 ** 49)
        throw new MalformedError('a number is longer than 53 bits');
      value += (byte & 127) * unit;
      unit *= 128;
    } while (byte > 127);
    if (!Number.isSafeInteger(value)) throw new MalformedError('a number is longer than 53 bits');
    return value;
  }

  text(): string {
    const length = this.varint();
    const start = this.#skip(length);
    const bytes = this.#bytes;
    // Short and plain is what most keys are.
    if (length < 24) {
      let text = '';
      for (let i = start; i < start + length; i++) {
        const code = bytes[i]!;
        if (code > 127) return bytes.toString('utf8', start, start + length);
        text += String.fromCharCode(code);
      }
      return text;
    }
    return bytes.toString('utf8', start, start + length);
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.#skip(length);
    const view = this.#bytes.subarray(start, start + length);
    return this.#copy ? Buffer.from(view) : view;
  }

  /** What is left, without a length. */
  rest(): Uint8Array {
    const view = this.#bytes.subarray(this.#at, this.#end);
    this.#at = this.#end;
    return this.#copy ? Buffer.from(view) : view;
  }

  value(depth = 0): Value {
    const tag = this.byte();
    if (tag >= Tag.small) return tag - Tag.small;
    switch (tag) {
      case Tag.undefined:
        return undefined;
      case Tag.null:
        return null;
      case Tag.false:
        return false;
      case Tag.true:
        return true;
      case Tag.integer: {
        const zigzag = this.varint();
        return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      }
      case Tag.float64:
        return this.#bytes.readDoubleLE(this.#skip(8));
      case Tag.bigint: {
        const digits = this.text();
        if (!BIGINT.test(digits)) throw new MalformedError('a bigint is not made of digits');
        return BigInt(digits);
      }
      case Tag.string:
        return this.text();
      case Tag.bytes:
        return this.bytes();
      case Tag.packed:
        return new Packed(this.bytes());
      case Tag.float64Array: {
        const count = this.varint();
        const start = this.#skip(count * 8);
        // Alignment asks for a copy anyway.
        const array = new Float64Array(count);
        new Uint8Array(array.buffer).set(this.#bytes.subarray(start, start + count * 8));
        return array;
      }
      case Tag.list:
        if (depth >= MAX_DEPTH) throw new MalformedError(`lists lie more than ${MAX_DEPTH} deep`);
        return this.values(depth + 1);
      default:
        throw new MalformedError(`no value begins with ${tag}`);
    }
  }

  values(depth = 0): Value[] {
    const count = this.varint();
    // Each takes a byte at least: a count that cannot be makes no array.
    if (count > this.#end - this.#at) throw new MalformedError(`a list of ${count} does not fit its message`);
    const values: Value[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(depth));
    return values;
  }

  #skip(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw new MalformedError('the message ends too early');
    this.#at = start + length;
    return start;
  }
}
