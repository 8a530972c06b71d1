/** Calls that run in a worker that has run nothing before, and that runs nothing after. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { FunctionExecutor } from '../src/index.ts';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';
import { countInWorker, folderOfTest, meetIn } from './support/workers.ts';

describe.each(everyBackend)('isolated calls, on %s', (_name, options) => {
  test('see nothing of each other, nor of those before; those after see nothing of them', async () => {
    const executor = executorOf(options);
    await executor.map(countInWorker, [0, 1, 2, 3]);
    const isolated = await executor.map(countInWorker, [0, 1, 2], { isolated: true });
    const alone = await executor.callAsync(countInWorker, undefined, { isolated: true });
    const after = await executor.map(countInWorker, [0, 1, 2, 3]);
    const workers = [...isolated, alone].map(({ worker }) => worker);
    expect([...isolated, alone].map(({ calls }) => calls)).toEqual([1, 1, 1, 1]);
    expect(new Set(workers).size).toBe(4);
    for (const { worker } of after) expect(workers).not.toContain(worker);
  });

  test('run together, as many as there may be workers, though used ones are idle', async () => {
    const executor = executorOf({ ...options, workers: 4 });
    const [before, together] = [await folderOfTest(), await folderOfTest()];
    await executor.map((x: number) => meetIn(before, x, 4), [0, 1, 2, 3]);
    // Each is a job of its own.
    const calls = [0, 1, 2, 3].map((x) =>
      executor.callAsync((own: number) => meetIn(together, own, 4), x, { isolated: true }),
    );
    await Promise.all(calls);
  });

  test('are no more than there may be workers at a time', async () => {
    const executor = executorOf({ ...options, workers: 2 });
    const times = await executor.map(
      async () => {
        const start = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return [start, Date.now()] as const;
      },
      [0, 1, 2, 3, 4],
      { isolated: true },
    );
    for (const [start] of times)
      expect(times.filter(([from, to]) => from <= start && start < to).length).toBeLessThanOrEqual(2);
  });

  test('and others take turns', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const isolated = executor.map(countInWorker, [0, 1, 2], { isolated: true });
    const others = executor.map(countInWorker, [0, 1, 2, 3, 4]);
    expect((await isolated).map(({ calls }) => calls)).toEqual([1, 1, 1]);
    expect(await others).toHaveLength(5);
  });

  test('that fail and run again have another worker', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const call = executor.callAsync(
      (_none: undefined, ctx) => {
        const { calls } = countInWorker();
        if (ctx.attempt === 1) throw new Error('again');
        return calls;
      },
      undefined,
      { isolated: true, retries: 1 },
    );
    expect(await call).toBe(1);
  });

  test('within calls are isolated too, from the calls of the executor itself as well', async () => {
    const executor = executorOf(options);
    await executor.map(countInWorker, [0, 1, 2, 3]);
    const inner = await executor.callAsync(async () => {
      countInWorker();
      const own = new FunctionExecutor();
      const first = await own.map(countInWorker, [0, 1, 2], { isolated: true });
      return [...first, await own.callAsync(countInWorker, undefined, { isolated: true })];
    });
    const after = await executor.map(countInWorker, [0, 1, 2, 3]);
    const workers = inner.map(({ worker }) => worker);
    expect(inner.map(({ calls }) => calls)).toEqual([1, 1, 1, 1]);
    expect(new Set(workers).size).toBe(4);
    for (const { worker } of after) expect(workers).not.toContain(worker);
  });

  test('reduce, where a map says it', async () => {
    const executor = executorOf(options);
    const total = executor.mapReduce(
      () => countInWorker().calls,
      [0, 1, 2],
      (counts: number[]) => [...counts, countInWorker().calls],
      { isolated: true },
    );
    expect(await total).toEqual([1, 1, 1, 1]);
  });
});

test.each(everyBackend.slice(0, 2))(
  'one worker is enough for isolated calls within isolated calls, on %s',
  async (_name, options) => {
    const executor = executorOf({ ...options, workers: 1 });
    const depth = async (n: number): Promise<number> => {
      const { calls } = countInWorker();
      if (n === 0) return calls;
      const inner = new FunctionExecutor();
      return calls + (await inner.callAsync(depth, n - 1, { isolated: true }));
    };
    expect(await executor.callAsync(depth, 2, { isolated: true })).toBe(3);
  },
);

test.each(processBackends)('the process of an isolated call ends with it, on %s', async (_name, options) => {
  const executor = executorOf(options);
  const pids = await executor.map(() => process.pid, [0, 1, 2], { isolated: true });
  await eventually(() => !pids.some(isAlive), 'they have ended');
});

test('the next worker starts while the last isolated call runs', async () => {
  const executor = executorOf({ workers: 1 });
  const agents = executor.map(
    async () => {
      const agentsOfClient = (): number =>
        execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' })
          .split('\n')
          .filter((line) => line.trim().startsWith(`${process.ppid} `) && line.includes('--channel')).length;
      while (agentsOfClient() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      return agentsOfClient();
    },
    // The last of them has nobody to come after it.
    [0, 1],
    { isolated: true },
  );
  expect(await agents.futures[0]).toBe(2);
  agents.cancel();
});
