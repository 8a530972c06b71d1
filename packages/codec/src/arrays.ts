import { inspect } from 'node:util';
import type { Encoder } from './encoder.ts';
import { NUMBERS, TAG } from './tags.ts';

/** From this length, listing the keys of an array costs more than the trick of {@link hasNamedProperties}. */
const LIST_KEYS_BELOW = 64;
/** Below this length the header of a packed array costs more than it saves. */
const PACK_FROM = 8;

/** Whether an array has no own properties besides its elements and `length`. */
export function arrayHasOnlyElements(array: readonly unknown[]): boolean {
  if (Object.getOwnPropertySymbols(array).length > 0) return false;
  if (array.length < LIST_KEYS_BELOW) {
    const names = Object.getOwnPropertyNames(array);
    return names.length === array.length + 1 || names.every((name) => name === 'length' || isIndex(name));
  }
  return !hasNamedProperties(array);
}

/**
 * Whether an array or typed array without symbol properties may have named ones. The language can only list
 * all keys, a string for each index (10 ms for 100,000). `inspect` knows a shorter way, and shows what is left
 * when no element is to be shown; anything unexpected counts as a yes, which is slower but right.
 */
export function hasNamedProperties(array: object): boolean {
  const shown = inspect(array, { maxArrayLength: 0, depth: 0, customInspect: false, getters: false });
  return !/^(?:\w+\(\d+\) (?:\[Uint8Array\] )?)?\[ \.\.\. \d+ more items? \]$/.test(shown);
}

/** Whether a property name is an index of an array. */
export function isIndex(name: string): boolean {
  const number = Number(name) >>> 0;
  return String(number) === name && number !== 0xffffffff;
}

/** Writes the elements of an array. */
export function writeArray(encoder: Encoder, array: readonly unknown[]): void {
  const { length } = array;
  encoder.born(array);
  if (length >= PACK_FROM && typeof array[0] === 'number' && writeNumbers(encoder, array)) return;
  if (length >= PACK_FROM && isSparse(array)) {
    writeSparse(encoder, array);
    return;
  }
  encoder.byte(TAG.array);
  encoder.varint(length);
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value === 'number') encoder.number(value);
    else if (typeof value === 'string') encoder.string(value);
    else if (value === undefined && !Object.hasOwn(array, i)) encoder.byte(TAG.hole);
    else if (typeof value === 'object' && value !== null) {
      // Not by way of `child`: each frame less lets values nest deeper.
      encoder.trail[encoder.depth++] = i;
      encoder.object(value);
      encoder.depth--;
    } else encoder.child(value, i);
  }
}

/** Numbers only, without holes: 4 or 8 bytes an element. */
function writeNumbers(encoder: Encoder, array: readonly unknown[]): boolean {
  const { length } = array;
  let int32 = true;
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value !== 'number') return false;
    if (int32 && !Object.is(value, value | 0)) int32 = false;
  }
  const size = int32 ? 4 : 8;
  encoder.reserve(16 + length * size);
  encoder.byte(TAG.numbers);
  encoder.byte(int32 ? NUMBERS.int32 : NUMBERS.float64);
  encoder.varint(length);
  while (encoder.position % 8 !== 0) encoder.byte(0);
  const { buffer } = encoder.bytes;
  const target = int32
    ? new Int32Array(buffer, encoder.position, length)
    : new Float64Array(buffer, encoder.position, length);
  for (let i = 0; i < length; i++) target[i] = array[i] as number;
  encoder.position += length * size;
  return true;
}

/** Whether most of an array is holes: 64 samples decide, since both ways of writing are right. */
function isSparse(array: readonly unknown[]): boolean {
  const samples = Math.min(array.length, 64);
  let holes = 0;
  for (let i = 0; i < samples; i++) {
    if (!Object.hasOwn(array, Math.floor((i * array.length) / samples))) holes++;
  }
  return holes * 2 > samples;
}

function writeSparse(encoder: Encoder, array: readonly unknown[]): void {
  const indices = Object.getOwnPropertyNames(array).filter(isIndex);
  encoder.byte(TAG.sparse);
  encoder.varint(array.length);
  encoder.varint(indices.length);
  for (const index of indices) {
    encoder.varint(Number(index));
    encoder.child(array[Number(index)], Number(index));
  }
}
