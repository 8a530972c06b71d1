/** What is asked for, and how often: the same for all, in every round. */
import type { CacheRequest } from '../protocol.ts';

interface Entry {
  readonly n: number;
  readonly text: string;
}

/** A value that knows which one it is: text in an object, or numbers. */
export function entryOf(n: number, { bytes, numbers = false }: CacheRequest): Entry | Float64Array {
  return numbers ? new Float64Array(bytes / 8).fill(n) : { n, text: `${n} `.repeat(bytes).slice(0, bytes) };
}

export function isEntry(n: number, value: unknown): boolean {
  if (value instanceof Float64Array) return value[0] === n && value.at(-1) === n;
  return (value as Partial<Entry> | undefined)?.n === n;
}

/** Which entries are asked for, one after another: each in turn, or some more than others (Zipf's law with that exponent). */
export function orderOf({ entries, requests, skew }: CacheRequest): Uint32Array {
  if (skew === undefined) return Uint32Array.from({ length: requests }, (_, i) => i % entries);
  const upTo = new Float64Array(entries);
  for (let n = 0, sum = 0; n < entries; n++) upTo[n] = sum += (n + 1) ** -skew;
  const random = generator(2026);
  return Uint32Array.from({ length: requests }, () => {
    const at = random() * upTo[entries - 1]!;
    let [from, to] = [0, entries - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (upTo[middle]! > at) to = middle;
      else from = middle + 1;
    }
    return from;
  });
}

/** Numbers from 0 to below 1: Lehmer's, as MINSTD has it (Park and Miller, 1988). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}
