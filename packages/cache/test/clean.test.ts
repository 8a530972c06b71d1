/** What the machine's tier keeps of namespaces that nobody uses goes; what is used stays. */
import { existsSync } from 'node:fs';
import { Cache, cleanCaches } from '@skein/cache';
import { expect, onTestFinished, test } from 'vitest';
import { crew, said } from './support/crew.ts';
import { temporaryDirectory } from './support/directory.ts';

function cacheIn(directory: string, namespace: string): Cache {
  const cache = new Cache({ namespace, tiers: ['node'], node: { directory } });
  onTestFinished(() => cache.close());
  return cache;
}

test('a namespace that is open in a process that lives stays, whatever its age; closed, it goes', async () => {
  const directory = temporaryDirectory();
  const cache = cacheIn(directory, 'a model');
  await cache.set('key', new Uint8Array(10_000));
  const open = await cleanCaches({ directory, olderThanMs: 0 });
  expect(open).toMatchObject({ removed: [], kept: [{ reason: 'used', entries: 1 }] });
  await cache.close();

  expect(await cleanCaches({ directory })).toMatchObject({ removed: [], kept: [{ reason: 'recent' }] });
  const dry = await cleanCaches({ directory, olderThanMs: 0, dryRun: true });
  const [{ folder, bytes }] = dry.removed as [(typeof dry.removed)[number]];
  expect(folder).toContain(`${directory}/a-model-`);
  expect(bytes).toBeGreaterThan(10_000);
  expect(existsSync(folder)).toBe(true);
  expect((await cleanCaches({ directory, olderThanMs: 0 })).removed).toEqual(dry.removed);
  expect(existsSync(folder)).toBe(false);
  expect(await cacheIn(directory, 'a model').get('key')).toBeUndefined();
});

test('a process that was killed uses nothing', async () => {
  const directory = temporaryDirectory();
  const [child] = await crew(1);
  child!.send({ name: 'hold', directory });
  await said(child!, 'loading');
  expect(await cleanCaches({ directory, olderThanMs: 0 })).toMatchObject({ kept: [{ reason: 'used' }] });
  const ended = new Promise((resolve) => child!.once('exit', resolve));
  child!.kill('SIGKILL');
  await ended;
  expect(await cleanCaches({ directory, olderThanMs: 0 })).toMatchObject({
    removed: [{ entries: 0 }],
    kept: [],
  });
});

test('who uses what was removed all the same begins anew, and serves nothing of before', async () => {
  const directory = temporaryDirectory();
  const node = { directory };
  const [one, other] = [0, 1].map(
    () => new Cache({ namespace: 'x', node, coherenceMs: 0, policy: 'everywhere' }),
  );
  onTestFinished(async () => {
    await Promise.all([one!.close(), other!.close()]);
  });
  await one!.set('key', 'old');
  expect(await other!.get('key')).toBe('old');
  const { kept } = await cleanCaches({ directory, olderThanMs: 0 });
  const { rmSync } = await import('node:fs');
  rmSync(kept[0]!.folder, { recursive: true });
  expect(await other!.get('key')).toBeUndefined();
  await other!.set('key', 'new');
  expect(await one!.get('key')).toBe('new');
  // It counts as used again.
  expect(await cleanCaches({ directory, olderThanMs: 0 })).toMatchObject({ kept: [{ reason: 'used' }] });
});

test('a directory that is not there has nothing, and an age that is none is refused', async () => {
  expect(await cleanCaches({ directory: `${temporaryDirectory()}/none` })).toEqual({ removed: [], kept: [] });
  await expect(cleanCaches({ olderThanMs: -1 })).rejects.toThrow(
    'olderThanMs must be milliseconds, 0 or more',
  );
});
