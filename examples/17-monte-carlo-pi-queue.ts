/**
 * Pi from random points, while they are thrown: 20 workers put theirs into a queue, and this process plots them as they
 * come, into examples/out/monte-carlo-pi.png. In which order that is nobody knows; pi and the picture are the same.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool, Queue } from '@skein/multiprocessing';
import { encode } from 'fast-png';
import { generator } from './lib/random.ts';

const workers = 20;
const batches = 5;
const points = 10_000;
const size = 800;

/** All that a worker throws: batches of points of the unit square, x and y by turns. */
function* throwPoints(seed: number): Generator<Float64Array> {
  const random = generator(seed);
  for (let batch = 0; batch < batches; batch++) yield Float64Array.from({ length: 2 * points }, random);
}

async function work(seed: number): Promise<void> {
  for (const batch of throwPoints(seed)) await thrown.put(batch);
}

const paper = new Uint8Array(size * size * 3).fill(255);

/** Takes the red from the paper within the circle and the blue outside, which comes to the same in any order. */
function plot(batch: Float64Array): number {
  let inside = 0;
  for (let i = 0; i < batch.length; i += 2) {
    const [x, y] = [batch[i]!, batch[i + 1]!];
    const isInside = x * x + y * y <= 1;
    if (isInside) inside++;
    const pixel = Math.floor((1 - y) * size) * size + Math.floor(x * size);
    paper[3 * pixel + (isInside ? 0 : 2)] = 0;
  }
  return inside;
}

const seeds = Array.from({ length: workers }, (_, seed) => seed);
const thrown = new Queue<Float64Array>();
await using pool = new Pool(workers);

const working = pool.mapAsync(work, seeds);
let inside = 0;
for (let came = 0; came < workers * batches; came++) inside += plot(await thrown.get());
await working.get();

const drawn = paper.slice();
const alone = seeds.flatMap((seed) => [...throwPoints(seed)].map(plot)).reduce((sum, count) => sum + count);
assert.equal(inside, alone);
assert.deepEqual(paper, drawn);

const out = new URL('out/', import.meta.url);
mkdirSync(out, { recursive: true });
const file = fileURLToPath(new URL('monte-carlo-pi.png', out));
writeFileSync(file, encode({ width: size, height: size, channels: 3, data: drawn }));
const total = workers * batches * points;
console.log(`${total} points of ${workers} workers: ${relative('', file)}`);
console.log(`pi is about ${(4 * inside) / total}`);
