/**
 * Stochastic gradient descent on parts of the data: every party has a copy of the weights, and after each step all have
 * the sum of all gradients, in two messages a party. Then once more in this process, on all of the data.
 */
import assert from 'node:assert/strict';
import { connect } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { generator, normal } from './lib/random.ts';
import { addScaled, distance, dot } from './lib/vectors.ts';

const parties = 2;
const batch = 64;
const steps = 200;
const rate = 0.1;
const hidden = Float64Array.from([3, -1, 4, 1, -5, 9, 2, -6]);

/** The next samples of a party, a row of inputs and a noisy output each: nobody else ever sees them. */
function* batchesOf(rank: number): Generator<[input: Float64Array, output: number][], never> {
  const random = generator(rank);
  for (;;) {
    yield Array.from({ length: batch }, () => {
      const input = hidden.map(() => normal(random));
      return [input, dot(hidden, input) + 0.1 * normal(random)];
    });
  }
}

/** Of half the squared error, its sum over samples. */
function gradient(weights: Float64Array, samples: readonly [Float64Array, number][]): Float64Array {
  const sum = new Float64Array(weights.length);
  for (const [input, output] of samples) addScaled(sum, dot(weights, input) - output, input);
  return sum;
}

await using dso = await connect();
// The calls wait for each other: each needs a worker of its own.
await using executor = new FunctionExecutor({ workers: parties });

const gradients = dso.allReduce<Float64Array>('gradients', { parties, op: 'sum' });

async function train(rank: number): Promise<Float64Array> {
  const weights = new Float64Array(hidden.length);
  const batches = batchesOf(rank);
  for (let step = 0; step < steps; step++) {
    const mine = gradient(weights, batches.next().value);
    // Ranks are added in their order, so that sums are the same on every run.
    const sum = await gradients.reduce(mine, { rank });
    addScaled(weights, -rate / (parties * batch), sum);
  }
  return weights;
}

const [weights, others] = await executor.map(train, [0, 1]);
assert.deepEqual(weights, others);

const alone = new Float64Array(hidden.length);
const sources = [batchesOf(0), batchesOf(1)];
for (let step = 0; step < steps; step++) {
  const samples = sources.flatMap((source) => source.next().value);
  addScaled(alone, -rate / samples.length, gradient(alone, samples));
}
// Sums of halves are rounded otherwise than sums of all.
assert.ok(distance(weights!, alone) < 1e-9);

console.log(`hidden   ${[...hidden].map((weight) => weight.toFixed(3).padStart(7)).join('')}`);
console.log(`learnt   ${[...weights!].map((weight) => weight.toFixed(3).padStart(7)).join('')}`);
console.log(
  `from ${parties} parties' samples, ${steps} steps of ${parties * batch}, off by ${distance(weights!, hidden).toFixed(4)}`,
);
await dso.delete(gradients);
