/** What the examples need of vectors. */

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Adds `factor * b` to `a`, in place, as far as the shorter of them goes. */
export function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) a[i]! += factor * b[i]!;
}

/** The sum, element by element, in the order of the list. */
export function sum(vectors: readonly Float64Array[]): Float64Array {
  const [first, ...others] = vectors;
  const total = first!.slice();
  for (const vector of others) addScaled(total, 1, vector);
  return total;
}

export function distance(a: Float64Array, b: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares);
}
