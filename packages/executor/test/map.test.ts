import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path, { basename } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { currentCall, FunctionExecutor } from '../src/index.ts';
import { everyBackend, executorOf, sharedExecutor } from './support/executors.ts';
import { offset, Point, triple } from './support/helper.ts';

const factor = 7;

describe.each(everyBackend)('map on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('gives results in input order, whatever order the calls end in', async () => {
    const results = await executor.map(
      async (ms) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return ms;
      },
      [60, 1, 30, 1],
    );
    expect(results).toEqual([60, 1, 30, 1]);
  });

  test('ships captured variables, imports and classes', async () => {
    const local = { scale: 2 };
    const results = await executor.map(
      (x: number) => [
        x * factor * local.scale,
        triple(x) + offset,
        basename('/a/b.txt'),
        new Point(3, x).norm(),
      ],
      [4],
    );
    expect(results).toEqual([[56, 112, 'b.txt', 5]]);
  });

  test('E1: every input has one outcome, whatever it is', async () => {
    const inputs = [undefined, null, Number.NaN, -0, 0n, '', false];
    const results = await executor.map((x) => x, inputs);
    expect(results).toHaveLength(inputs.length);
    for (const [i, result] of results.entries()) expect(Object.is(result, inputs[i])).toBe(true);
  });

  test('passes extra arguments, and the context only to a function that declares it', async () => {
    const extraArgs = [10, 'z'] as const;
    const plain = await executor.map((...args: [number, number, string]) => args.length, [1], { extraArgs });
    const declared = await executor.map(
      (x: number, by: number, end: string, ctx) => [x * by, end, ctx.index, ctx.attempt, ctx.callId],
      [1, 2],
      { extraArgs },
    );
    expect(plain).toEqual([3]);
    expect(declared).toEqual([
      [10, 'z', 0, 1, '00000'],
      [20, 'z', 1, 1, '00001'],
    ]);
    expect(await executor.map(Math.max, [5, 6])).toEqual([5, 6]);
    expect(await executor.map((x: number) => [x, currentCall().index], [5, 6])).toEqual([
      [5, 0],
      [6, 1],
    ]);
  });

  test('instances arrive as what they are, both ways', async () => {
    const [far] = await executor.map(
      (point: Point) => (point instanceof Point ? new Point(point.norm(), 0) : undefined),
      [new Point(3, 4)],
    );
    expect(far).toBeInstanceOf(Point);
    expect(far?.x).toBe(5);
  });

  test('functions among the inputs bring their own code and values', async () => {
    const adders = [1, 2, 3].map((by) => (x: number) => x + by + factor);
    expect(await executor.map((add: (x: number) => number) => add(10), adders)).toEqual([18, 19, 20]);
  });

  test('an empty input gives an empty result', async () => {
    expect(await executor.map((x: number) => x, [])).toEqual([]);
    expect(await executor.map((x: number) => x, new Set<number>())).toEqual([]);
  });

  test('callAsync gives one result, without an argument too', async () => {
    const executor = executorOf(options);
    expect(await executor.callAsync((x: number) => x + factor, 1)).toBe(8);
    expect(await executor.callAsync(() => 'nothing needed')).toBe('nothing needed');
    // What was awaited has been read.
    expect(await executor.getResult()).toEqual([]);
    executor.callAsync((x: number) => x + factor, 1);
    executor.map((x: number) => x * factor, [1, 2]);
    expect(await executor.getResult()).toEqual([8, 7, 14]);
    executor.callAsync((x: string) => x, 'alone');
    expect(await executor.getResult()).toBe('alone');
  });

  test('mapReduce gives the reducer all results in order', async () => {
    const joined = await executor.mapReduce(
      (x: number) => `<${x}>`,
      [3, 1, 2],
      (parts) => parts.join(''),
    );
    expect(joined).toBe('<3><1><2>');
  });

  test('100 MB go in and come out', async () => {
    const big = new Float64Array(100 * 2 ** 17).fill(1.5);
    const [out] = await executor.map((array: Float64Array) => array.map((x) => x * 2), [big]);
    expect(out).toBeInstanceOf(Float64Array);
    expect(out).toHaveLength(big.length);
    expect(out?.[0]).toBe(3);
    expect(out?.at(-1)).toBe(3);
  });
});

describe('map on localhost', () => {
  test.each([1, 3, 1000])('gives the same with %i calls a message', async (chunksize) => {
    const executor = executorOf();
    const inputs = Array.from({ length: 100 }, (_, i) => i);
    expect(await executor.map((x) => x + factor, inputs, { chunksize })).toEqual(
      inputs.map((x) => x + factor),
    );
  });

  test('runs calls at the same time, in as many processes as there are workers', async () => {
    const executor = executorOf({ workers: 3 });
    const folder = await mkdtemp(path.join(tmpdir(), 'skein-map-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    // A call ends when three have begun, so it would never end if they came one after another.
    const seen = await executor.map(async () => {
      await writeFile(path.join(folder, String(process.pid)), '');
      let pids: string[] = [];
      while (pids.length < 3) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        pids = await readdir(folder);
      }
      return pids;
    }, [1, 2, 3]);
    expect(seen[0]).toHaveLength(3);
    expect(seen[0]).not.toContain(String(process.pid));
    expect(new Set(seen.map(String)).size).toBe(1);
  });

  test('maxWorkers bounds one job', async () => {
    const executor = executorOf({ workers: 3 });
    const pids = await executor.map(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return process.pid;
      },
      [1, 2, 3, 4],
      { maxWorkers: 1 },
    );
    expect(new Set(pids).size).toBe(1);
  });

  test('10,000 calls have 10,000 futures', async () => {
    const executor = executorOf();
    const job = executor.map(
      (x: number) => x * 2,
      Array.from({ length: 10_000 }, (_, i) => i),
    );
    expect(job.futures).toHaveLength(10_000);
    const results = await Promise.all(job.futures);
    expect(results).toEqual(Array.from({ length: 10_000 }, (_, i) => i * 2));
    expect(job.futures[9_999]?.stats?.workerFuncExecTime).toBeGreaterThanOrEqual(0);
  });

  test('two executors in one process do not meet', async () => {
    const [a, b] = [executorOf(), executorOf()];
    const [left, right] = await Promise.all([
      a.map((x: number) => [x, process.pid] as const, [1, 2]),
      b.map((x: number) => [-x, process.pid] as const, [1, 2]),
    ]);
    expect(left.map(([x]) => x)).toEqual([1, 2]);
    expect(right.map(([x]) => x)).toEqual([-1, -2]);
    const pids = (rows: typeof left): Set<number> => new Set(rows.map(([, pid]) => pid));
    for (const pid of pids(left)) expect(pids(right).has(pid)).toBe(false);
    expect(a.executorId).not.toBe(b.executorId);
  });

  test('the same code with other values runs side by side in one worker', async () => {
    const executor = executorOf({ workers: 1 });
    const times = (by: number) => executor.map((x: number) => x * by, [1, 2, 3]);
    expect(await Promise.all([times(2), times(10)])).toEqual([
      [2, 4, 6],
      [10, 20, 30],
    ]);
  });
});

describe.each(everyBackend)('context, on %s', (_name, options) => {
  test('handles and values of the executor become members of every ctx', async () => {
    const executor = new FunctionExecutor({
      ...options,
      workers: 1,
      context: { scale: 3, table: new Map([['a', 1]]) },
    });
    const seen = await executor.map(
      (x: number, ctx) => [x * ctx.scale, ctx.table.get('a'), ctx.index],
      [1, 2],
    );
    expect(seen).toEqual([
      [3, 1, 0],
      [6, 1, 1],
    ]);
    await executor.close();
  });
});

test('a context that cannot travel, or would hide a member of ctx, is refused', async () => {
  expect(() => new FunctionExecutor({ context: { storage: 1 } })).toThrow(/context\.storage: every ctx has/);
  const executor = new FunctionExecutor({ workers: 1, context: { later: Promise.resolve() } });
  expect(() => executor.map((x: number) => x, [1])).toThrow(/context → \.later/);
  await executor.close();
});
