/** What each does alone, other tests tell; here they meet. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { CallCancelledError, CallTimeoutError } from '../src/index.ts';
import { everyBackend, executorOf, sharedExecutor } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';

describe.each(everyBackend)('on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('a job is cancelled while its calls wait to run again: each ends as cancelled, the next job runs', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const job = executor.map(
      async (x: number, ctx) => {
        if (ctx.attempt === 1) throw new Error(`not yet ${x}`);
        await new Promise(() => setInterval(() => {}, 1_000));
      },
      [0, 1, 2, 3, 4, 5],
      { retries: 5 },
    );
    await job.futures[0]!.result({ timeoutMs: 700 }).catch(() => {});
    job.cancel('enough');
    const outcomes = await Promise.allSettled(job.futures);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ reason: { name: 'CallCancelledError', cause: 'enough' } });
    expect(await executor.callAsync((x: number) => x + 1, 1)).toBe(2);
  });

  test('of calls in one message one is cancelled that waits: it alone is', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const job = executor.map(
      async (x: number) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return [x, process.pid];
      },
      [0, 1, 2, 3],
      { chunksize: 4 },
    );
    job.futures[2]!.cancel(); // before its input is read
    await executor.wait(job.futures[0]);
    job.futures[3]!.cancel(); // while it waits at the worker, behind one that runs
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value[0] : one.reason.name))).toEqual([
      0,
      1,
      'CallCancelledError',
      'CallCancelledError',
    ]);
    const pids = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value[1]] : []));
    expect(new Set(pids).size).toBe(1);
  });

  test('of calls in one message one is cancelled that never ends: those behind it run elsewhere', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const job = executor.map(
      (x: number) => {
        while (x === 1);
        return x;
      },
      [0, 1, 2, 3],
      { chunksize: 4 },
    );
    await job.futures[1]!.result({ timeoutMs: 700 }).catch(() => {});
    job.futures[1]!.cancel();
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.name))).toEqual([
      0,
      'CallCancelledError',
      2,
      3,
    ]);
  });

  test('a straggler that never ends times out, though attempts of it overtake one another', async () => {
    const executor = executorOf(options);
    const job = executor.map(
      async (x: number) => {
        while (x === 5);
        await new Promise((resolve) => setTimeout(resolve, 30));
        return x;
      },
      [0, 1, 2, 3, 4, 5],
      { speculate: true, timeoutMs: 700 },
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.slice(0, 5).map((one) => one.status)).toEqual(Array(5).fill('fulfilled'));
    expect((outcomes[5] as PromiseRejectedResult).reason).toBeInstanceOf(CallTimeoutError);
  });

  test('calls that throw, never end, exit and die, from a generator: each runs again', async () => {
    const executor = executorOf(options);
    const job = executor.map(
      async (x: number, ctx) => {
        if (ctx.attempt === 1 && x === 1) throw new Error('once');
        while (ctx.attempt === 1 && x === 2);
        if (ctx.attempt === 1 && x === 3) process.exit(3);
        return [x, ctx.attempt];
      },
      (function* () {
        for (let i = 0; i < 6; i++) yield i;
      })(),
      { retries: 1, timeoutMs: 700 },
    );
    expect(await job).toEqual([0, 1, 2, 3, 4, 5].map((x) => [x, x >= 1 && x <= 3 ? 2 : 1]));
  });

  test('maxWorkers: 1 holds for what runs again too', async () => {
    const job = executor.map(
      async (_x: number, ctx) => {
        const start = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (ctx.attempt === 1) throw new Error('once');
        return [start, Date.now()] as const;
      },
      [0, 1, 2, 3],
      { maxWorkers: 1, retries: 1 },
    );
    const times = [...(await job)].sort(([a], [b]) => a - b);
    for (let i = 1; i < times.length; i++) expect(times[i]![0]).toBeGreaterThanOrEqual(times[i - 1]![1]);
  });

  test('one worker serves calls of several limits of memory, one after the other', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const jobs = ['64MiB', '128MiB', undefined, '64MiB'].map((runtimeMemory) =>
      executor.map((x: number) => x * 2, [1, 2, 3], runtimeMemory === undefined ? {} : { runtimeMemory }),
    );
    expect(await Promise.all(jobs)).toEqual([
      [2, 4, 6],
      [2, 4, 6],
      [2, 4, 6],
      [2, 4, 6],
    ]);
  });

  test('the future of a cancelled call, closed over, is a cancelled call there', async () => {
    const never = executor.callAsync(() => new Promise(() => setInterval(() => {}, 1_000)));
    const uses = executor.callAsync(async () => {
      const reason = await never.result().catch((error: unknown) => error as Error);
      return [(reason as Error).name, never.done, never.success];
    });
    never.cancel();
    expect(await uses).toEqual(['CallCancelledError', true, false]);
  });

  test('a promise among the items fails its own call and says so', async () => {
    const items: unknown[] = [1, Promise.resolve(2), 3];
    const job = executor.map((x: unknown) => x, items);
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'CaptureError', message: /[Pp]romise/ } });
  });

  test('what times out is lost to its own call: its chain fails with it, those beside it go on', async () => {
    const executor = executorOf({ ...options, workers: 2 });
    const first = executor.map(
      (x: number) => {
        while (x === 1);
        return x;
      },
      [0, 1, 2],
      { timeoutMs: 500, retries: 1 },
    );
    const second = first.map((x) => x + 10);
    const outcomes = await Promise.allSettled(second.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(CallTimeoutError);
  });

  test('a stream and a job with speculation are inputs of a chain', async () => {
    const streamed = executor.map((x: number) => x + 1, [1, 2, 3], { stream: true }).map((x) => x * 2);
    expect(await streamed).toEqual([4, 6, 8]);
    const speculated = executor
      .map((x: number) => x + 1, [1, 2, 3], { speculate: true })
      .map((x) => x * 2, { retries: 1 });
    expect(await speculated).toEqual([4, 6, 8]);
  });

  test('what is thrown may be frozen, endless or hostile: each call fails, once, and soon', async () => {
    const executor = executorOf(options);
    const job = executor.map(
      (x: number) => {
        const error: Error & { self?: unknown } = new Error(`error ${x}`);
        if (x === 0) throw Object.freeze(error);
        if (x === 1) {
          error.self = error;
          error.cause = error;
        }
        if (x === 2)
          Object.defineProperty(error, 'message', {
            get() {
              throw new Error('nasty');
            },
          });
        if (x === 3)
          throw new Proxy(error, {
            get() {
              throw new Error('trap');
            },
          });
        throw error;
      },
      [0, 1, 2, 3, 4],
      { retries: 1 },
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    expect(outcomes[0]).toMatchObject({ reason: { message: 'error 0' } });
    expect(outcomes[1]).toMatchObject({ reason: { message: 'error 1' } });
    await executor.close();
  });

  test('timers and listeners that calls leave hold up neither the next calls nor close', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const results = await executor.map(
      (x: number) => {
        setInterval(() => {}, 5);
        process.on('SIGTERM', () => {});
        process.on('beforeExit', () => setTimeout(() => {}, 1_000));
        return x;
      },
      [1, 2, 3],
    );
    expect(results).toEqual([1, 2, 3]);
    await executor.close();
  });
});

describe('a signal', () => {
  test('that was given before cancels every kind of call before it runs', async () => {
    const executor = executorOf();
    const signal = AbortSignal.abort('before');
    const reasons = await Promise.all(
      [
        executor.callAsync(() => 1, undefined, { signal }),
        executor.map((x: number) => x, [1, 2], { signal }),
        executor.starmap((x: number) => x, [[1]] as [number][], { signal }),
        executor.mapReduce(
          (x: number) => x,
          [1],
          (all: number[]) => all,
          { signal },
        ),
        executor.map((x: number) => x, [1]).map((x) => x, { signal }),
      ].map((work) =>
        Promise.resolve(work as PromiseLike<unknown>).then(
          () => 'ran',
          (error: unknown) => error,
        ),
      ),
    );
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(CallCancelledError);
      expect((reason as Error).cause).toBe('before');
    }
  });

  test('is one for many jobs and waits', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const executor = executorOf();
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 15 }, (_, i) => executor.callAsync((x: number) => x, i, { signal }));
    expect(await Promise.all(calls.map((call) => call.result({ signal })))).toHaveLength(15);
    const endless = Array.from({ length: 3 }, () =>
      executor.callAsync(() => new Promise(() => setInterval(() => {}, 1_000)), undefined, { signal }),
    );
    controller.abort('all');
    for (const outcome of await Promise.allSettled(endless))
      expect(outcome).toMatchObject({ reason: { name: 'CallCancelledError', cause: 'all' } });
    await new Promise((resolve) => setImmediate(resolve)); // warnings come in a turn of their own
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('ends waits alone: what is waited for goes on', async () => {
    const executor = executorOf();
    const call = executor.callAsync(async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return x;
    }, 1);
    const controller = new AbortController();
    const { signal } = controller;
    const waits = [call.result({ signal }), executor.wait(call, { signal })];
    controller.abort(new Error('impatient'));
    for (const wait of waits) await expect(wait).rejects.toThrow('impatient');
    expect(await call).toBe(1);
  });

  test('is forgotten by what it could have ended', async () => {
    const executor = executorOf();
    const { signal } = new AbortController();
    await executor.map((x: number) => x, [1, 2], { signal }).map((x) => x, { signal });
    await executor.callAsync(() => 1, undefined, { signal }).result({ signal });
    await executor.wait(undefined, { signal, timeoutMs: 1_000 });
    await executor.clean({ signal });
    await executor.close();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

test('a job that is cancelled before its data has ended has no results, nor has what follows it', async () => {
  const executor = executorOf();
  async function* hanging(): AsyncGenerator<number> {
    yield 1;
    await new Promise(() => {});
  }
  const job = executor.map((x: number) => x, hanging());
  const chained = job.map((x) => x + 1);
  const reduction = executor.mapReduce(
    (x: number) => x,
    hanging(),
    (all: number[]) => all.length,
  );
  const seen: number[] = [];
  const reading = (async () => {
    for await (const x of job) {
      seen.push(x);
      job.cancel('enough');
      reduction.cancel('enough');
    }
  })();
  for (const work of [reading, job, chained, reduction])
    await expect(work).rejects.toMatchObject({ name: 'CallCancelledError', cause: 'enough' });
  expect(seen).toEqual([1]);
  await executor.close();
});

test('100,000 calls that fail, and fail again', async () => {
  const executor = executorOf();
  const job = executor.map(
    (x: number) => {
      throw x;
    },
    Array.from({ length: 100_000 }, (_, i) => i),
    { retries: 1 },
  );
  const { done } = await executor.wait(job);
  expect(done).toHaveLength(100_000);
  expect(job.futures[99_999]!.error).toBe(99_999);
  expect(job.futures[99_999]!.stats?.attempt).toBe(2);
  await expect(job).rejects.toSatisfy((reason) => typeof reason === 'number');
  await executor.close();
}, 60_000);

test('many executors at a time, and after close nothing of them is left in this process', async () => {
  const listeners = (): Record<string, number> =>
    Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
  const before = listeners();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const executors = Array.from({ length: 12 }, () => executorOf({ workers: 1 }));
  const pids = await Promise.all(executors.map((executor) => executor.callAsync(() => process.pid)));
  await Promise.all(executors.map((executor) => executor.close()));
  await new Promise((resolve) => setImmediate(resolve)); // warnings come in a turn of their own
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  expect(listeners()).toEqual(before);
  await eventually(() => pids.every((pid) => !isAlive(pid)), 'their workers are gone');
});
