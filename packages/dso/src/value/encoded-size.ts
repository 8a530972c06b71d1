import { MAX_SMALL } from './tags.ts';
import { Packed, type Value } from './value.ts';

/** How many bytes {@link Writer.value} writes for a value, exactly: what decides whether a message fits a frame. */
export function encodedSize(value: Value): number {
  switch (typeof value) {
    case 'number':
      return numberSize(value);
    case 'string':
      return 1 + withLength(textSize(value));
    case 'bigint':
      return 1 + withLength(value.toString().length);
    case 'object':
      break;
    default:
      return 1;
  }
  if (value === null) return 1;
  if (value instanceof Packed) return 1 + withLength(value.bytes.length);
  if (value instanceof Uint8Array) return 1 + withLength(value.length);
  if (value instanceof Float64Array) return 1 + varintSize(value.length) + value.byteLength;
  let size = 1 + varintSize(value.length);
  // By index: a list of this many is walked before every call that sends it.
  for (let i = 0; i < value.length; i++) size += encodedSize(value[i]);
  return size;
}

function numberSize(value: number): number {
  if (!Number.isInteger(value) || Object.is(value, -0) || Math.abs(value) >= 2 ** 52) return 9;
  if (value >= 0 && value <= MAX_SMALL) return 1;
  return 1 + varintSize(value < 0 ? -2 * value - 1 : 2 * value);
}

/** Short and plain is what most texts are: looking at them is faster than asking. */
function textSize(value: string): number {
  const { length } = value;
  if (length > 64) return Buffer.byteLength(value);
  for (let i = 0; i < length; i++) if (value.charCodeAt(i) > 127) return Buffer.byteLength(value);
  return length;
}

/** Of bytes with their count before them. */
function withLength(bytes: number): number {
  return varintSize(bytes) + bytes;
}

function varintSize(value: number): number {
  if (value < 128) return 1;
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
