import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Storage } from '@skein/storage';
import { expect, test } from 'vitest';
import { folder, start, surroundings } from './command.ts';

test.each([[[]], [['--json']]])(
  'a reader that leaves early, such as head, is no error: list %j',
  async (args) => {
    const cwd = folder();
    const env = { SKEIN_STORAGE: `file:${cwd}/objects` };
    await using storage = new Storage(env.SKEIN_STORAGE);
    await storage.createBucket('many');
    // More than a pipe holds, so that the writer meets the broken end.
    const name = 'x'.repeat(200);
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => storage.putObject('many', `${name}${n}`, '')));
    const child = spawn(process.execPath, [...start, 'storage', 'list', 'many', ...args], {
      cwd,
      env: surroundings(cwd, env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stderr = text(child.stderr);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect({ code, signal, stderr: await stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  },
);

test('nor is one who never reads the help', async () => {
  const cwd = folder();
  const child = spawn(process.execPath, [...start, '--help'], {
    cwd,
    env: surroundings(cwd),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const stderr = text(child.stderr);
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, stderr: await stderr }).toEqual({ code: 0, stderr: '' });
});
