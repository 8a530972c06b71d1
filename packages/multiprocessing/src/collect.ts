import { badArgument } from './errors.ts';

/** All that comes. */
export async function collect<T>(items: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function checkIterable(what: string, expected: string, value: unknown): void {
  if (typeof Object(value)[Symbol.iterator] !== 'function') throw badArgument(what, expected, value);
}
