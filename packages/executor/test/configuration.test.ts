/** What an executor does with what is said of it in files and variables; how each is read, the tests of @skein/config tell. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError, FunctionExecutor } from '../src/index.ts';
import { executorOf } from './support/executors.ts';

const home = process.cwd();
const env = { ...process.env };
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'skein-test-')));
  process.env['HOME'] = join(root, 'home');
  delete process.env['XDG_CONFIG_HOME'];
  mkdirSync(join(root, 'project'));
  process.chdir(join(root, 'project'));
});
afterEach(() => {
  process.chdir(home);
  for (const name of ['HOME', 'XDG_CONFIG_HOME', 'SKEIN_CONFIG', 'SKEIN_BACKEND', 'SKEIN_RETRIES']) {
    if (env[name] === undefined) delete process.env[name];
    else process.env[name] = env[name];
  }
  rmSync(root, { recursive: true });
});

function write(path: string, content: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** What the calls of an executor fail with that finds this configuration. */
async function failure(options: object = {}): Promise<ConfigError> {
  const executor = executorOf(options);
  const job = executor.map((x: number) => x, [1, 2]);
  const outcomes = await Promise.allSettled([...job.futures, job]);
  const reasons = new Set(outcomes.map((one) => (one.status === 'rejected' ? one.reason : 'it ran')));
  expect(reasons.size).toBe(1);
  const [reason] = reasons;
  expect(reason).toBeInstanceOf(ConfigError);
  await executor.close(); // which has nothing to add
  return reason as ConfigError;
}

describe('an unknown key', () => {
  test('of the program is refused at once', () => {
    expect(() => new FunctionExecutor({ wrokers: 2 } as never)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(/wrokers.*workers/) }),
    );
  });

  test.each([
    ['project/skein.config.json', '{ "wrokers": 2 }'],
    ['project/skein.config.yaml', 'wrokers: 2'],
    ['project/skein.config.mjs', 'export default { wrokers: 2 };'],
    ['project/skein.config.ts', 'export default { wrokers: 2 as number };'],
    ['home/.config/skein/config.yaml', 'wrokers: 2'],
  ])('of %s fails every call, with the file and the right key', async (path, content) => {
    const file = write(path, content);
    const error = await failure();
    expect(error.issues).toMatchObject([{ kind: 'unknown-key', path: 'wrokers', source: file }]);
    expect(error.message).toMatch(/'workers'/);
  });

  test('of SKEIN_CONFIG, inline and as a path', async () => {
    process.env['SKEIN_CONFIG'] = '{ "wrokers": 2 }';
    expect((await failure()).issues).toMatchObject([
      { path: 'wrokers', source: 'the variable SKEIN_CONFIG' },
    ]);
    const file = write('elsewhere.json', '{ "wrokers": 2 }');
    process.env['SKEIN_CONFIG'] = file;
    expect((await failure()).issues).toMatchObject([{ path: 'wrokers', source: file }]);
  });

  test('of a map is refused at the call', () => {
    const executor = executorOf();
    expect(() => executor.map((x: number) => x, [1], { retrys: 1 } as never)).toThrow(/retrys.*'retries'/);
  });
});

test('a variable with a value that cannot be is named', async () => {
  process.env['SKEIN_BACKEND'] = 'moon';
  expect((await failure()).message).toMatch(/backend: must be .*not "moon" \(the variable SKEIN_BACKEND\)/);
});

test.each([
  ['project/skein.config.json', '{\n  "workers": 2,\n}', /at line 3: /],
  ['project/skein.config.ts', 'const a: number = 1;\nexport default { workers: };', /at line 2: /],
  ['project/skein.config.yaml', 'retries: 1\nbackend: [1', /at line [23]/],
])('a broken %s fails every call with file and line', async (path, content, line) => {
  const file = write(path, content);
  const error = await failure();
  expect(error.message).toContain(file);
  expect(error.message).toMatch(line);
});

test('the program comes before variables, those before the project, and that before the user', async () => {
  write(
    'home/.config/skein/config.yaml',
    'retries: 1\ntimeoutMs: 1000\nlogs: keep\nextraEnv: { SKEIN_TEST_U: user }',
  );
  write(
    'project/skein.config.json',
    '{ "retries": 2, "timeoutMs": 20000, "extraEnv": { "SKEIN_TEST_P": "project" } }',
  );
  process.env['SKEIN_RETRIES'] = '3';
  const seen = (_x: number, ctx: { deadline: number | undefined; attempt: number }) => {
    if (ctx.attempt < 4) throw new Error('again');
    console.log('kept');
    return [ctx.deadline !== undefined && ctx.deadline - Date.now() > 5_000, ctx.attempt];
  };
  const configured = executorOf();
  const job = configured.map(seen, [1]);
  expect(await job).toEqual([[true, 4]]);
  expect(job.futures[0]!.logs).toBe('kept\n');
  const said = executorOf({ retries: 0 });
  await expect(said.map(seen, [1])).rejects.toThrow('again');
  expect(await said.map(seen, [1], { retries: 3 })).toEqual([[true, 4]]);
  await Promise.all([configured.close(), said.close()]);
});
