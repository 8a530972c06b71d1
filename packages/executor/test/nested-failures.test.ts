/** Calls within calls, when one of the two goes wrong. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { CallTimeoutError, FunctionExecutor, WorkerLostError } from '../src/index.ts';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-test-'));
  folders.push(folder);
  return join(folder, 'pids');
}

const pidsIn = (file: string): number[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];

describe.each(everyBackend)('on %s', (name, options) => {
  const processes = !name.includes('threads');

  test('an outer call that times out takes its inner calls with it; their workers serve others', async () => {
    const executor = executorOf(options);
    const file = await temporaryFile();
    const outer = executor.callAsync(
      async (path: string) => {
        const inner = new FunctionExecutor();
        await inner.map(
          async (x: number) => {
            appendFileSync(path, `${process.pid}\n`);
            await new Promise((resolve) => setTimeout(resolve, 60_000));
            return x;
          },
          [1, 2],
        );
      },
      file,
      { timeoutMs: name === 'subprocess' ? 6_000 : 3_000 },
    );
    await expect(outer.result()).rejects.toBeInstanceOf(CallTimeoutError);
    if (processes) {
      const pids = pidsIn(file);
      expect(pids.length).toBeGreaterThan(0);
      await eventually(() => pids.every((pid) => !isAlive(pid)), 'the inner calls have ended');
    }
    expect(await executor.map((x: number) => x + 1, [1, 2, 3, 4])).toEqual([2, 3, 4, 5]);
  });

  test('inner calls run again by their own retries, and time out by their own limit', async () => {
    const executor = executorOf(options);
    const outcome = await executor.callAsync(async () => {
      const inner = new FunctionExecutor();
      const flaky = inner.map(
        (x: number, ctx) => {
          if (ctx.attempt === 1) throw new Error('once');
          return x * ctx.attempt;
        },
        [1, 2],
        { retries: 1 },
      );
      const endless = inner.callAsync(
        (): number => {
          for (;;);
        },
        undefined,
        { timeoutMs: 500 },
      );
      const reason = await endless.result().catch((error: unknown) => (error as Error).name);
      return [await flaky, reason];
    });
    expect(outcome).toEqual([[2, 4], 'CallTimeoutError']);
  });

  test('a cancelled outer job ends what its calls have started, and the executor goes on', async () => {
    const executor = executorOf(options);
    const file = await temporaryFile();
    const job = executor.map(
      async (path: string) => {
        const inner = new FunctionExecutor();
        await inner.callAsync(async (at: string) => {
          appendFileSync(at, `${process.pid}\n`);
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }, path);
      },
      [file, file],
    );
    await eventually(() => pidsIn(file).length > 0, 'an inner call runs', 20_000);
    job.cancel();
    if (processes)
      await eventually(() => pidsIn(file).every((pid) => !isAlive(pid)), 'the inner calls have ended');
    expect(await executor.map((x: number) => x + 1, [1, 2, 3, 4])).toEqual([2, 3, 4, 5]);
  });
});

describe.each(processBackends)('on %s', (_name, options) => {
  test('an outer worker is killed while its inner calls run: they end, and the call runs again', async () => {
    const executor = executorOf(options);
    const file = await temporaryFile();
    const outer = executor.callAsync(
      async (path: string, ctx) => {
        const inner = new FunctionExecutor();
        const jobs = inner.map(
          async (x: number, at: string, attempt: number) => {
            if (attempt > 1) return x;
            appendFileSync(at, `${process.pid}\n`);
            await new Promise((resolve) => setTimeout(resolve, 60_000));
            return x;
          },
          [1, 2],
          { extraArgs: [path, ctx.attempt] },
        );
        const first = jobs.then((results) => results);
        if (ctx.attempt === 1) {
          const { existsSync: exists } = await import('node:fs');
          while (!exists(path)) await new Promise((resolve) => setTimeout(resolve, 20));
          process.kill(process.pid, 'SIGKILL');
        }
        return first;
      },
      file,
      { retries: 1 },
    );
    expect(await outer).toEqual([1, 2]);
    await eventually(() => pidsIn(file).every((pid) => !isAlive(pid)), 'the inner calls have ended');
  });

  test('without retries it fails as lost, and nothing else does', async () => {
    const executor = executorOf(options);
    const outer = executor.map(
      async (x: number) => {
        const inner = new FunctionExecutor();
        const [one] = await inner.map((y: number) => y + 1, [x]);
        if (x === 1) process.kill(process.pid, 'SIGKILL');
        return one;
      },
      [0, 1, 2],
    );
    const outcomes = await Promise.allSettled(outer.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(WorkerLostError);
  });
});

test('calls with a limit of memory borrow workers with another one, where one may run', async () => {
  const executor = executorOf({ workers: 1 });
  const results = await executor.map(
    async (x: number) => {
      const inner = new FunctionExecutor({ runtimeMemory: '100MiB' });
      return inner.map((y: number) => y * 2, [x, x + 1], { runtimeMemory: '150MiB' });
    },
    [0, 1],
    { runtimeMemory: '200MiB', retries: 1 },
  );
  expect(results).toEqual([
    [0, 2],
    [2, 4],
  ]);
});

test('30 calls with calls of their own, which have some too, on two workers', async () => {
  const executor = executorOf();
  const results = await executor.map(
    async (x: number) => {
      const inner = new FunctionExecutor();
      const [a, b] = await inner.map(
        async (y: number) => {
          const innermost = new FunctionExecutor();
          return innermost.callAsync((z: number) => z + 1, y);
        },
        [x, x + 1000],
      );
      return a! + b!;
    },
    Array.from({ length: 30 }, (_, i) => i),
  );
  expect(results).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i + 1002));
}, 60_000);

test('a worker forgets the executors of the calls that have ended', async () => {
  const executor = executorOf({ workers: 1 });
  const held = await executor.map(
    async (x: number) => {
      const inner = new FunctionExecutor();
      await inner.callAsync((y: number) => y, x);
      const slot = Symbol.for('skein.executor@0.parent');
      const { onCallEnd } = (process as unknown as Record<symbol, { onCallEnd: ReadonlySet<unknown> }>)[
        slot
      ]!;
      return onCallEnd.size;
    },
    Array.from({ length: 20 }, (_, i) => i),
    { maxWorkers: 1 },
  );
  expect(Math.max(...held)).toBe(1);
});
