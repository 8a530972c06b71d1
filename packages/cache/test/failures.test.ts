/** A tier that fails is done without, and that is told once; what was invalidated is never served for it. */
import { execFileSync, fork } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cache, CacheError, type Entry, type OpenTier, type Tier } from '@skein/cache';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { resultOf, said } from './support/crew.ts';
import { damageFile, entryFiles, temporaryDirectory } from './support/directory.ts';

function warnings(): () => string[] {
  const spy = vi.spyOn(process, 'emitWarning').mockReturnValue();
  onTestFinished(() => void spy.mockRestore());
  return () => spy.mock.calls.map(([message]) => String(message));
}

test.each(['flip', 'cut'] as const)('an entry that was damaged (%s) is loaded again', async (how) => {
  const directory = temporaryDirectory();
  const cache = new Cache({ namespace: 'damaged', tiers: ['node'], node: { directory } });
  const load = vi.fn(() => new Float64Array(20_000).fill(load.mock.calls.length));
  expect((await cache.getOrSet('key', load))[9]).toBe(1);
  damageFile(entryFiles(directory)[0]!, how);
  expect((await cache.getOrSet('key', load))[9]).toBe(2);
  expect((await cache.getOrSet('key', load))[9]).toBe(2);
  expect(cache.stats().tiers['node']).toMatchObject({ damaged: 1, failures: 0 });
  await cache.close();
});

test('an entry that was damaged after it was read and found right is noticed as well', async () => {
  const directory = temporaryDirectory();
  const cache = new Cache({ namespace: 'later', tiers: ['node'], node: { directory } });
  await cache.set('key', new Uint8Array(100_000));
  expect(await cache.get('key')).toBeDefined();
  damageFile(entryFiles(directory)[0]!, 'flip');
  expect(await cache.get('key')).toBeUndefined();
  await cache.close();
});

test('an entry that no codec of this version reads is loaded again', async () => {
  const told = warnings();
  const entry: Entry = {
    kind: 'value',
    madeAt: Date.now(),
    staleAt: Number.POSITIVE_INFINITY,
    expiresAt: Number.POSITIVE_INFINITY,
    tags: [],
    body: [Buffer.from('of another time')],
  };
  const cache = new Cache({
    namespace: 'old',
    tiers: ['memory', fake({ read: async () => ({ entry, mark: 0 }) })],
  });
  expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
  expect(await cache.getOrSet('other', () => 'loaded')).toBe('loaded');
  expect(told()).toEqual([expect.stringContaining("cache 'old': a value of the fake tier cannot be read")]);
  await cache.close();
});

test('a tier whose folder cannot be made is done without', async () => {
  const told = warnings();
  const directory = join(temporaryDirectory(), 'a file');
  writeFileSync(directory, '');
  const cache = new Cache({ namespace: 'nowhere', node: { directory } });
  expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
  expect(cache.peek('key')).toBe('loaded');
  expect(await cache.getOrSet('other', () => 'loaded')).toBe('loaded');
  expect(cache.stats().tiers['node']!.failures).toBeGreaterThan(0);
  expect(cache.stats().tiers['node']!.lastFailure).toContain('ENOTDIR');
  expect(told()).toEqual([
    expect.stringContaining('the node tier of a cache failed, and is done without: read: ENOTDIR'),
  ]);
  // What has to be invalid, and may not be, is told to who asked for it.
  const refused = await cache.delete('key').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(CacheError);
  expect(refused).toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('delete did not reach the node tier'),
  });
  expect(cache.peek('key')).toBeUndefined();
  await cache.close();
});

test('the folder of another user, or one that others may write to, is not trusted', async () => {
  const told = warnings();
  const directory = join(temporaryDirectory(), 'shared');
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  const cache = new Cache({ namespace: 'own', node: { directory } });
  await cache.set('key', 'value');
  expect(execFileSync('stat', ['-c', '%a', directory], { encoding: 'utf8' }).trim()).toBe('700');
  await cache.close();
  expect(told()).toEqual([]);
});

test('the folder is removed while it is in use: all is invalid, and it is made anew', async () => {
  const directory = temporaryDirectory();
  const cache = new Cache({ namespace: 'gone', node: { directory }, coherenceMs: 0 });
  const other = new Cache({ namespace: 'gone', tiers: ['node'], node: { directory } });
  await cache.set('key', 'old');
  await other.get('key');
  rmSync(directory, { recursive: true, force: true });
  warnings();
  expect(await cache.get('key')).toBeUndefined();
  await cache.set('key', 'new');
  expect(await other.get('key')).toBe('new');
  await Promise.all([cache.close(), other.close()]);
});

test('a full disk: values are loaded, and what was kept is still served', async () => {
  const directory = temporaryDirectory();
  const child = fork(fileURLToPath(new URL('./support/full-disk.ts', import.meta.url)), [directory], {
    execArgv: [...inject('nodeFlags')],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await said(child, 'ready');
  // No file of the process may grow beyond: writes fail with EFBIG, as with ENOSPC.
  execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=65536']);
  child.send('go');
  const result = await resultOf<Record<string, unknown>>(child);
  expect(result).toMatchObject({ small: 'kept', large: [200_000, 200_000], loads: 2, warnings: 1 });
  expect(result['lastFailure']).toMatch(/EFBIG|ENOSPC/);
});

test('a tier that keeps failing is left alone for a while, and asked again', async () => {
  warnings();
  let isDown = true;
  const read = vi.fn(async () => {
    if (isDown) throw new Error('down');
    return { entry: undefined, mark: 0 };
  });
  const cache = new Cache({ tiers: ['memory', fake({ read })] });
  for (let i = 0; i < 20; i++) expect(await cache.getOrSet(`${i}`, () => i)).toBe(i);
  expect(read.mock.calls.length).toBeLessThan(10);
  expect(cache.stats().tiers['fake']!.isResting).toBe(true);
  isDown = false;
  await expect.poll(() => cache.stats().tiers['fake']!.isResting, { interval: 20 }).toBe(false);
  const before = read.mock.calls.length;
  await cache.getOrSet('later', () => 1);
  expect(read.mock.calls.length).toBeGreaterThan(before);
  await cache.close();
});

test('a value that cannot take the place of the one before leaves nothing there', async () => {
  warnings();
  const removed: string[] = [];
  const cache = new Cache({
    tiers: [
      fake({
        write: async () => {
          throw new Error('no room');
        },
        delete: async (key) => void removed.push(key),
      }),
    ],
  });
  await cache.set('key', 'value');
  expect(removed).toEqual(['key']);
  await cache.close();
});

test('what a far tier hears holds for all that are nearer', async () => {
  let hear!: Parameters<OpenTier>[0]['heard'];
  const far: OpenTier = (context) => {
    hear = context.heard;
    return fake({})(context);
  };
  const node = { directory: temporaryDirectory() };
  const cache = new Cache({ namespace: 'stack', tiers: ['memory', 'node', far], node });
  const reader = new Cache({ namespace: 'stack', tiers: ['node'], node });
  for (const invalidation of [
    { kind: 'key', key: 'key' },
    { kind: 'tag', tag: 'red' },
    { kind: 'all' },
  ] as const) {
    await cache.getOrSet('key', () => 'value', { tags: ['red'] });
    expect([cache.peek('key'), await reader.get('key')]).toEqual(['value', 'value']);
    hear(invalidation);
    expect([cache.peek('key'), await reader.get('key')]).toEqual([undefined, undefined]);
  }
  await Promise.all([cache.close(), reader.close()]);
});

/** A tier that keeps nothing, unless it is told how. */
function fake(own: Partial<Tier>): OpenTier {
  return () => ({
    name: 'fake',
    scope: 'cluster',
    read: async () => ({ entry: undefined, mark: 0 }),
    write: async () => 'kept',
    delete: async () => {},
    invalidate: async () => {},
    clear: async () => {},
    lease: async () => ({ release: async () => {} }),
    stats: () => ({ evictions: 0, damaged: 0 }),
    close: async () => {},
    ...own,
  });
}
