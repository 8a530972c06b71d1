/** Requests that are the same in every run. */

/** A generator of numbers from 0 to 1: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The nth most popular of `items` keys is asked for in proportion to 1 / n^skew. */
export function* zipf(requests: number, items: number, skew: number, seed: number): Generator<string> {
  const random = randomFrom(seed);
  const upTo: number[] = [];
  for (let n = 1; n <= items; n++) upTo.push((upTo.at(-1) ?? 0) + n ** -skew);
  for (let i = 0; i < requests; i++) {
    const wanted = random() * upTo.at(-1)!;
    let low = 0;
    for (let high = items - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    yield `item ${low}`;
  }
}

/** A working set that is asked for again and again, and now and then a scan over what nobody asks for again. */
export function* scans(rounds: number, workingSet: number, scanned: number): Generator<string> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 3 * workingSet; i++) yield `used ${i % workingSet}`;
    for (let i = 0; i < scanned; i++) yield `scanned ${round} ${i}`;
  }
}

/** What is new is asked for a few times soon afterwards, and never again: recency is all. */
export function* drifting(requests: number, window: number, seed: number): Generator<string> {
  const random = randomFrom(seed);
  for (let i = 0; i < requests; i++) yield `new ${Math.floor(i / 4 + random() * window)}`;
}
