/** The end of an executor while it works. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyBackend, executorOf } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pidsIn = (file: string): number[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];

/** Tells that it runs, and where, and then does not end. */
const endless = async (file: string): Promise<void> => {
  const { appendFileSync: append } = await import('node:fs');
  append(file, `${process.pid}\n`);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};

const cancelled = { status: 'rejected', reason: expect.objectContaining({ name: 'CallCancelledError' }) };

describe.each(everyBackend)('close, on %s', (name, options) => {
  const processes = !name.includes('threads');

  test('waits for what runs and for what has not begun, and gives every result', async () => {
    const executor = executorOf(options);
    const job = executor.map(
      async (x: number) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return x * 2;
      },
      [0, 1, 2, 3, 4],
    );
    const chained = job.map((x) => x + 1);
    await executor.close();
    expect(job.futures.every(({ done }) => done)).toBe(true);
    expect(await job).toEqual([0, 2, 4, 6, 8]);
    expect(await chained).toEqual([1, 3, 5, 7, 9]);
  });

  test('with cancel ends what runs, what waits and what is yet to be read, and their processes', async () => {
    const executor = executorOf(options);
    const file = join(folder, 'pids');
    const job = executor.map(endless, [file, file, file, file]);
    const chained = job.map(() => 1);
    await eventually(() => pidsIn(file).length > 0, 'a call runs');
    await executor.close({ cancel: true });
    expect(await Promise.allSettled([...job.futures, ...chained.futures])).toEqual(Array(8).fill(cancelled));
    if (processes) expect(pidsIn(file).some(isAlive)).toBe(false);
  });

  test('with cancel, before anything has begun, starts nothing and leaves nothing', async () => {
    const root = join(folder, 'storage');
    const executor = executorOf({ ...options, storage: `file:${root}` });
    const file = join(folder, 'pids');
    const large = new Uint8Array(2_000_000);
    const jobs = [
      executor.map((path: string) => appendFileSync(path, `${large.length}`), [file, file]),
      executor.map((_bytes: Uint8Array, path: string) => appendFileSync(path, 'x'), [large], {
        extraArgs: [file],
      }),
    ];
    await executor.close({ cancel: true });
    for (const job of jobs)
      for (const outcome of await Promise.allSettled(job.futures)) expect(outcome).toEqual(cancelled);
    // What was being bundled or stored at that moment would come later.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(existsSync(file)).toBe(false);
    const storage = new Storage(`file:${root}`);
    const left: string[] = [];
    if (await storage.headBucket('skein').catch(() => false))
      for await (const { key } of storage.listObjects('skein')) left.push(key);
    expect(left).toEqual([]);
  });

  test('with cancel ends a stream: its reader hears of it, and its data is released', async () => {
    const executor = executorOf(options);
    let released = false;
    function* numbers(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        released = true;
      }
    }
    const job = executor.map((x: number) => x, numbers(), { stream: true });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const x of job) {
        seen.push(x);
        if (x === 3) void executor.close({ cancel: true });
      }
    })();
    await expect(reading).rejects.toMatchObject({ name: 'CallCancelledError' });
    expect(seen.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(released).toBe(true);
    await executor.close();
  });
});

test('twice is one close; a second one with cancel ends the first one’s patience', async () => {
  const executor = executorOf();
  const job = executor.map(endless, [join(folder, 'pids')]);
  const first = executor.close();
  const second = executor.close({ cancel: true });
  await Promise.all([first, second, executor.close(), executor[Symbol.asyncDispose]()]);
  expect(await Promise.allSettled(job.futures)).toEqual([cancelled]);
});

test('from within what waits for it: a then of its own job', async () => {
  const executor = executorOf();
  const closed = executor.map((x: number) => x, [1, 2]).then(() => executor.close());
  await closed;
});

test('of an executor that was never used is nothing', async () => {
  const executor = executorOf({ storage: `file:${join(folder, 'never')}` });
  await executor.close();
  expect(existsSync(join(folder, 'never'))).toBe(false);
});

describe('a closed executor', () => {
  test('refuses work by every way to give it, and still tells what it knows', async () => {
    const executor = executorOf();
    const job = executor.map((x: number) => x + 1, [1, 2]);
    const reduction = executor.mapReduce(
      (x: number) => x,
      [1, 2],
      (all: number[]) => all.length,
    );
    await executor.close();
    const closed = expect.objectContaining({ code: 'closed', message: expect.stringContaining('is closed') });
    const attempts: readonly (() => unknown)[] = [
      () => executor.callAsync(() => 1),
      () => executor.map((x: number) => x, [1]),
      () => executor.starmap((x: number) => x, [[1]] as [number][]),
      () =>
        executor.mapReduce(
          (x: number) => x,
          [1],
          (all: number[]) => all,
        ),
      () => job.map((x) => x),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(closed);
    expect(await job).toEqual([2, 3]);
    expect(await reduction).toBe(2);
    expect(await executor.getResult(job)).toEqual([2, 3]);
    expect((await executor.wait(job)).done).toHaveLength(2);
    expect(executor.jobSummary()).toHaveLength(3);
    expect(await executor.clean()).toEqual({ objects: 0, bytes: 0 });
    job.cancel();
    expect(await job.futures[0]).toBe(2);
  });

  test('says of results that it had in storage, and nobody had read, that they have gone with it', async () => {
    const executor = executorOf();
    const job = executor.map((n: number) => new Uint8Array(2_000_000).fill(n), [1, 2]);
    await executor.wait(job);
    const [first] = job.futures;
    expect((await first!)[0]).toBe(1);
    await executor.close();
    expect((await first!)[0]).toBe(1);
    await expect(job.futures[1]).rejects.toMatchObject({
      code: 'closed',
      message: expect.stringMatching(/M000\/result\/00001.*read before close/),
    });
  });
});
