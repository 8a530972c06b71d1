import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobRecord, JobRecordSummary } from '@skein/executor';
import { beforeAll, describe, expect, test } from 'vitest';
import { command, folder, json, lastingFolder } from './command.ts';

const program = fileURLToPath(new URL('programs/some-fail.ts', import.meta.url));

/** Where two jobs are on record: one with failures, then one without. */
const cwd = lastingFolder();
const env = { SKEIN_STORAGE: `file:${cwd}/objects`, SKEIN_RECORDS: '1', SKEIN_BACKEND: 'localhost' };
const skein = (...args: string[]): ReturnType<typeof command> => command({ cwd, env }, ...args);
let failing = '';
let fine = '';

beforeAll(async () => {
  const ran = await skein('run', '--quiet', program);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  await skein('hello', '-n', '3');
  const [last, first] = json(await skein('job', 'list', '--json')) as JobRecordSummary[];
  failing = first?.id ?? '';
  fine = last?.id ?? '';
}, 60_000);

describe('skein job list', () => {
  test('shows jobs, the last one first', async () => {
    const { code, stdout } = await skein('job', 'list');
    expect(code).toBe(0);
    const [, second, third, ...more] = stdout.trimEnd().split('\n');
    expect(second).toMatch(new RegExp(`^✓ +${fine} +greet +localhost +3 .* just now$`));
    expect(third).toMatch(new RegExp(`^✗ +${failing} +work +localhost +12 +2 .* just now$`));
    expect(more).toEqual([]);
  });

  test('--json is one document; --failed and -n choose', async () => {
    expect(json(await skein('job', 'list', '--failed', '--json'))).toMatchObject([
      { id: failing, name: 'work', calls: 12, failed: 2 },
    ]);
    expect(json(await skein('job', 'list', '-n', '1', '--json'))).toMatchObject([{ id: fine }]);
  });

  test('nothing on record is no failure, and says how records are kept', async () => {
    const { code, stdout, stderr } = await command({ cwd: folder() }, 'job', 'list');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('SKEIN_RECORDS=1');
    expect(json(await command({ cwd: folder() }, 'job', 'list', '--json'))).toEqual([]);
  });
});

describe('skein job show', () => {
  test('shows where the time went and what failed, what failed alike once', async () => {
    const { code, stdout } = await skein('job', 'show', failing);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^work {2}${failing}\n12 calls on localhost, 2 failed\n`));
    expect(stdout).toMatch(/^function +[\d.]+ m?s +[\d.]+ m?s +[\d.]+ m?s$/m);
    expect(stdout).toContain('✗ RangeError: too far by little  call 4');
    expect(stdout).toContain('✗ RangeError: too far by much  call 9');
    expect(stdout).toContain('The 10 slowest of 12 calls');
    expect(
      (await skein('job', 'show', failing, '--all')).stdout.match(/^ +\d+ {2}(?:success|error) /gm),
    ).toHaveLength(12);
  });

  test('takes the beginning of an id; --json is the whole record', async () => {
    const record = json(await skein('job', 'show', failing.slice(0, 5), '--json')) as JobRecord;
    expect(record).toMatchObject({ version: 1, name: 'work', calls: 12 });
    expect(record.rows).toHaveLength(12);
  });

  test('an id that is nobody’s is code 1', async () => {
    const { code, stdout, stderr } = await skein('job', 'show', 'zzz');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^skein: there is no record whose id begins with 'zzz'.*\n$/);
  });
});

describe('skein job plot', () => {
  test.each([
    ['svg', '<svg'],
    ['png', '\u0089PNG'],
    ['html', '<!doctype html>'],
  ])('draws a .%s', async (kind, beginning) => {
    const file = join(folder(), `job.${kind}`);
    const { code, stdout } = await skein('job', 'plot', failing, fine, '-o', file);
    expect(code).toBe(0);
    expect(stdout).toContain(file);
    expect(readFileSync(file, 'latin1').slice(0, beginning.length).toLowerCase()).toBe(
      beginning.toLowerCase(),
    );
  });

  test('without a name, takes one that is free', async () => {
    const at = folder();
    writeFileSync(join(at, `${failing}.svg`), 'mine');
    const { stdout } = await command({ cwd: at, env }, 'job', 'plot', failing);
    expect(stdout).toContain(`${failing}-2.svg`);
    expect(readFileSync(join(at, `${failing}.svg`), 'utf8')).toBe('mine');
  });

  test('- is the standard output, and nothing else is on it', async () => {
    expect((await skein('job', 'plot', fine, '-o', '-')).stdout).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
  });

  test('another ending is refused before anything is read', async () => {
    const { code, stderr } = await skein('job', 'plot', 'zzz', '-o', 'job.pdf');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "skein: cannot draw 'job.pdf': expected a name that ends in .svg, .png, .html\n",
    });
    expect(existsSync(join(cwd, 'job.pdf'))).toBe(false);
  });
});

describe('skein logs', () => {
  test('prints what calls have printed, each line after its call', async () => {
    const { stdout } = await skein('logs', failing);
    expect(stdout).toContain('[00000] begin 0\n[00000] end 0\n[00001] begin 1\n');
    expect(stdout).toContain('[00004] begin 4\n[00005] begin 5\n');
  });

  test('--call prints one call’s as it was', async () => {
    expect((await skein('logs', failing, '--call', '3')).stdout).toBe('begin 3\nend 3\n');
  });

  test('--failed tells why', async () => {
    const { stdout } = await skein('logs', failing, '--failed');
    expect(stdout).toContain('[00004] begin 4\n[00004] RangeError: too far by little\n');
    expect(stdout).toMatch(/^\[00009\] {5}at .*some-fail\.ts:8:/m);
    expect(stdout).not.toContain('[00003]');
  });

  test('--json is one document', async () => {
    expect(json(await skein('logs', failing, '--failed', '--json'))).toMatchObject([
      { index: 4, state: 'error', error: { name: 'RangeError' }, logs: 'begin 4\n' },
      { index: 9, state: 'error' },
    ]);
  });

  test('a call that the job has not is code 1; nothing printed is said', async () => {
    expect(await skein('logs', failing, '--call', '12')).toMatchObject({
      code: 1,
      stderr: `skein: job ${failing} has no call 12: its calls are 0 to 11\n`,
    });
    expect(await skein('logs', fine)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Nothing was printed.\n',
    });
  });
});
