/**
 * A block of values that travel together and stay independent: the arguments of the calls of one message,
 * or their results. `u32 form · u32 count ·` then either one encoded array (all values primitive: nothing
 * could be shared between them) or the length of each value's message and the messages, each aligned at 8.
 */
import { decode, type Encoded, encode } from '@skein/codec';

const FORM = { array: 0, each: 1 } as const;
const align = (n: number): number => (n + 7) & ~7;

/** One encoded array for values that are all primitive, `undefined` when one is not. */
export function packPrimitives(values: readonly unknown[]): Uint8Array[] | undefined {
  for (const value of values) {
    if (
      (typeof value === 'object' && value !== null) ||
      typeof value === 'function' ||
      typeof value === 'symbol'
    )
      return undefined;
  }
  return [new Uint8Array(new Uint32Array([FORM.array, values.length]).buffer), ...encode(values).parts()];
}

export function packEach(values: readonly Encoded[]): Uint8Array[] {
  const lengths = new Uint32Array(2 + values.length + (values.length & 1));
  lengths[0] = FORM.each;
  lengths[1] = values.length;
  const parts: Uint8Array[] = [new Uint8Array(lengths.buffer)];
  values.forEach((value, i) => {
    lengths[2 + i] = value.byteLength;
    parts.push(...value.parts());
    const padding = align(value.byteLength) - value.byteLength;
    if (padding > 0) parts.push(new Uint8Array(padding));
  });
  return parts;
}

/**
 * Decodes value by value. One that cannot be decoded is handed to `onError`, whose answer stands in its
 * place: a broken argument fails its own call, not its neighbours.
 */
export function unpackBlock(
  block: Uint8Array,
  decodeOne: (bytes: Uint8Array, position: number) => unknown,
  onError: (error: unknown, position: number) => unknown,
): unknown[] {
  const view = new DataView(block.buffer, block.byteOffset);
  const count = view.getUint32(4, true);
  if (view.getUint32(0, true) === FORM.array) return decode<unknown[]>(block.subarray(8));
  const values: unknown[] = new Array(count);
  let at = 8 + align(count * 4);
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(8 + i * 4, true);
    try {
      values[i] = decodeOne(block.subarray(at, at + length), i);
    } catch (error) {
      values[i] = onError(error, i);
    }
    at += align(length);
  }
  return values;
}
