/** Bits, the first in the lowest of the first byte, as Arrow has them. */
export function bitmapOf(length: number, isSet: (at: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(length / 8));
  for (let at = 0; at < length; at++) if (isSet(at)) bits[at >> 3]! |= 1 << (at & 7);
  return bits;
}

export function bitAt(bits: Uint8Array, at: number): boolean {
  return ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}
