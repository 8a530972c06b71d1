/** Groups of more data than the workers may hold, on either side: exact, and within the memory that they were given. */
import { expect, test } from 'vitest';
import { executorOf } from './support/executors.ts';

const MB = 2 ** 20;

/** 12 calls of 12.5 MB each. */
const CALLS = 12;
const PAIRS = 12_500;
const VALUE = 1_000;

test('150 MB are grouped and joined by workers of which none holds 20 MB of them', async () => {
  const executor = executorOf({ workers: 2 });
  const job = executor.cogroup(
    {
      map: function* (call: number): Generator<[number, Uint8Array]> {
        const random = new Uint8Array(1_000); // the same memory again and again
        for (let i = 0; i < 12_500; i++) {
          random.fill(i % 251);
          // Half of all pairs have the key 0.
          yield [i % 2 === 0 ? 0 : i, random];
        }
        if (call < 0) throw new Error('no such call');
      },
      data: Array.from({ length: CALLS }, (_, call) => call),
    },
    {
      map: (call: number): [number, string][] => [[0, `zero ${call}`]],
      data: [0, 1],
    },
    async (key, values, names) => {
      let [count, sum] = [0, 0];
      for await (const value of values) {
        count++;
        sum += value[0]! + value.length;
      }
      return [key, count, sum, await names.toArray()] as const;
    },
    { memory: '8MiB', runtimeMemory: '192MiB', partitions: 4 },
  );
  const rows = await job;
  const expected = new Map<number, { count: number; sum: number }>();
  for (let i = 0; i < PAIRS; i++) {
    const key = i % 2 === 0 ? 0 : i;
    const { count, sum } = expected.get(key) ?? { count: 0, sum: 0 };
    expected.set(key, { count: count + CALLS, sum: sum + CALLS * ((i % 251) + VALUE) });
  }
  expect(rows).toEqual(
    [...expected]
      .sort(([a], [b]) => a - b)
      .map(([key, { count, sum }]) => [key, count, sum, key === 0 ? ['zero 0', 'zero 1'] : []]),
  );
  const peaks = [...job.mapJobs, job.reduceJob].flatMap(({ futures }) =>
    futures.map(({ stats }) => stats!.workerPeakMemory! / MB),
  );
  // An idle worker has about 70 of them, and V8 lets some 64 of buffers lie that are no longer used.
  expect(Math.max(...peaks)).toBeLessThan(192);
}, 60_000);
