/** Workers that are replaced when they have run so many calls of a job. */
import { describe, expect, test } from 'vitest';
import { FunctionExecutor } from '../src/index.ts';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';
import { countInWorker } from './support/workers.ts';

const many = Array.from({ length: 100 }, (_, i) => i);

describe.each(everyBackend)('maxCallsPerWorker, on %s', (_name, options) => {
  test('replaces a worker in time, and no call is lost or runs twice by it', async () => {
    const executor = executorOf(options);
    const seen = await executor.map(countInWorker, many.slice(0, 10), { maxCallsPerWorker: 3 });
    expect(Math.max(...seen.map(({ calls }) => calls))).toBeLessThanOrEqual(3);
    expect(new Set(seen.map(({ worker }) => worker)).size).toBeGreaterThanOrEqual(4);
    expect(executor.jobSummary()).toMatchObject([{ calls: 10, failures: 0, retries: 0 }]);
  });

  test('holds for messages of many calls', async () => {
    const executor = executorOf(options);
    const seen = await executor.map(countInWorker, many.slice(0, 20), {
      maxCallsPerWorker: 7,
      chunksize: 5,
    });
    expect(Math.max(...seen.map(({ calls }) => calls))).toBeLessThanOrEqual(7);
  });

  test('holds for executors within calls', async () => {
    const executor = executorOf(options);
    const seen = await executor.callAsync(async () => {
      const inner = new FunctionExecutor();
      return inner.map(countInWorker, [0, 1, 2, 3, 4, 5], { maxCallsPerWorker: 2 });
    });
    expect(Math.max(...seen.map(({ calls }) => calls))).toBeLessThanOrEqual(2);
  });
});

describe.each(everyBackend.slice(0, 2))('maxCallsPerWorker, on %s', (_name, options) => {
  test('uses a worker up to it, where messages are sent ahead too', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const seen = await executor.map(countInWorker, many, { maxCallsPerWorker: 40 });
    expect(seen.filter(({ calls }) => calls === 40)).toHaveLength(2);
    expect(new Set(seen.map(({ worker }) => worker)).size).toBe(3);
  });

  test('does not count the calls of jobs without it; a worker that is used up is nobody’s', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const before = await executor.map(countInWorker, [0, 1, 2, 3, 4]);
    const own = await executor.map(countInWorker, [0, 1], { maxCallsPerWorker: 2 });
    const after = await executor.map(countInWorker, [0]);
    expect(own.map(({ worker }) => worker)).toEqual([before[0]!.worker, before[0]!.worker]);
    expect(after[0]!.worker).not.toBe(before[0]!.worker);
  });

  test('counts calls that are jobs of their own', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const seen: { readonly worker: string; readonly calls: number }[] = [];
    for (let i = 0; i < 5; i++)
      seen.push(await executor.callAsync(countInWorker, undefined, { maxCallsPerWorker: 2 }));
    expect(seen.map(({ calls }) => calls)).toEqual([1, 2, 1, 2, 1]);
  });

  test('of a job that allows fewer has a worker replaced that has run more for others', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const [first] = await executor.map(countInWorker, [0, 1, 2], { maxCallsPerWorker: 10 });
    const [second] = await executor.map(countInWorker, [0, 1], { maxCallsPerWorker: 2 });
    expect(second).toMatchObject({ calls: 1 });
    expect(second!.worker).not.toBe(first!.worker);
  });
});

test.each(processBackends)('a worker that is used up ends, on %s', async (_name, options) => {
  const executor = executorOf({ ...options, workers: 1 });
  const pids = await executor.map(() => process.pid, [0, 1, 2, 3, 4, 5], { maxCallsPerWorker: 2 });
  await eventually(() => !pids.some(isAlive), 'they have ended');
});
