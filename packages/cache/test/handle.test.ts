/** A cache travels: functions close over it, and find it warm. */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Cache, type CacheOptions } from '@skein/cache';
import { decode, encode } from '@skein/codec';
import { expect, inject, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

const travelled = (cache: Cache): Cache => decode<Cache>(encode(cache, { reach: 'network' }).toBytes());

test('handles of one make share what the process keeps, whether they were made here or arrived', async () => {
  const options: CacheOptions = {
    namespace: randomBytes(6).toString('hex'),
    tiers: ['memory'],
    ttlMs: 60_000,
  };
  const cache = new Cache(options);
  const value = { warm: true };
  await cache.set('key', value);
  expect(travelled(cache).peek('key')).toBe(value);
  expect(travelled(travelled(cache)).peek('key')).toBe(value);
  const again = new Cache(options);
  expect(again.peek('key')).toBe(value);
  await cache.close();
  expect(again.peek('key')).toBe(value);
  await expect(cache.get('key')).rejects.toMatchObject({ code: 'closed' });
  const arrived = travelled(again);
  expect(arrived.peek('key')).toBe(value);
  await again.close();
  expect(arrived.peek('key')).toBeUndefined(); // opened anew: nobody closes what arrived
  await arrived.set('key', value);
  expect(travelled(arrived).peek('key')).toBe(value);
  await arrived.close();
  await arrived.close();
});

test('caches of another make are others', async () => {
  const namespace = randomBytes(6).toString('hex');
  const [one, two] = [
    new Cache({ namespace, tiers: ['memory'] }),
    new Cache({ namespace: `${namespace}.`, tiers: ['memory'] }),
  ];
  await one.set('key', 1);
  expect(two.peek('key')).toBeUndefined();
  await Promise.all([one.close(), two.close()]);
});

test('a cache with a tier of one’s own stays in its process', () => {
  const cache = new Cache({ tiers: [() => Promise.reject(new Error('not opened')) as never] });
  expect(() => encode(cache, { reach: 'host' })).toThrow(/process/);
});

test('threads of a process read one piece of memory', async () => {
  const options: CacheOptions = {
    namespace: 'threads',
    tiers: ['node'],
    node: { directory: temporaryDirectory(), sharedAmongThreads: true },
  };
  const cache = new Cache(options);
  await cache.set('model', new Float64Array(100_000).fill(1));
  const threads = await Promise.all([0, 1].map(() => thread(options)));
  const here = (await cache.get<Float64Array>('model'))!;
  here[7] = 42; // seen by all who read the same memory
  for (const { ask } of threads) expect(await ask('model')).toEqual({ isShared: true, seventh: 42 });
  await cache.close();
});

async function thread(options: CacheOptions): Promise<{ ask(key: string): Promise<unknown> }> {
  const worker = new Worker(new URL('./support/thread.ts', import.meta.url), {
    workerData: options,
    execArgv: [...inject('nodeFlags')],
  });
  onTestFinished(() => void worker.terminate());
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => void worker.once('message', resolve).once('error', reject));
  await next();
  return {
    ask(key) {
      const answer = next();
      worker.postMessage(key);
      return answer;
    },
  };
}
