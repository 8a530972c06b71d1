/** In a file of its own, because it is captured: what else is here would be analysed with it. */

/** The pair of a key and its values, which have been combined to one. */
export async function onlyValue(key: unknown, values: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  for await (const value of values) return [key, value];
  throw new Error('a key without a value');
}
