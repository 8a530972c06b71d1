import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { fsDriver } from '@skein/storage/fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TemporaryData } from '../src/clean/temporary-data.ts';
import { Diagnostics } from '../src/diagnostics.ts';
import { everyBackend, executorOf } from './support/executors.ts';

let root: string;
let storage: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-test-'));
  storage = `file:${root}`;
});
afterEach(() => rm(root, { recursive: true }));

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const key of new Storage(storage).listKeys('skein')) found.push(key);
  return found;
}

const large = new Uint8Array(2_000_000).fill(1); // too large for a message

describe.each(everyBackend)('executor.clean(), on %s', (_name, options) => {
  test('removes what finished jobs have stored, while the executor goes on', async () => {
    const executor = executorOf({ ...options, storage });
    const job = executor.map((x: number) => large.length + x, [1, 2]);
    expect(await job).toEqual([2_000_001, 2_000_002]);
    expect((await keys()).filter((key) => key.includes('/code/') || key.includes('/M000/'))).not.toEqual([]);
    const removed = await executor.clean();
    expect(removed.objects).toBeGreaterThanOrEqual(2);
    expect(removed.bytes).toBeGreaterThan(2_000_000);
    expect((await keys()).filter((key) => key.includes('/code/') || key.includes('/M000/'))).toEqual([]);
    expect(await executor.clean()).toEqual({ objects: 0, bytes: 0 });
    // The same code has to be stored again.
    expect(await executor.map((x: number) => large.length + x, [3])).toEqual([2_000_003]);
    expect(await job).toEqual([2_000_001, 2_000_002]);
    await executor.close();
    expect(await keys()).toEqual([]);
  });

  test('leaves what unfinished jobs need', async () => {
    const executor = executorOf({ ...options, workers: 2, storage });
    await executor.map((x: number) => large.length + x, [1]);
    const slow = executor.map(
      async (x: number) => {
        await new Promise((resolve) => setTimeout(resolve, x));
        return large.length + x;
      },
      [200, 1, 2, 3],
    );
    await executor.clean();
    expect((await keys()).some((key) => key.includes('/M000/'))).toBe(false);
    expect(await slow).toEqual([2_000_200, 2_000_001, 2_000_002, 2_000_003]);
  });

  test('leaves results that are still to be read, and hands results on that are gone from storage', async () => {
    const executor = executorOf({ ...options, storage });
    const make = (x: number): Uint8Array => new Uint8Array(2_000_000).fill(x); // too large for a message
    const unread = executor.map(make, [1]);
    const read = executor.map(make, [2]);
    const first = (array: Uint8Array): number => array[0]! + array.byteLength;
    await executor.wait(unread);
    expect(await executor.map(first, read)).toEqual([2_000_002]);
    await read;
    await executor.clean();
    expect((await keys()).filter((key) => !key.endsWith('/alive'))).toEqual([
      expect.stringMatching(/\/M000\/result\//),
    ]);
    expect((await unread)[0]?.[0]).toBe(1);
    expect(await executor.map(first, read)).toEqual([2_000_002]);
    expect(await executor.map(first, unread)).toEqual([2_000_001]);
  });

  test('may run while jobs come: each finds its code', async () => {
    const executor = executorOf({ ...options, storage });
    const fn = (x: number): number => large.length + x;
    for (let round = 0; round < 3; round++) {
      const [, results] = await Promise.all([executor.clean(), executor.map(fn, [round])]);
      expect(results).toEqual([2_000_000 + round]);
    }
  });
});

test('an executor that has stored nothing, or is closed, has nothing to clean', async () => {
  const executor = executorOf({ storage });
  expect(await executor.clean()).toEqual({ objects: 0, bytes: 0 });
  await executor.map((x: number) => x, [1]);
  await executor.close();
  expect(await executor.clean()).toEqual({ objects: 0, bytes: 0 });
});

test('a clean that is interrupted says so', async () => {
  const executor = executorOf({ storage });
  await executor.map((x: number) => x, [1]);
  await expect(executor.clean({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  await expect(executor.clean({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'invalid-argument' });
});

test('where removing takes long, close does not wait for it: a process of its own does the rest', async () => {
  const slow = fsDriver({ root });
  const remove = slow.delete.bind(slow);
  // What travels to other processes is the address, so that only this one is slow.
  slow.delete = async (bucket, list, options) => {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, 20_000);
      options.signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(options.signal?.reason);
      });
    });
    await remove(bucket, list, options);
  };
  const executor = executorOf({ storage: slow });
  await executor.map((x: number) => x, [1]);
  const before = performance.now();
  await executor.close();
  expect(performance.now() - before).toBeLessThan(10_000);
  let left = (await keys()).length;
  while (left > 0) left = (await keys()).length; // the test's own time limit ends this
});

test('the marker of a client is renewed, and does not come back after close', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const store = new Storage(storage);
    const data = new TemporaryData({
      storage: store,
      bucket: 'skein',
      prefix: 'jobs/abcdef-0',
      lasting: true,
      diagnostics: new Diagnostics('silent'),
    });
    await data.storage();
    const { etag } = await store.headObject('skein', 'jobs/abcdef-0/alive');
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await store.headObject('skein', 'jobs/abcdef-0/alive')).etag).not.toBe(etag);
    vi.advanceTimersByTime(60_000);
    await data.close();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await keys()).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test('a storage in memory ends with its process: it is marked for nobody', async () => {
  const store = new Storage('memory:clean');
  const data = new TemporaryData({
    storage: store,
    bucket: 'skein',
    prefix: 'jobs/abcdef-0',
    lasting: true,
    diagnostics: new Diagnostics('silent'),
  });
  await data.storage();
  await store.putObject('skein', 'jobs/abcdef-0/code/x.mjs', 'code');
  await data.close();
  const left: string[] = [];
  for await (const key of store.listKeys('skein')) left.push(key);
  expect(left).toEqual([]);
});
