/** Merge sort: each quarter is sorted by a process of its own, which sends it back through a pipe. */
import assert from 'node:assert/strict';
import { type Connection, Pipe, Process } from '@skein/multiprocessing';
import { generator } from './lib/random.ts';

const length = 400_000;

function merge(left: Float64Array, right: Float64Array): Float64Array {
  const merged = new Float64Array(left.length + right.length);
  let [l, r] = [0, 0];
  for (let i = 0; i < merged.length; i++) {
    const isLeft = r === right.length || (l < left.length && left[l]! <= right[r]!);
    merged[i] = isLeft ? left[l++]! : right[r++]!;
  }
  return merged;
}

function halves(numbers: Float64Array): [Float64Array, Float64Array] {
  const middle = numbers.length >> 1;
  return [numbers.subarray(0, middle), numbers.subarray(middle)];
}

function sort(numbers: Float64Array): Float64Array {
  if (numbers.length < 2) return numbers;
  const [left, right] = halves(numbers);
  return merge(sort(left), sort(right));
}

async function sortAndSend(numbers: Float64Array, sender: Connection<Float64Array>): Promise<void> {
  await sender.send(sort(numbers));
}

/** The same as {@link sort}, by so many processes, a power of two. */
async function sortBy(processes: number, numbers: Float64Array): Promise<Float64Array> {
  if (processes > 1) {
    const [left, right] = await Promise.all(halves(numbers).map((half) => sortBy(processes / 2, half)));
    return merge(left!, right!);
  }
  const [receiver, sender] = Pipe<Float64Array>(false);
  const child = new Process({ target: sortAndSend, args: [numbers, sender] });
  child.start();
  const sorted = await receiver.recv();
  await child.join();
  return sorted;
}

const numbers = Float64Array.from({ length }, generator(20));
const sorted = await sortBy(4, numbers);

assert.deepEqual(sorted, sort(numbers));
assert.deepEqual(sorted, numbers.toSorted());
const shown = [0, 0.25, 0.5, 0.75, 1].map((part) => sorted[Math.round(part * (length - 1))]!.toFixed(4));
console.log(`${length} numbers in order: ${shown.join(' ... ')}`);
