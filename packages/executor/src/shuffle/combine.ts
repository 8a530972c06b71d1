/** `(a, b) => c`, associative: what several values come down to, in their order. */
export type Combine = (a: unknown, b: unknown) => unknown;

/** @throws {TypeError} when it gives a promise: it is called where nobody can wait */
export function combined(combine: Combine, a: unknown, b: unknown): unknown {
  const c = combine(a, b);
  if (typeof c === 'object' && c !== null && 'then' in c && typeof c.then === 'function')
    throw new TypeError('combine gives a value; it gave a promise');
  return c;
}
