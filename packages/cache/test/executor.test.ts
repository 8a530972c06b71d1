/** A cache in calls of an executor: captured, or as `ctx.cache`, and warm in workers that live on. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cache, type CacheOptions } from '@skein/cache';
import { FunctionExecutor } from '@skein/executor';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

const shared = new Cache({ namespace: `context ${randomBytes(6).toString('hex')}`, coherenceMs: 0 });
let executor: FunctionExecutor<{ cache: Cache }>;
beforeAll(() => {
  executor = new FunctionExecutor({ workers: 2, context: { cache: shared } });
});
afterAll(async () => {
  await executor.close();
  await shared.clear();
  await shared.close();
});

const inDirectory = (options: CacheOptions = {}): { cache: Cache; loads: string; count: () => number } => {
  const directory = temporaryDirectory();
  const cache = new Cache({ namespace: 'captured', node: { directory }, ...options });
  onTestFinished(() => cache.close());
  const loads = join(directory, 'loads');
  return { cache, loads, count: () => readFileSync(loads, 'utf8').trim().split('\n').length };
};

test('of the calls of a job, in all its workers, one loads', async () => {
  const { cache, loads, count } = inDirectory();
  const sums = await executor.map(
    async (factor: number) => {
      const model = await cache.getOrSet('model', () => {
        appendFileSync(loads, `${process.pid}\n`);
        return { weights: new Float64Array(50_000).fill(2) };
      });
      return factor * model.weights[49_999]!;
    },
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  expect(sums).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
  expect(count()).toBe(1);
});

test('a later job finds in a worker’s memory what an earlier one has loaded: the same object', async () => {
  const { cache, loads, count } = inDirectory({ tiers: ['memory'] });
  const look = async (): Promise<{ pid: number; uses: number }> => {
    const model = await cache.getOrSet('model', () => {
      appendFileSync(loads, `${process.pid}\n`);
      return { pid: process.pid, uses: 0 };
    });
    model.uses++;
    return { ...model };
  };
  const seen: { pid: number; uses: number }[] = [];
  for (let job = 0; job < 3; job++) seen.push(...(await executor.map(look, [0, 1, 2, 3])));
  const pids = new Set(seen.map(({ pid }) => pid));
  // Each worker has loaded once, and counts on from job to job.
  expect(count()).toBe(pids.size);
  for (const pid of pids) {
    const uses = seen.filter((one) => one.pid === pid).map((one) => one.uses);
    expect(uses.toSorted((a, b) => a - b)).toEqual(uses.map((_, i) => i + 1));
  }
});

test('ctx.cache is the executor’s, warm in the machine’s tier for later jobs and for the client', async () => {
  const load = (x: number, ctx: { cache: Cache }): Promise<number> =>
    ctx.cache.getOrSet(`square of ${x}`, () => x * x);
  expect(await executor.map(load, [2, 3])).toEqual([4, 9]);
  const loadAgain = (x: number, ctx: { cache: Cache }): Promise<number> =>
    ctx.cache.getOrSet(`square of ${x}`, () => -1);
  expect(await executor.map(loadAgain, [2, 3, 2, 3])).toEqual([4, 9, 4, 9]);
  expect(await shared.get('square of 3')).toBe(9);
});

test('what the client invalidates is loaded anew by warm workers', async () => {
  const read = (_: number, ctx: { cache: Cache }): Promise<string> =>
    ctx.cache.getOrSet('greeting', () => 'old', { tags: ['texts'] });
  const readAgain = (_: number, ctx: { cache: Cache }): Promise<string> =>
    ctx.cache.getOrSet('greeting', () => 'new', { tags: ['texts'] });
  expect(new Set(await executor.map(read, [0, 1, 2, 3]))).toEqual(new Set(['old']));
  expect(new Set(await executor.map(readAgain, [0, 1, 2, 3]))).toEqual(new Set(['old']));
  await shared.invalidate('texts');
  expect(new Set(await executor.map(readAgain, [0, 1, 2, 3]))).toEqual(new Set(['new']));
});
