import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { CallTimeoutError, WorkerLostError } from '../src/index.ts';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function temporaryFile(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-test-'));
  folders.push(folder);
  return join(folder, name);
}

const linesOf = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).trim().split('\n');

describe.each(everyBackend)('on %s', (_name, options) => {
  test('an endless loop is stopped by its timeout, and the others go on', async () => {
    const executor = executorOf(options);
    const job = executor.map(
      (x: number) => {
        while (x === 1);
        return x;
      },
      [0, 1, 2, 3],
      { timeoutMs: 700 },
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    const { reason } = outcomes[1] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(CallTimeoutError);
    expect(reason).toMatchObject({ timeoutMs: 700 });
    expect(reason.message).toContain(`${executor.executorId}-M000-00001`);
    expect(reason.message).toContain('700 ms');
  });

  test('a call that waits for what never comes is stopped too, and runs again where retries are left', async () => {
    const executor = executorOf(options);
    const file = await temporaryFile('runs');
    const result = executor.callAsync(
      async (path: string) => {
        appendFileSync(path, 'x\n');
        const runs = (await readFile(path, 'utf8')).trim().split('\n').length;
        if (runs < 3) await new Promise((resolve) => setTimeout(resolve, 60_000));
        return runs;
      },
      file,
      { timeoutMs: 400, retries: 2 },
    );
    expect(await result).toBe(3);
    expect(result.stats).toMatchObject({ attempt: 3 });
  });

  test('a call that fails runs again at once, while others still run, up to its retries', async () => {
    const executor = executorOf(options);
    const file = await temporaryFile('runs');
    const started = Date.now();
    const job = executor.map(
      async (x: number, ctx) => {
        appendFileSync(file, `${x}\n`);
        if (x === 0) await new Promise((resolve) => setTimeout(resolve, 2_500));
        if (x === 1 && ctx.attempt < 3) throw new Error(`flaky ${ctx.attempt}`);
        if (x === 2) throw new RangeError(`never ${ctx.attempt}`);
        return x * 10;
      },
      [0, 1, 2],
      { retries: 2 },
    );
    expect(await job.futures[1]).toBe(10);
    expect(job.futures[0]!.done, `after ${Date.now() - started} ms`).toBe(false);
    await expect(job.futures[2]!.result()).rejects.toThrow(new RangeError('never 3'));
    expect(await job.futures[0]).toBe(0);
    const runs = await linesOf(file);
    expect(['0', '1', '2'].map((x) => runs.filter((line) => line === x).length)).toEqual([1, 3, 3]);
  });

  test('deadline, attempt and extraEnv are told to the function', async () => {
    const executor = executorOf({ ...options, extraEnv: { SKEIN_TEST_A: 'a', SKEIN_TEST_B: 'b' } });
    const seen = (_x: number, ctx: { deadline: number | undefined; attempt: number }) => ({
      left: ctx.deadline === undefined ? undefined : ctx.deadline - Date.now(),
      attempt: ctx.attempt,
      env: [process.env['SKEIN_TEST_A'], process.env['SKEIN_TEST_B'], process.env['SKEIN_TEST_C']],
    });
    const [limited] = await executor.map(seen, [1], {
      timeoutMs: 30_000,
      extraEnv: { SKEIN_TEST_B: 'own', SKEIN_TEST_C: 'c' },
    });
    expect(limited).toMatchObject({ attempt: 1, env: ['a', 'own', 'c'] });
    expect(limited!.left).toBeGreaterThan(0);
    expect(limited!.left).toBeLessThanOrEqual(30_000);
    expect((await executor.map(seen, [1]))[0]).toEqual({
      attempt: 1,
      left: undefined,
      env: ['a', 'b', undefined],
    });
    expect(process.env['SKEIN_TEST_A']).toBeUndefined();
  });

  test('a heap that grows beyond runtimeMemory is an out-of-memory, and its neighbour in another class is well', async () => {
    const executor = executorOf(options);
    const greedy = executor.callAsync(
      () => {
        const kept: string[][] = [];
        for (;;) kept.push(Array.from({ length: 20_000 }, (_, i) => `item ${i} ${kept.length}`));
      },
      undefined,
      { runtimeMemory: '160MiB' },
    );
    const modest = executor.callAsync((x: number) => x + 1, 1, { runtimeMemory: '300MiB' });
    const error: unknown = await greedy.result().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkerLostError);
    expect(error).toMatchObject({ reason: 'out-of-memory' });
    expect((error as Error).message).toContain('160 MiB');
    expect(await modest).toBe(2);
    expect(await executor.callAsync((x: number) => x + 1, 2)).toBe(3);
  });
});

describe.each(processBackends)('on %s', (name, options) => {
  test('buffers outside of the heap count too', async () => {
    const executor = executorOf(options);
    const greedy = executor.callAsync(
      async () => {
        const kept: Buffer[] = [];
        for (;;) {
          kept.push(Buffer.alloc(4 * 2 ** 20, 1));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      undefined,
      { runtimeMemory: '200MiB' },
    );
    await expect(greedy.result()).rejects.toMatchObject({ reason: 'out-of-memory' });
  });

  test('a worker that is stopped is noticed within seconds; its call runs again, or fails with the reason', async () => {
    const executor = executorOf(options);
    const file = await temporaryFile('pids');
    const work = async (path: string, ctx: { attempt: number }) => {
      appendFileSync(path, `${process.pid}\n`);
      if (ctx.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 60_000));
      return ctx.attempt;
    };
    const again = executor.callAsync(work, file, { retries: 1 });
    await eventually(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'), 'the call runs');
    // A storage agent renews its lease once a second: it has to have said at least once that it lives.
    await new Promise((resolve) => setTimeout(resolve, name === 'subprocess' ? 2_500 : 200));
    const [pid] = (await linesOf(file)).map(Number);
    process.kill(pid!, 'SIGSTOP');
    const stoppedAt = Date.now();
    expect(await again).toBe(2);
    expect(Date.now() - stoppedAt).toBeLessThan(12_000);
    expect(isAlive(pid!)).toBe(false);
  }, 30_000);

  test('a worker that computes for longer than its lease is left alone', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const busy = (ms: number): number => {
      for (const end = Date.now() + ms; Date.now() < end; );
      return ms;
    };
    expect(await executor.callAsync(busy, 8_000)).toBe(8_000);
  }, 30_000);

  test('what a function has started and left behind ends with its worker', async () => {
    const executor = executorOf(options);
    const pid = await executor.callAsync(() => {
      const child = spawn('sleep', ['300'], { stdio: 'ignore' });
      child.unref();
      return child.pid;
    });
    await executor.close();
    await eventually(() => !isAlive(pid!), 'the child has ended');
  });
});

test('of a worker that dies without an end, its call says how', async () => {
  const executor = executorOf();
  const job = executor.map(
    (x: number) => {
      if (x === 1) execFileSync('/bin/kill', ['-SEGV', String(process.pid)]);
      return x;
    },
    [0, 1, 2],
  );
  const outcomes = await Promise.allSettled(job.futures);
  expect(outcomes[1]).toMatchObject({ reason: { reason: 'signal', signal: 'SIGSEGV' } });
});

test('a client that stands still for longer than a lease loses no worker', async () => {
  const executor = executorOf();
  const job = executor.map(
    async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return [x, process.pid];
    },
    [1, 2, 3, 4],
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const end = Date.now() + 7_000; Date.now() < end; );
  const results = await job;
  expect(results.map(([x]) => x)).toEqual([1, 2, 3, 4]);
  expect(new Set(results.map(([, pid]) => pid)).size).toBe(2);
}, 30_000);

test('10,000 calls of random length, a worker killed at every 400th outcome: each has one right outcome', async () => {
  const executor = executorOf({ workers: 2, retries: 50 });
  const pids = new Set<number>();
  const job = executor.map(
    async (x: number) => {
      const ms = (x * 7919) % 4;
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms * 0.8));
      return [x, process.pid] as const;
    },
    Array.from({ length: 10_000 }, (_, i) => i),
  );
  let kills = 0;
  const results: (readonly [number, number])[] = [];
  for await (const outcome of job.completed()) {
    if (outcome.status === 'rejected') throw outcome.reason;
    pids.add(outcome.value[1]);
    results.push(outcome.value);
    // By outcomes, not by time: however slow the machine is, there is progress between two deaths.
    if (results.length < (kills + 1) * 400) continue;
    const alive = [...pids].filter(isAlive);
    const victim = alive[kills % Math.max(1, alive.length)];
    if (victim === undefined) continue;
    kills++;
    process.kill(victim, 'SIGKILL');
  }
  expect(results).toHaveLength(10_000);
  expect(new Set(results.map(([x]) => x)).size).toBe(10_000);
  expect((await job).every(([x], i) => x === i)).toBe(true);
  expect(kills).toBeGreaterThan(5);
  await executor.close();
  await eventually(() => [...pids].every((pid) => !isAlive(pid)), 'no worker is left');
}, 120_000);
