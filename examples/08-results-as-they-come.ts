/** Results as they come: how far a job is, the first outcome that will do, and an input that has no end. */
import { createHash } from 'node:crypto';
import { FunctionExecutor } from '@skein/executor';

const span = 500_000;

/** All primes of a span of numbers, by the sieve of Eratosthenes. */
function primesFrom(low: number): Uint32Array {
  const composite = new Uint8Array(span);
  if (low === 0) composite.fill(1, 0, 2);
  for (let n = 2; n * n < low + span; n++) {
    for (let m = Math.max(n, Math.ceil(low / n)) * n; m < low + span; m += n) composite[m - low] = 1;
  }
  return Uint32Array.from(composite.keys())
    .filter((at) => composite[at] === 0)
    .map((at) => low + at);
}

await using executor = new FunctionExecutor();

// How far it is. A reader that is slow skips steps, never the last one.
const lows = Array.from({ length: 20 }, (_, index) => index * span);
const job = executor.map(primesFrom, lows);
let quarters = 0;
for await (const { settled } of job.progress) {
  for (; settled >= ((quarters + 1) / 4) * lows.length; quarters++) console.log(`${25 * (quarters + 1)} %`);
}
const count = (await job).reduce((sum, primes) => sum + primes.length, 0);
console.log(`${count} primes below ${lows.length * span}\n`);

/** The six digits of a hash, should they be among the 20,000 from `first` on. */
function findPin(first: number, digest: string): string | undefined {
  for (let pin = first; pin < first + 20_000; pin++) {
    const digits = String(pin).padStart(6, '0');
    if (createHash('sha256').update(digits).digest('hex') === digest) return digits;
  }
  return undefined;
}

// The first outcome that will do, in whatever order they come: the rest is not run.
const digest = createHash('sha256').update('271828').digest('hex');
const firsts = Array.from({ length: 50 }, (_, index) => index * 20_000);
const search = executor.map(findPin, firsts, { extraArgs: [digest] });
for await (const outcome of search.completed()) {
  if (outcome.status === 'rejected' || outcome.value === undefined) continue;
  console.log(`the PIN is ${outcome.value}\n`);
  break;
}
search.cancel();

/** Where spans begin, without end: read no further ahead than the loop below reads results. */
function* spans(): Generator<number> {
  for (let low = 0; ; low += span) yield low;
}

// In the order of the input, until the reader leaves the loop, which ends the job.
let before = 0;
for await (const primes of executor.map(primesFrom, spans(), { stream: true })) {
  const millionth = primes[1_000_000 - before - 1];
  if (millionth !== undefined) {
    console.log(`prime number 1,000,000 is ${millionth}`);
    break;
  }
  before += primes.length;
}
