/**
 * Logistic regression by gradient descent. All calls share one model, and each has its part of the samples: the last to
 * bring its gradient takes the step. The model keeps how the loss went down. Then once more in this process.
 */
import assert from 'node:assert/strict';
import { connect } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { generator, normal } from './lib/random.ts';
import { addScaled, distance, dot, sum } from './lib/vectors.ts';

const parties = 2;
const features = 8;
const steps = 60;

type Sample = readonly [input: Float64Array, label: 0 | 1];

/** A party's samples. Their labels follow hidden weights, if not always. */
function samplesOf(rank: number): Sample[] {
  const random = generator(rank);
  const hidden = Float64Array.of(0, -1, 2, -3, 4, -5, 6, -7);
  return Array.from({ length: 5_000 }, () => {
    const input = hidden.map(() => normal(random));
    return [input, random() < likely(hidden, input) ? 1 : 0];
  });
}

/** How likely the label is 1. */
function likely(weights: Float64Array, input: Float64Array): number {
  return 1 / (1 + Math.exp(-dot(weights, input)));
}

/** The gradient, and behind it the loss and the number of samples: sums, which can be added to those of others. */
function gradient(weights: Float64Array, samples: readonly Sample[]): Float64Array {
  const sums = new Float64Array(features);
  let loss = 0;
  for (const [input, label] of samples) {
    const guess = likely(weights, input);
    addScaled(sums, guess - label, input);
    loss -= Math.log(label === 1 ? guess : 1 - guess);
  }
  return Float64Array.of(...sums, loss, samples.length);
}

/** The model of all. Its methods run where it is, one at a time. */
class Model {
  readonly #weights = new Float64Array(features);
  readonly #losses: number[] = [];
  readonly #parts = new Map<number, Float64Array>();

  /** The last of all parties to come takes the step: by sums in the order of ranks, whoever that is. */
  add(rank: number, part: Float64Array): void {
    this.#parts.set(rank, part);
    if (this.#parts.size < parties) return;
    this.step(sum(Array.from({ length: parties }, (_, rank) => this.#parts.get(rank)!)));
    this.#parts.clear();
  }

  step(total: Float64Array): void {
    const [loss, samples] = [total[features]!, total[features + 1]!];
    this.#losses.push(loss / samples);
    const rate = 4 / Math.sqrt(this.#losses.length);
    addScaled(this.#weights, -rate / samples, total);
  }

  weights(): Float64Array {
    return this.#weights;
  }

  /** The loss before each step, a sample's on average. */
  losses(): number[] {
    return this.#losses;
  }
}

await using dso = await connect();
// The calls wait for each other: each needs a worker of its own.
await using executor = new FunctionExecutor({ workers: parties });

const model = dso.object('logistic regression', Model);
const barrier = dso.barrier('logistic regression', { parties });

async function work(rank: number): Promise<void> {
  const samples = samplesOf(rank);
  for (let step = 0; step < steps; step++) {
    await model.add(rank, gradient(await model.weights(), samples));
    await barrier.wait();
  }
}

await executor.map(work, [0, 1]);
const [weights, losses] = await Promise.all([model.weights(), model.losses()]);

const samples = [...samplesOf(0), ...samplesOf(1)];
const alone = new Model();
for (let step = 0; step < steps; step++) alone.step(gradient(alone.weights(), samples));
// Sums of parts are rounded otherwise than sums of all.
assert.ok(distance(weights, alone.weights()) < 1e-9);
assert.ok(distance(Float64Array.from(losses), Float64Array.from(alone.losses())) < 1e-9);

const right = samples.filter(([input, label]) => Math.round(likely(weights, input)) === label).length;
const rounded = (numbers: Iterable<number>): string => Array.from(numbers, (x) => x.toFixed(3)).join(' ');
console.log(
  `loss     ${rounded(losses.filter((_, step) => step % 10 === 0))} ... ${rounded(losses.slice(-1))}`,
);
console.log(`weights  ${rounded(weights)}`);
console.log(`right    ${right} of ${samples.length}`);
await dso.delete(model);
await dso.delete(barrier);
