/** How Python's pools cut their input. */
import { badArgument } from '../errors.ts';

export type Input<T> = (Iterable<T> | AsyncIterable<T>) & object;

/** As Python's: four chunks a worker. */
export function chunksizeOf(length: number, processes: number): number {
  return Math.max(1, Math.ceil(length / (processes * 4)));
}

export function checkChunksize(chunksize: number | undefined): void {
  if (chunksize !== undefined && !(Number.isSafeInteger(chunksize) && chunksize >= 1))
    throw badArgument('chunksize', 'a whole number from 1', chunksize);
}

export function checkInput(input: unknown): void {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(input) as {
    [Symbol.iterator]?: unknown;
    [Symbol.asyncIterator]?: unknown;
  };
  if (typeof input !== 'object' || (typeof sync !== 'function' && typeof async !== 'function'))
    throw badArgument('the input', 'an iterable of items', input);
}

export function* cut<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** Chunks of any input, each of which is read when `turn` lets it. */
export async function* cutLazily<T>(
  input: Input<T>,
  size: number,
  turn: () => Promise<boolean>,
): AsyncGenerator<readonly T[]> {
  let chunk: T[] = [];
  if (!(await turn())) return;
  for await (const item of input) {
    if (chunk.push(item) < size) continue;
    yield chunk;
    chunk = [];
    if (!(await turn())) return;
  }
  if (chunk.length > 0) yield chunk;
}
