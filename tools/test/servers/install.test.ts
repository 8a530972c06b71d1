/** Servers installed ahead of the tests that need them. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';

const program = fileURLToPath(new URL('../../servers/install.ts', import.meta.url));

test('names that are none are refused before anything is installed', () => {
  expect(install('redis', 'radis')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^radis: expected some of redis, /),
  });
  expect(install()).toMatchObject({ status: 2, stderr: expect.stringMatching(/^servers: redis, /) });
});

test('what is there is left as it is, in a line', ({ skip }) => {
  const { status, stdout, stderr } = install('redis');
  if (status !== 0 && !process.env['CI']) skip(stderr);
  expect(stdout).toMatch(/^redis \d+\.\d+\.\d+ is installed: \d+\.\d s\n$/);
});

function install(...names: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const options = { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const;
  return spawnSync(process.execPath, [...inject('nodeFlags'), program, ...names], options);
}
