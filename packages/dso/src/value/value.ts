import { onlyOne } from '../process-state.ts';

/**
 * What the engine holds of users' values. Scalars are themselves, so that counters count and keys compare; everything
 * else stays as the codec's bytes, which the engine carries and compares but never looks into.
 */
export type Value = Scalar | Uint8Array | Float64Array | Packed | readonly Value[];

export type Scalar = undefined | null | boolean | number | bigint | string;

/** Bits of a bigint that is a scalar; the codec writes longer ones, as it does everything else. */
export const MAX_BIGINT_BITS = 4096;
const MAX_BIGINT = 1n << BigInt(MAX_BIGINT_BITS);

/** Whether the engine holds a value as it is. */
export function isScalar(value: unknown): value is Scalar {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'string':
      return true;
    case 'bigint':
      return isBounded(value);
    default:
      return value === null;
  }
}

/** Whether a bigint is one that every peer reads: whoever doubles one for ever shall not fill the server. */
export function isBounded(value: bigint): boolean {
  return value < MAX_BIGINT && value > -MAX_BIGINT;
}

class PackedValue {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A value as `@skein/codec` has encoded it. Equal bytes are equal values. */
export type Packed = PackedValue;
// Of all copies of this package: the one that reads a reply need not be the one that has asked.
export const Packed: typeof PackedValue = onlyOne('Packed', () => PackedValue);

/** Whether two values are the same: scalars by SameValueZero, so that NaN equals itself and 0 equals -0; others by bytes. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a) && Number.isNaN(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Packed) return b instanceof Packed && sameBytes(a.bytes, b.bytes);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameBytes(a, b);
  if (a instanceof Float64Array) return b instanceof Float64Array && sameBytes(bytesOf(a), bytesOf(b));
  if (b instanceof Packed || b instanceof Uint8Array || b instanceof Float64Array) return false;
  return a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function bytesOf(array: Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** About how many bytes a value takes in memory: what limits are counted in. */
export function sizeOf(value: Value): number {
  switch (typeof value) {
    case 'string':
      // Short ones are mostly ASCII, and few.
      return 24 + (value.length < 1000 ? value.length : Buffer.byteLength(value));
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 24 : 16 + Math.ceil(value.toString(16).length / 2);
    case 'object':
      break;
    default:
      return 8;
  }
  if (value === null) return 8;
  if (value instanceof Packed) return 64 + value.bytes.length;
  if (value instanceof Uint8Array || value instanceof Float64Array) return 64 + value.byteLength;
  let size = 16;
  for (const item of value) size += sizeOf(item);
  return size;
}

/** What of a value decides its place in a Map: scalars by themselves, others by their bytes. */
export function indexOf(value: Value): unknown {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Packed) return `\0p${Buffer.from(value.bytes).toString('latin1')}`;
  if (value instanceof Uint8Array) return `\0b${Buffer.from(value).toString('latin1')}`;
  if (value instanceof Float64Array) return `\0f${Buffer.from(bytesOf(value)).toString('latin1')}`;
  // Lengths keep apart what would read the same.
  const parts = value.map((item) => `${typeof item}:${String(indexOf(item))}`);
  return `\0l${parts.map((part) => `${part.length}:${part}`).join('')}`;
}
