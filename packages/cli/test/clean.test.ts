import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cache } from '@skein/cache';
import { cached, cloudObject } from '@skein/cloudobject';
import { Storage } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { command, folder, json, start, surroundings } from './command.ts';

const hangs = fileURLToPath(new URL('programs/hangs.ts', import.meta.url));

/** A storage in which a program that was killed has left its data. */
async function leftBehind(cwd: string, env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [...start, 'run', hangs], {
    cwd,
    env: surroundings(cwd, env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const early = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with code ${code}`)));
  await Promise.race([once(child.stdout, 'data'), early]);
  early.catch(() => {});
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('skein clean', () => {
  test('removes what a killed program has left, when it is old enough or all is asked for', async () => {
    const cwd = folder();
    const env = { SKEIN_STORAGE: `file:${cwd}/objects` };
    await leftBehind(cwd, env);
    const skein = (...args: string[]): ReturnType<typeof command> => command({ cwd, env }, 'clean', ...args);
    const objects = async (): Promise<number> =>
      (json(await command({ cwd, env }, 'storage', 'list', '--json')) as unknown[]).length;

    const recent = await skein('--older-than', '1h');
    expect(recent).toMatchObject({ code: 0, stderr: '' });
    expect(recent.stdout).toContain('1 kept: too recent; see --older-than');
    expect(await objects()).toBeGreaterThan(0);

    const planned = json(await skein('--all', '--dry-run', '--json')) as { removed: object[] };
    expect(planned).toMatchObject({
      dryRun: true,
      removed: [{ executorId: expect.any(String), objects: await objects(), bytes: expect.any(Number) }],
    });
    expect(await objects()).toBeGreaterThan(0);

    const done = await skein('--all');
    expect(done.stdout).toMatch(/^[0-9a-f]+-0 +0 +\d+ +4\.0 MiB$/m);
    expect(done.stdout).toMatch(/^1 executor and \d+ folders? of this machine removed, 4\.0 MiB$/m);
    expect(await objects()).toBe(0);
    expect(json(await skein('--all', '--json'))).toMatchObject({ removed: [], dryRun: false });
  }, 120_000); // ten commands, each a process

  test('removes what caches of this machine keep that no process has open', async () => {
    const cwd = folder();
    const env = { SKEIN_STORAGE: `file:${cwd}/objects` };
    const skein = (...args: string[]): ReturnType<typeof command> => command({ cwd, env }, 'clean', ...args);
    const open = new Cache({ namespace: 'open', node: { directory: `${cwd}/caches` } });
    const over = new Cache({ namespace: 'over', node: { directory: `${cwd}/caches` } });
    for (const cache of [open, over]) await cache.set('model', new Uint8Array(2 ** 20));
    await over.close();
    expect((await skein()).stdout).toContain(
      '1 cache of this machine kept: used too recently; see --older-than',
    );
    const { stdout } = await skein('--all');
    expect(stdout).toMatch(/caches\/over-[0-9a-f]{16}$/m);
    expect(stdout).toMatch(/^1 cache of this machine removed, 1\.0 MiB$/m);
    expect(stdout).toContain('1 cache of this machine kept: programs that run have them open');
    await open.close();
    expect(json(await skein('--all', '--dry-run', '--json'))).toMatchObject({
      caches: { removed: [{ entries: 1 }], kept: [] },
    });
  });

  test('tells what programs have left, by executor, and what is in named scopes, and cleans a scope when asked', async () => {
    const cwd = folder();
    const env = { SKEIN_STORAGE: `file:${cwd}/objects` };
    const storage = new Storage(env.SKEIN_STORAGE);
    await cloudObject('keep', { storage, scope: 'results' });
    const expired = await cloudObject('no more', { storage, scope: 'results', expiresAfterMs: 1 });
    await cached('model', () => 'slow to make', { storage });
    for (const key of [
      'jobs/abcdef-0/objects/made/x',
      'jobs/abcdef-0/M000/values',
      'jobs/123456-0/code/x.mjs',
    ])
      await storage.putObject('skein', key, 'left behind');
    const skein = (...args: string[]): ReturnType<typeof command> => command({ cwd, env }, 'clean', ...args);
    const keys = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const key of storage.listKeys('skein')) found.push(key);
      return found;
    };
    const before = await keys();

    const planned = json(await skein('--dry-run', '--json')) as object;
    expect(planned).toMatchObject({
      dryRun: true,
      kept: [
        { executorId: '123456-0', reason: 'recent' },
        { executorId: 'abcdef-0', reason: 'recent' },
      ],
      scopes: [
        { scope: 'cache', removed: { objects: 0 }, kept: { objects: 2 } },
        { scope: 'results', removed: { objects: 1, bytes: 7 }, kept: { objects: 1, bytes: 4 } },
      ],
    });
    expect(await keys()).toEqual(before);

    // In the store's own files, whose names end with a % where a key's have no dot.
    const old = new Date(Date.now() - 3_600_000);
    for (const key of before.filter((one) => one.startsWith('jobs/')))
      utimesSync(join(cwd, 'objects', 'skein', key.replace(/\/([^/.]+)$/, '/$1%')), old, old);
    const one = json(await skein('--all', '--dry-run', '--executor', 'abcdef-0', '--json')) as object;
    expect(one).toMatchObject({
      removed: [{ executorId: 'abcdef-0', objects: 2, cloudObjects: 1, bytes: 22 }],
      folders: [],
      scopes: [],
    });
    const done = await skein('--all');
    expect(done.stdout).toMatch(/^results +1 +4 B +1 +7 B$/m);
    expect(done.stdout).toMatch(/^abcdef-0 +1 +2 +22 B$/m);
    expect(done.stdout).toMatch(/^1 cloud object of named scopes removed$/m);
    expect(await keys()).toEqual(before.filter((key) => !key.startsWith('jobs/') && key !== expired.key));

    expect((await skein('--scope', 'cache')).stdout).toMatch(/^2 cloud objects of named scopes removed$/m);
    expect(await keys()).toEqual([expect.stringMatching(/^objects\/results\/made\//)]);
  }, 180_000); // five commands, each a process

  test.each([
    [['--executor', 'a-0', '--scope', 'x'], '--executor and --scope contradict each other'],
    [['--scope', 'program'], "'program' is no named scope"],
    [['--older-than', 'yesterday'], "expected an age such as '90s', '30m', '12h' or '1d'"],
    [['--all', '--older-than', '1d'], '--all and --older-than contradict each other'],
    [['--storage', 'memory:'], 'a memory storage ends with its process'],
  ])('%j is refused', async (args, reason) => {
    const { code, stdout, stderr } = await command({ cwd: folder() }, 'clean', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });
});
