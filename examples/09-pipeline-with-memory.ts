/**
 * A pipeline whose two stages have different needs: one recorder with much memory, two listeners with little. What is
 * recorded goes from worker to worker through storage; what comes here is what was heard.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FunctionExecutor } from '@skein/executor';

const rate = 44_100;
const seconds = 6;

/** Six seconds (2 MB) of a tone beneath noise ten times as loud; which tone, only this function knows. */
function record(seed: number): Float64Array {
  const hz = 100 + ((seed * 37) % 100);
  let state = seed;
  return Float64Array.from({ length: rate * seconds }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = state / 2 ** 31 - 1;
    return 0.1 * Math.sin((2 * Math.PI * hz * at) / rate) + noise;
  });
}

/** How much of a frequency is in a signal, by Goertzel's algorithm. */
function power(signal: Float64Array, hz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let last = 0;
  let beforeLast = 0;
  for (const sample of signal) [last, beforeLast] = [sample + turn * last - beforeLast, last];
  return last ** 2 + beforeLast ** 2 - turn * last * beforeLast;
}

/** The loudest tone from 100 to 199 Hz. */
function listen(signal: Float64Array): number {
  let loudest = { hz: 0, power: 0 };
  for (let hz = 100; hz < 200; hz++) {
    const heard = power(signal, hz);
    if (heard > loudest.power) loudest = { hz, power: heard };
  }
  return loudest.hz;
}

await using executor = new FunctionExecutor();
const recordings = executor.map(record, [1, 2, 3, 4, 5, 6, 7, 8], { runtimeMemory: '512MiB', maxWorkers: 1 });
const tones = recordings.map(listen, { runtimeMemory: '256MiB', maxWorkers: 2 });
console.log(`heard, in Hz: ${(await tones).join(', ')}`);

// What went through this process, bytesIn and bytesOut, is next to nothing of 17 MB of recordings.
console.table(executor.jobSummary(), [
  'name',
  'calls',
  'wallTime',
  'totalExecTime',
  'peakMemory',
  'bytesIn',
  'bytesOut',
]);

const picture = join(await mkdtemp(join(tmpdir(), 'skein-')), 'timeline.svg');
await executor.plot(picture);
console.log(`when each call waited and ran: ${picture}`);
