import { describe, expect, test } from 'vitest';
import { FunctionExecutor } from '../src/index.ts';
import { everyBackend, executorOf, processBackends, sharedExecutor } from './support/executors.ts';

describe.each(everyBackend)('executors within calls, on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('a call maps over calls of its own, and gives their results', async () => {
    const results = await executor.map(
      async (x: number) => {
        const inner = new FunctionExecutor();
        return inner.map((y: number) => y * x, [1, 2, 3]);
      },
      [1, 10],
    );
    expect(results).toEqual([
      [1, 2, 3],
      [10, 20, 30],
    ]);
  });

  test('returned futures come as their results', async () => {
    const results = await executor.map(
      (x: number) => {
        const inner = new FunctionExecutor();
        return {
          double: inner.callAsync((y: number) => y * 2, x),
          list: [inner.callAsync((y: number) => y, x), 7],
        };
      },
      [1, 2],
    );
    expect(results).toEqual([
      { double: 2, list: [1, 7] },
      { double: 4, list: [2, 7] },
    ]);
  });

  test('the executor that a function closes over is the one it runs in', async () => {
    const sums = await executor.map(
      async (x: number) => {
        const squares = await executor.map((y: number) => y * y, [x, x + 1]);
        return squares.reduce((sum, one) => sum + one, 0);
      },
      [1, 2, 3],
    );
    expect(sums).toEqual([5, 13, 25]);
  });

  test('an error of an inner call is its own, with the line where it was thrown', async () => {
    const failing = executor.callAsync(async () => {
      const inner = new FunctionExecutor();
      await inner.map(
        (y: number) => {
          if (y === 2) throw new RangeError('inner two');
          return y;
        },
        [1, 2, 3],
      );
    });
    const error: unknown = await failing.result().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toBe('inner two');
    expect((error as Error).stack).toContain('nested.test.ts');
  });
});

describe.each([
  ['localhost processes', { backend: 'localhost' }],
  ['localhost threads', { backend: 'localhost', localhost: { isolation: 'thread' } }],
] as const)('one worker, on %s', (_name, options) => {
  test('is enough for calls within calls within calls', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const depth = async (n: number): Promise<number> => {
      if (n === 0) return 0;
      const inner = new FunctionExecutor();
      return 1 + (await inner.callAsync(depth, n - 1));
    };
    expect(await executor.callAsync(depth, 3)).toBe(3);
  }, 90_000);

  test('calls that wait for calls of their own leave their place to others', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const results = await executor.map(
      async (x: number) => {
        const inner = new FunctionExecutor();
        const parts = await inner.map((y: number) => x * 10 + y, [1, 2]);
        return parts;
      },
      [1, 2, 3],
    );
    expect(results).toEqual([
      [11, 12],
      [21, 22],
      [31, 32],
    ]);
  });
});

describe.each(processBackends)('when things go wrong within, on %s', (_name, options) => {
  test('an inner call that kills its worker fails alone; the outer call hears of it and goes on', async () => {
    const executor = executorOf(options);
    const outcome = await executor.callAsync(async () => {
      const inner = new FunctionExecutor();
      const job = inner.map(
        (y: number) => {
          if (y === 1) process.kill(process.pid, 'SIGKILL');
          return y;
        },
        [0, 1, 2],
      );
      const outcomes = await Promise.allSettled(job.futures);
      return outcomes.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).name));
    });
    expect(outcome).toEqual([0, 'WorkerLostError', 2]);
  });
});

test('what an inner executor leaves unfinished ends with its call', async () => {
  const executor = executorOf();
  const pid = await executor.callAsync(async () => {
    const inner = new FunctionExecutor();
    const first = inner.callAsync(async () => process.pid);
    inner.callAsync(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });
    return first;
  });
  expect(pid).toBeGreaterThan(0);
  const started = Date.now();
  expect(await executor.map((x: number) => x + 1, [1, 2, 3, 4])).toEqual([2, 3, 4, 5]);
  expect(Date.now() - started).toBeLessThan(20_000);
  await executor.close();
});
