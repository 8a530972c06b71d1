/**
 * K-means by calls that stay for the whole computation, each with its part of the points. They share the centroids, and
 * wait for each other once a round. Then once more in this process, with nothing of that: the same centroids.
 */
import assert from 'node:assert/strict';
import { connect } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { generator, normal } from './lib/random.ts';
import { addScaled, distance, sum } from './lib/vectors.ts';

const parties = 2;
const clusters = 5;
const dimensions = 4;
const tolerance = 1e-5;

/** A party's points, which nobody else ever sees: they lie around five places. */
function pointsOf(rank: number): Float64Array[] {
  const random = generator(rank);
  return Array.from({ length: 10_000 }, (_, index) => {
    const place = generator(1000 + (index % clusters));
    return Float64Array.from({ length: dimensions }, () => 10 * place() + 2.5 * normal(random));
  });
}

/** For each centroid the sum of the points that are nearest to it, and behind it how many they are. */
function assign(points: readonly Float64Array[], centroids: readonly Float64Array[]): Float64Array[] {
  const sums = centroids.map(() => new Float64Array(dimensions + 1));
  for (const point of points) {
    const distances = centroids.map((centroid) => distance(point, centroid));
    const nearest = sums[distances.indexOf(Math.min(...distances))]!;
    addScaled(nearest, 1, point);
    nearest[dimensions]!++;
  }
  return sums;
}

function means(sums: readonly Float64Array[]): Float64Array[] {
  return sums.map((sum) => sum.subarray(0, dimensions).map((x) => x / sum[dimensions]!));
}

function farthest(before: readonly Float64Array[], after: readonly Float64Array[]): number {
  return Math.max(...before.map((centroid, k) => distance(centroid, after[k]!)));
}

/** The centroids of all. Its methods run where it is, one at a time. */
class GlobalCentroids {
  #centroids: Float64Array[];
  #round = 0;
  #delta = Number.POSITIVE_INFINITY;
  readonly #parts = new Map<number, Float64Array[]>();

  constructor(start: Float64Array[]) {
    this.#centroids = start;
  }

  /** The last of all parties to come moves the centroids: by sums in the order of ranks, whoever that is. */
  update(rank: number, part: Float64Array[]): void {
    this.#parts.set(rank, part);
    if (this.#parts.size < parties) return;
    const parts = Array.from({ length: parties }, (_, rank) => this.#parts.get(rank)!);
    const moved = means(this.#centroids.map((_, k) => sum(parts.map((part) => part[k]!))));
    this.#delta = farthest(this.#centroids, moved);
    this.#centroids = moved;
    this.#round++;
    this.#parts.clear();
  }

  now(): { centroids: Float64Array[]; round: number; delta: number } {
    return { centroids: this.#centroids, round: this.#round, delta: this.#delta };
  }
}

const start = pointsOf(0).slice(0, clusters);

await using dso = await connect();
// The calls wait for each other: each needs a worker of its own.
await using executor = new FunctionExecutor({ workers: parties });

const shared = dso.object('k-means', GlobalCentroids, start);
const barrier = dso.barrier('k-means', { parties });

async function work(rank: number): Promise<void> {
  const points = pointsOf(rank);
  for (;;) {
    const { centroids, delta } = await shared.now();
    if (delta <= tolerance) return;
    await shared.update(rank, assign(points, centroids));
    await barrier.wait();
  }
}

await executor.map(work, [0, 1]);
const { centroids, round } = await shared.now();

const points = [...pointsOf(0), ...pointsOf(1)];
let alone = start;
let rounds = 0;
for (let delta = Number.POSITIVE_INFINITY; delta > tolerance; rounds++) {
  const moved = means(assign(points, alone));
  delta = farthest(alone, moved);
  alone = moved;
}
assert.equal(round, rounds);
// Sums of parts are rounded otherwise than sums of all.
assert.ok(farthest(centroids, alone) < 1e-9);

console.log(`${points.length} points around ${clusters} centroids, found in ${round} rounds:`);
for (const centroid of centroids) console.log([...centroid].map((x) => x.toFixed(4).padStart(8)).join(' '));
await dso.delete(shared);
await dso.delete(barrier);
