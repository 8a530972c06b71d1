import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
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
    expect(done.stdout).toMatch(/^[0-9a-f]+-0 +\d+ +4\.0 MiB$/m);
    expect(done.stdout).toMatch(/^1 executor and \d+ folders? of this machine removed, 4\.0 MiB$/m);
    expect(await objects()).toBe(0);
    expect(json(await skein('--all', '--json'))).toMatchObject({ removed: [], dryRun: false });
  }, 120_000); // ten commands, each a process

  test.each([
    [['--older-than', 'yesterday'], "expected an age such as '90s', '30m', '12h' or '1d'"],
    [['--all', '--older-than', '1d'], '--all and --older-than contradict each other'],
    [['--storage', 'memory:'], 'a memory storage ends with its process'],
  ])('%j is refused', async (args, reason) => {
    const { code, stdout, stderr } = await command({ cwd: folder() }, 'clean', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });
});
