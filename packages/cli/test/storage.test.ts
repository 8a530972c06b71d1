import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, folder, json, start, surroundings } from './command.ts';
import type { Ended } from './skein.ts';
import { atTerminal, hasTerminal } from './terminal.ts';

interface Store {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  skein(...args: string[]): Promise<Ended>;
  pipe(input: string, ...args: string[]): Promise<Ended>;
}

/** A storage of the test's own, and a folder with 'hello.txt'. */
function store(): Store {
  const cwd = folder();
  const env = { SKEIN_STORAGE: `file:${cwd}/objects` };
  writeFileSync(join(cwd, 'hello.txt'), 'hello\n');
  return {
    cwd,
    env,
    skein: (...args) => command({ cwd, env }, 'storage', ...args),
    pipe: (input, ...args) => command({ cwd, env, input }, 'storage', ...args),
  };
}

describe('put and get', () => {
  test('a file goes under its name into the bucket skein, and comes back', async () => {
    const { cwd, skein } = store();
    expect(await skein('put', 'hello.txt')).toMatchObject({
      code: 0,
      stdout: `skein/hello.txt  6 B  in file:${cwd}/objects\n`,
    });
    expect(await skein('get', 'hello.txt', 'copy.txt')).toMatchObject({ code: 0, stdout: 'copy.txt  6 B\n' });
    expect(readFileSync(join(cwd, 'copy.txt'), 'utf8')).toBe('hello\n');
  });

  test('bucket/key names another place, whose bucket is made when that is asked for', async () => {
    const { skein } = store();
    expect(await skein('put', 'hello.txt', 'other/a/b.txt')).toMatchObject({
      code: 1,
      stderr: "skein: no bucket 'other'; `skein storage put` makes one with --create-bucket\n",
    });
    const ended = await skein('put', 'hello.txt', 'other/a/b.txt', '--create-bucket', '--json');
    expect(json(ended)).toEqual({ bucket: 'other', key: 'a/b.txt', size: 6, etag: expect.any(String) });
    expect((await skein('get', 'other/a/b.txt', '-')).stdout).toBe('hello\n');
  });

  test('- is a pipe, at either end, and large objects go through whole', async () => {
    const { pipe, skein } = store();
    const text = 'one line of many\n'.repeat(500_000);
    expect((await pipe(text, 'put', '-', 'large')).code).toBe(0);
    const { code, stdout, stderr } = await skein('get', 'large', '-');
    expect({ code, stderr, whole: stdout === text }).toEqual({ code: 0, stderr: '', whole: true });
  });

  test.each([
    ['1-3', 'ell'],
    ['4-', 'o\n'],
    ['-2', 'o\n'],
  ])('--range %s', async (range, expected) => {
    const { skein } = store();
    await skein('put', 'hello.txt');
    expect((await skein('get', 'hello.txt', '-', `--range=${range}`)).stdout).toBe(expected);
  });

  test('a file that exists is overwritten only with --force', async () => {
    const { cwd, skein } = store();
    await skein('put', 'hello.txt');
    writeFileSync(join(cwd, 'hello.txt'), 'mine');
    expect(await skein('get', 'hello.txt')).toMatchObject({
      code: 1,
      stderr: "skein: 'hello.txt' exists: name another file, or overwrite it with --force\n",
    });
    expect(readFileSync(join(cwd, 'hello.txt'), 'utf8')).toBe('mine');
    expect((await skein('get', 'hello.txt', '--force')).code).toBe(0);
    expect(readFileSync(join(cwd, 'hello.txt'), 'utf8')).toBe('hello\n');
  });

  test('--if-absent replaces nothing', async () => {
    const { pipe, skein } = store();
    await skein('put', 'hello.txt');
    expect((await pipe('other', 'put', '-', 'hello.txt', '--if-absent')).code).toBe(1);
    expect((await skein('get', 'hello.txt', '-')).stdout).toBe('hello\n');
  });

  test('an interrupted download leaves nothing', async () => {
    const cwd = folder();
    writeFileSync(
      join(cwd, 'skein.config.mjs'),
      `const nothing = () => Promise.reject(new Error('not here'));
       export default { storage: {
         kind: 'slow', reach: 'anywhere', capabilities: new Set(), put: nothing, head: nothing, delete: nothing,
         list: nothing, createBucket: nothing, headBucket: nothing, deleteBucket: nothing,
         async get(bucket, key) {
           const info = { key, size: 10, etag: 'x', lastModified: new Date(), metadata: {} };
           return { info, body: (async function* () {
             yield Buffer.from('half');
             setTimeout(() => process.stderr.write('half of it is here'), 200);
             await new Promise((resolve) => setTimeout(resolve, 600_000));
           })() };
         },
       } };`,
    );
    const child = spawn(process.execPath, [...start, 'storage', 'get', 'large'], {
      cwd,
      env: surroundings(cwd),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    expect(String(await once(child.stderr, 'data'))).toBe('half of it is here');
    expect(readdirSync(cwd).some((name) => name.endsWith('.part'))).toBe(true);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
    expect(readdirSync(cwd)).toEqual(['skein.config.mjs']);
  });

  test.each([
    [['put', 'nothing.txt'], "cannot store 'nothing.txt': no such file"],
    [['put', 'folder'], "cannot store 'folder': expected a file, found a directory"],
    [['put', '-'], 'what comes by the standard input has no name'],
    [['put', 'hello.txt', '/key'], "expected an object as 'bucket/key' or 'key', not '/key'"],
    [['get', 'bucket/'], "expected an object as 'bucket/key' or 'key', not 'bucket/'"],
    [['get', 'bucket/a/', '--force'], 'ends in no name for a file'],
    [['get', 'hello.txt', '-', '--range', 'all'], "--range expects '0-99', '100-' or '-100', not 'all'"],
    [['get', 'hello.txt', 'folder'], "cannot write 'folder': expected a file, found a directory"],
    [['put', 'hello.txt', '--storage', 'memory:'], 'a memory storage ends with its process'],
    [['put', 'hello.txt', '--storage', 'nowhere'], "a path is written 'file:nowhere'"],
    [['lst'], "unknown command 'lst'\n(Did you mean list?)"],
  ])('%j is refused with code 2', async (args, reason) => {
    const { cwd, skein } = store();
    mkdirSync(join(cwd, 'folder'));
    const { code, stdout, stderr } = await skein(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });

  test('an address’s password is in no message', async () => {
    const { skein } = store();
    const { stdout, stderr } = await skein('list', '--storage', 's9://me:HIDDEN@host/b?secret=HIDDEN');
    expect(stderr).toContain('s9://***@host/b');
    expect(stdout + stderr).not.toContain('HIDDEN');
  });
});

describe('head', () => {
  test('shows what is known, and nothing of what is not there', async () => {
    const { skein } = store();
    await skein('put', 'hello.txt', '--content-type', 'text/plain');
    const { code, stdout } = await skein('head', 'hello.txt');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^object +skein\/hello\.txt\nsize +6 B\nwritten +\d{4}-.*\netag +\S+\ntype +text\/plain\n$/,
    );
    expect(json(await skein('head', 'hello.txt', '--json'))).toMatchObject({ key: 'hello.txt', size: 6 });
    expect(await skein('head', 'other.txt')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'skein: no object "other.txt" in bucket "skein"\n',
    });
  });
});

describe('list', () => {
  test('lists a bucket, a prefix, a glob, or folds by a delimiter', async () => {
    const { skein } = store();
    for (const key of ['a.txt', 'logs/1.log', 'logs/2.txt'])
      await skein('put', 'hello.txt', `b/${key}`, '--create-bucket');
    const keys = async (...args: string[]): Promise<unknown> =>
      (json(await skein('list', ...args, '--json')) as { key?: string; prefix?: string }[]).map(
        ({ key, prefix }) => key ?? prefix,
      );
    expect(await keys('b')).toEqual(['a.txt', 'logs/1.log', 'logs/2.txt']);
    expect(await keys('b/logs/')).toEqual(['logs/1.log', 'logs/2.txt']);
    expect(await keys('b', '-p', 'a')).toEqual(['a.txt']);
    expect(await keys('b', '-m', '**/*.txt')).toEqual(['a.txt', 'logs/2.txt']);
    expect(await keys('b', '-d', '/')).toEqual(['a.txt', 'logs/']);
    expect(await keys('b', '-n', '2')).toEqual(['a.txt', 'logs/1.log']);
    expect((await skein('list', 'b')).stdout).toMatch(/^ +6 B {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}a\.txt$/m);
  });

  test('the bucket skein is empty until it is used; another has to be there', async () => {
    const { skein } = store();
    expect(json(await skein('list', '--json'))).toEqual([]);
    expect(await skein('list', 'none')).toMatchObject({ code: 1, stdout: '' });
  });

  test('a key cannot steer the terminal', async () => {
    const { pipe, skein } = store();
    await pipe('x', 'put', '-', 'a\u001b[31mb\nc');
    expect((await skein('list')).stdout).toMatch(/ {2}a\\x1b\[31mb\\nc\n$/);
  });

  test('a prefix said twice is refused', async () => {
    const { skein } = store();
    expect((await skein('list', 'b/logs', '-p', 'logs')).code).toBe(2);
  });
});

describe('delete', () => {
  test('deletes what is named, and tells of what is not there', async () => {
    const { skein } = store();
    await skein('put', 'hello.txt');
    expect(await skein('delete', 'hello.txt')).toMatchObject({
      code: 0,
      stdout: 'skein/hello.txt\n1 object deleted\n',
    });
    expect(await skein('delete', 'hello.txt')).toMatchObject({ code: 1, stdout: '' });
  });

  test('a prefix needs a yes where nobody can be asked', async () => {
    const { skein } = store();
    for (const key of ['p/1', 'p/2', 'q']) await skein('put', 'hello.txt', `b/${key}`, '--create-bucket');
    const { code, stderr } = await skein('delete', '-p', 'b/p/');
    expect(code).toBe(2);
    expect(stderr).toContain('would delete 2 objects, and nobody is here to be asked: say --yes');
    expect((await skein('delete', '-p', 'b/p/', '--dry-run')).stdout).toBe(
      'b/p/1\nb/p/2\n2 objects would be deleted\n',
    );
    expect(json(await skein('delete', '-p', 'b/p/', '--yes', '--json'))).toEqual({
      deleted: [
        { bucket: 'b', key: 'p/1' },
        { bucket: 'b', key: 'p/2' },
      ],
      dryRun: false,
    });
    expect(json(await skein('list', 'b', '--json'))).toMatchObject([{ key: 'q' }]);
  });

  test.skipIf(!hasTerminal)('at a terminal, a prefix is asked for, and Enter is no', async () => {
    const { cwd, env, skein } = store();
    await skein('put', 'hello.txt', 'b/p', '--create-bucket');
    const question = "Delete all that begins with 'b/': 1 object?";
    const remove = (keys: string): ReturnType<typeof atTerminal> =>
      atTerminal({ cwd, env }, ['storage', 'delete', '-p', 'b/'], [[question, keys]]);
    const { status, output } = await remove('\r');
    expect(status).toBe(1);
    expect(output).toContain('nothing was deleted');
    expect(await remove('y')).toMatchObject({ status: 0 });
    expect(json(await skein('list', 'b', '--json'))).toEqual([]);
  });

  test.each([[[]], [['a', '-p', 'b/']]])('%j is refused', async (args) => {
    expect((await store().skein('delete', ...args)).code).toBe(2);
  });
});
