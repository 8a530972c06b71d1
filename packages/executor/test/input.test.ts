import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { executorOf } from './support/executors.ts';
import { eventually } from './support/processes.ts';

describe('inputs are read as workers can take them', () => {
  test('a generator is not read ahead of the work by more than a few messages', async () => {
    const executor = executorOf({ workers: 2 });
    let read = 0;
    let closed = false;
    function* numbers(): Generator<number> {
      try {
        for (;;) yield read++;
      } finally {
        closed = true;
      }
    }
    const job = executor.map(async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return x;
    }, numbers());
    const got: number[] = [];
    for await (const x of job) {
      got.push(x);
      if (x === 20) break;
    }
    expect(got).toEqual(Array.from({ length: 21 }, (_, i) => i));
    expect(read).toBeLessThan(21 + 16);
    job.cancel();
    expect(closed).toBe(true);
  });

  test('an endless stream keeps what is unread bounded, and ends when its reader leaves', async () => {
    const executor = executorOf();
    let read = 0;
    let closed = false;
    async function* numbers(): AsyncGenerator<number> {
      try {
        for (;;) yield read++;
      } finally {
        closed = true;
      }
    }
    const job = executor.map((x: number) => x * 2, numbers(), { stream: true });
    let expected = 0;
    for await (const x of job) {
      expect(x).toBe(expected * 2);
      if (++expected === 5_000) break;
    }
    expect(read).toBeLessThan(5_000 + 1_024 + 128);
    expect(job.done).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(true);
  });

  test('an asynchronous source that pauses holds nobody up for ever', async () => {
    const executor = executorOf();
    async function* slow(): AsyncGenerator<number> {
      for (let i = 0; i < 4; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield i;
      }
    }
    const job = executor.map((x: number) => x + 1, slow());
    expect(job.length).toBeUndefined();
    expect(await job).toEqual([1, 2, 3, 4]);
    expect(job.length).toBe(4);
  });

  test('a later change of the array does not change the job', async () => {
    const executor = executorOf();
    const data = [1, 2, 3];
    const job = executor.map((x: number) => x, data);
    data.length = 0;
    expect(await job).toEqual([1, 2, 3]);
  });

  test('outcomes can be followed as calls complete', async () => {
    const executor = executorOf({ workers: 2 });
    const gate = join(await mkdtemp(join(tmpdir(), 'skein-test-')), 'open');
    const job = executor.map(
      async (kind: string) => {
        if (kind === 'fails') throw new Error('as it should');
        while (kind === 'waits' && !existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 5));
        return kind;
      },
      ['waits', 'fails', 'passes'],
    );
    const order: number[] = [];
    const states: string[] = [];
    for await (const outcome of job.completed()) {
      order.push(outcome.index);
      states.push(outcome.status);
      if (order.length === 2) await writeFile(gate, '');
    }
    await rm(dirname(gate), { recursive: true });
    expect(order).toEqual([1, 2, 0]);
    expect(states).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    let last = { settled: 0, failed: 0, total: 0 as number | undefined };
    for await (const progress of job.progress) last = progress;
    expect(last).toEqual({ settled: 3, failed: 1, total: 3 });
  });

  test('wait tells done from not done, by all, any or a percentage', async () => {
    const executor = executorOf({ workers: 2 });
    const job = executor.map(
      async (ms: number) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return ms;
      },
      [1, 600],
    );
    const any = await executor.wait(job, { returnWhen: 'any' });
    expect(any.done.map(({ index }) => index)).toEqual([0]);
    expect(any.notDone.map(({ index }) => index)).toEqual([1]);
    const half = await executor.wait(job, { returnWhen: 50 });
    expect(half.notDone).toHaveLength(1);
    const early = await executor.wait(job, { timeoutMs: 5 });
    expect(early.notDone).toHaveLength(1);
    const all = await executor.wait();
    expect(all.done).toHaveLength(2);
    await expect(executor.wait(job, { returnWhen: 'most' as never })).rejects.toThrow(/got most/);
  });
});

test('what was read is kept by whoever has read it: an executor that lives long does not grow with its results', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const executor = executorOf();
  const round = async (): Promise<void> => {
    const [bytes] = await executor.map((n: number) => new Uint8Array(n), [20 * 2 ** 20]);
    if (bytes?.byteLength !== 20 * 2 ** 20) throw new Error('not all of it');
    await executor.callAsync((given: Uint8Array) => given.byteLength, bytes);
  };
  await round();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 10; i++) await round();
  await eventually(() => {
    collect();
    return process.memoryUsage().arrayBuffers - before < 100 * 2 ** 20;
  }, 'at most a few rounds are held');
  // How the calls ran is known all the same.
  expect(executor.jobSummary()).toHaveLength(22);
  expect(await executor.plot()).toContain('<svg');
});

test('data that has more items than it says is read to its end', async () => {
  const executor = executorOf();
  async function* five(): AsyncGenerator<number> {
    for (let i = 0; i < 5; i++) yield i;
  }
  const source = Object.assign(five(), { length: 2 });
  expect(await executor.map((x: number) => x * 2, source)).toEqual([0, 2, 4, 6, 8]);
});
