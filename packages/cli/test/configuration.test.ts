import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, folder, json } from './command.ts';

function project(files: Readonly<Record<string, string>>): string {
  const cwd = folder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

describe('--print-config', () => {
  test('shows every value and where it was said, and runs nothing', async () => {
    const cwd = project({ 'skein.config.yaml': 'workers: 3\nlocalhost:\n  isolation: thread\n' });
    const { code, stdout } = await command({ cwd, env: { SKEIN_WORKERS: '5' } }, 'hello', '--print-config');
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['path', 'value', 'source'],
      ['localhost.isolation', 'thread', join(cwd, 'skein.config.yaml')],
      ['workers', '5', 'the variable SKEIN_WORKERS'],
    ]);
  });

  test('says so when nothing is configured', async () => {
    const { code, stdout } = await command({ cwd: folder() }, '--print-config');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Nothing is configured: everything has its default.\n',
    });
    expect(json(await command({ cwd: folder() }, '--print-config', '--json'))).toEqual([]);
  });

  test('masks secrets, wherever they are', async () => {
    const cwd = project({
      'c.json': JSON.stringify({
        storage: { kind: 's3', secretAccessKey: 'HIDDEN', inner: [{ password: 'HIDDEN' }] },
      }),
    });
    const env = { SKEIN_EXTRA_ENV: '{"API":"HIDDEN"}' };
    const table = await command({ cwd, env }, '--print-config', '-c', 'c.json');
    const inUrl = { SKEIN_STORAGE: 's3://me:HIDDEN@host/b?region=eu&secret_access_key=HIDDEN' };
    const rows = await command({ cwd, env: inUrl }, '--print-config', '--json');
    expect(table.stdout).toContain('"secretAccessKey":"***"');
    expect(rows.stdout).toContain('s3://***@host/b?region=eu&secret_access_key=***');
    expect(table.stdout + rows.stdout).not.toContain('HIDDEN');
  });
});

describe('-c, --config', () => {
  test.each([
    ['before the command', ['-c', 'c.json', '--print-config', 'hello']],
    ['after the command', ['hello', '--config', 'c.json', '--print-config']],
    ['within a group', ['job', '-c', 'c.json', 'list', '--print-config']],
  ])('%s', async (_where, args) => {
    const cwd = project({ 'c.json': '{"workers": 7}', 'skein.config.json': '{"workers": 3}' });
    const rows = json(await command({ cwd }, '--json', ...args));
    expect(rows).toEqual([{ path: 'workers', value: 7, source: join(cwd, 'c.json') }]);
  });

  test('holds for the program of `skein run`', async () => {
    const cwd = project({ 'c.json': '{}', 'main.ts': 'console.log(process.env.SKEIN_CONFIG as string);' });
    const { stdout } = await command({ cwd }, 'run', '-q', '-c', 'c.json', 'main.ts', '-c', 'own');
    expect(stdout).toBe(`${join(cwd, 'c.json')}\n`);
  });

  test('a file that is not there suggests the nearest', async () => {
    const cwd = project({ 'prod.yaml': '' });
    const { code, stderr } = await command({ cwd }, 'hello', '-c', 'prd.yaml');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "skein: cannot read the configuration 'prd.yaml': no such file (did you mean prod.yaml?)\n",
    });
  });

  test('a folder is no configuration', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'conf'));
    const { code, stderr } = await command({ cwd }, 'hello', '-c', 'conf');
    expect(code).toBe(2);
    expect(stderr).toContain("cannot read the configuration 'conf': expected a file, found a directory");
  });
});

test.each([['hello'], ['--print-config'], ['storage', 'list'], ['job', 'list']])(
  'a configuration that cannot be used ends `skein %s %s` with code 2 and the nearest right key',
  async (...args) => {
    const cwd = project({ 'skein.config.json': '{"wokers": 3}' });
    const { code, stdout, stderr } = await command({ cwd }, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("wokers: is not a known key; did you mean 'workers'?");
    expect(stderr).not.toContain('    at ');
  },
);
