/** Whole programs, as a user runs them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect } from '@skein/dso';
import { describe, expect, inject, test } from 'vitest';
import { startServer } from './support/environments.ts';

async function output(
  program: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const file = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  const command = ['--no-warnings', ...inject('nodeFlags'), file, ...args];
  return promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env }, timeout: 60_000 });
}

describe('what processes print', () => {
  test('comes as it is, and so does what they throw', async () => {
    const { stdout, stderr } = await output('says.ts', ['plain']);
    expect(stdout).toBe('good\nbad\n');
    expect(stderr).toMatch(/^Process the bad one: RangeError: it is bad\n {4}at say \(.*says\.ts:\d+:\d+\)/);
  });

  test('comes with the name of its process, if it is to', async () => {
    const { stdout } = await output('says.ts', ['prefix']);
    expect(stdout).toBe('[the good one] good\n[the bad one] bad\n');
  });

  test('is kept, if it is to', async () => {
    expect(await output('says.ts', ['keep'])).toEqual({ stdout: '', stderr: '' });
  });
});

describe('a program that closes nothing', () => {
  test('ends when its processes have', async () => {
    const { stdout, stderr } = await output('leaves.ts');
    expect(stdout).toMatch(/^7 \d+\n$/);
    expect(stderr).toBe('');
  });

  test('leaves nothing at a server', async () => {
    const server = await startServer();
    try {
      const { stdout } = await output('leaves.ts', [], { SKEIN_DSO: server.url });
      expect(stdout).toMatch(/^7 \d+\n$/);
      await using dso = await connect(server.url);
      const [stats] = await dso.stats();
      expect(stats).toMatchObject({ objects: 0, leases: 0 });
    } finally {
      await server.stop();
    }
  });
});
