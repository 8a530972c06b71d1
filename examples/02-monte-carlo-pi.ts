/** Pi from 100 million random points: 100 calls of a million each, the same answer on every run. */
import { FunctionExecutor } from '@skein/executor';

const calls = 100;
const points = 1_000_000;

/** A seeded generator (mulberry32): Math.random would give another pi on every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pointsInCircle(seed: number): number {
  const random = generator(seed);
  let inside = 0;
  for (let point = 0; point < points; point++) {
    const x = random();
    const y = random();
    if (x * x + y * y <= 1) inside++;
  }
  return inside;
}

// Seeds far apart: neighbouring ones would walk through the same states, one step behind each other.
const seeds = Array.from({ length: calls }, (_, call) => Math.imul(call + 1, 0x9e3779b1));

await using executor = new FunctionExecutor();
const hits = await executor.map(pointsInCircle, seeds);

const pi = (4 * hits.reduce((sum, inside) => sum + inside, 0)) / (calls * points);
console.log(`pi is about ${pi}, ${Math.abs(pi - Math.PI).toExponential(1)} off`);
