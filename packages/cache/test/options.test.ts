/** What is wrong is refused before anything happens, and every option does something. */
import { readdirSync } from 'node:fs';
import { Cache, type CacheOptions, type LoadOptions } from '@skein/cache';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

test.each<[object, string]>([
  [{ tiers: [] }, 'tiers must be one tier at least; got an array'],
  [{ tiers: ['node', 'memory'] }, "tiers must be a list in which 'memory' comes first"],
  [{ tiers: ['node', 'node'] }, 'tiers must be a list without repetitions'],
  [{ tiers: ['disk'] }, "'memory', 'node', 'redis', 'infinispan' or a function that opens a tier"],
  [{ memory: { maxBytes: 'much' } }, "a number of bytes, or text such as '64MiB'"],
  [{ memory: { maxByte: 1 } }, 'maxBytes'],
  [{ node: { directory: '' } }, 'node.directory'],
  [{ jitter: 1.5 }, 'jitter'],
  [{ ttlMs: 0 }, 'ttlMs'],
  [{ namespace: 'a\0b' }, 'namespace must be text'],
])('new Cache(%o)', (options, message) => {
  expect(() => new Cache(options as CacheOptions)).toThrow(message);
});

describe('a call', () => {
  const cache = new Cache({ namespace: 'refusals', tiers: ['memory'] });
  const load = (): never => {
    throw new Error('it was loaded');
  };
  test.each<[string, LoadOptions, string]>([
    ['', {}, 'key must be text of 1 to 1024 bytes without zero characters; got ""'],
    ['k'.repeat(1_025), {}, 'key must be text of 1 to 1024 bytes'],
    ['ä'.repeat(600), {}, 'key must be text of 1 to 1024 bytes'],
    ['key', { ttlMs: -1 }, 'ttlMs must be milliseconds, more than 0; got -1'],
    ['key', { swrMs: Number.NaN }, 'swrMs must be milliseconds, 0 or more; got NaN'],
    ['key', { tags: ['a', ''] }, 'a tag must be text'],
    ['key', { tags: 'red' as never }, 'tags must be a list of 64 at most; got "red"'],
    [
      'key',
      { once: 'everywhere' as never },
      "once must be 'process', 'machine' or 'cluster'; got \"everywhere\"",
    ],
    ['key', { leaseMs: 5 }, 'leaseMs must be 100 milliseconds at least; got 5'],
    ['key', { version: {} as never }, 'version must be a string or a number; got a value of type object'],
  ])('getOrSet(%j, loader, %o)', async (key, options, message) => {
    await expect(cache.getOrSet(key, load, options)).rejects.toThrow(message);
    if (key !== 'key') await expect(cache.set(key, 1)).rejects.toThrow(message);
  });
  test('without a loader', async () => {
    await expect(cache.getOrSet('key', 'value' as never)).rejects.toThrow(
      'loader must be a function; got "value"',
    );
  });
});

test('making one touches nothing; values expire by the cache’s ttlMs where none is given', async () => {
  const directory = temporaryDirectory();
  const cache = new Cache({ namespace: 'untouched', node: { directory }, ttlMs: 1, jitter: 0 });
  expect(readdirSync(directory)).toEqual([]);
  await cache.set('key', 1);
  await cache.set('stays', 2, { ttlMs: 60_000 });
  await expect.poll(() => cache.get('key'), { interval: 1 }).toBeUndefined();
  expect(await cache.get('stays')).toBe(2);
  await cache.close();
});

test('coherenceMs: how long a copy in memory may be served after it was made invalid elsewhere', async () => {
  const node = { directory: temporaryDirectory() };
  const strict = new Cache({ namespace: 'coherence', node, coherenceMs: 0 });
  const lax = new Cache({ namespace: 'coherence', node, coherenceMs: 60_000 });
  const writer = new Cache({ namespace: 'coherence', tiers: ['node'], node });
  await writer.set('key', 'old');
  expect([await strict.get('key'), await lax.get('key')]).toEqual(['old', 'old']);
  await writer.set('key', 'new');
  expect([await strict.get('key'), await lax.get('key')]).toEqual(['new', 'old']);
  await Promise.all([strict.close(), lax.close(), writer.close()]);
});

test('once: ‘process’ loads without a lease, though another process loads', async () => {
  const node = { directory: temporaryDirectory() };
  // Two makes are two caches of this process, as two processes have them.
  const [one, two] = [
    new Cache({ namespace: 'once', node }),
    new Cache({ namespace: 'once', tiers: ['node'], node }),
  ];
  let finish!: (value: string) => void;
  const loading = one.getOrSet(
    'key',
    () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      }),
  );
  await expect.poll(() => finish, { interval: 1 }).toBeDefined();
  expect(await two.getOrSet('key', () => 'at once', { once: 'process' })).toBe('at once');
  finish('later');
  expect(await loading).toBe('later');
  await Promise.all([one.close(), two.close()]);
});

test('once: ‘cluster’ without a tier that a cluster shares is refused', async () => {
  const cache = new Cache({ namespace: 'alone', tiers: ['memory'] });
  await expect(cache.getOrSet('key', () => 1, { once: 'cluster' })).rejects.toMatchObject({
    code: 'unsupported',
  });
  await cache.close();
});
