import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { discover, objects, type PartitionError, partition, type StoredObject } from '../src/index.ts';
import { all, failureOf } from './support/all.ts';
import { endlessStorage } from './support/endless-storage.ts';
import { folder, write } from './support/folder.ts';

const root = folder();
const path = (name: string): string => join(root, name);
for (const name of ['a.csv', 'b.txt', 'sub/c.csv', 'sub/deep/d.csv', '.hidden', 'odd[1].csv'])
  write(path(name), name);

const storage = new Storage('memory:discovery');
await storage.createBucket('data');
for (const key of ['top.csv', 'logs/1.log', 'logs/2.log', 'logs/old/3.log', 'logs/', 'x[1].csv', 'empty'])
  await storage.putObject('data', key, key.endsWith('/') || key === 'empty' ? '' : `${key}\n`);

const names = async (inputs: Parameters<typeof discover>[0]): Promise<string[]> =>
  (await all(discover(inputs, { storage }))).map((one) =>
    one.kind === 'object'
      ? `${one.bucket}/${one.key}`
      : one.kind === 'file'
        ? one.path.replace(root, '')
        : one.url,
  );

describe('in buckets', () => {
  test.each([
    [
      'data',
      [
        'data/empty',
        'data/logs/1.log',
        'data/logs/2.log',
        'data/logs/old/3.log',
        'data/top.csv',
        'data/x[1].csv',
      ],
    ],
    ['data/logs/', ['data/logs/1.log', 'data/logs/2.log', 'data/logs/old/3.log']],
    ['s3://data/logs/', ['data/logs/1.log', 'data/logs/2.log', 'data/logs/old/3.log']],
    ['data/logs', ['data/logs/1.log', 'data/logs/2.log', 'data/logs/old/3.log']],
    ['data/logs/*.log', ['data/logs/1.log', 'data/logs/2.log']],
    ['data/**/*.log', ['data/logs/1.log', 'data/logs/2.log', 'data/logs/old/3.log']],
    ['data/top.csv', ['data/top.csv']],
  ])('%s', async (input, expected) => expect(await names(input)).toEqual(expected));

  test('{ bucket, key } is no pattern', async () =>
    expect(await names({ bucket: 'data', key: 'x[1].csv' })).toEqual(['data/x[1].csv']));

  test('an object has its size and version', async () => {
    const { etag } = await storage.headObject('data', 'top.csv');
    expect(await all(discover('data/top.csv', { storage }))).toEqual([
      { kind: 'object', bucket: 'data', key: 'top.csv', size: 8, etag },
    ]);
  });
});

describe('on this machine', () => {
  test('a file, a folder without what is hidden, a pattern, and a name that looks like one', async () => {
    expect(await names(path('a.csv'))).toEqual(['/a.csv']);
    expect(await names(root)).toEqual(['/a.csv', '/b.txt', '/odd[1].csv', '/sub/c.csv', '/sub/deep/d.csv']);
    expect(await names(path('**/*.csv'))).toEqual(['/a.csv', '/odd[1].csv', '/sub/c.csv', '/sub/deep/d.csv']);
    expect(await names(path('odd[1].csv'))).toEqual(['/odd[1].csv']);
    expect(await names(`file://${path('b.txt')}`)).toEqual(['/b.txt']);
    expect(await names(path('.hidden'))).toEqual(['/.hidden']);
  });

  test('a link to a folder above leads nowhere, one to a file does', async () => {
    const linked = folder();
    write(join(linked, 'x.txt'), 'x');
    symlinkSync(linked, join(linked, 'circle'));
    symlinkSync(join(linked, 'x.txt'), join(linked, 'y.txt'));
    symlinkSync(join(linked, 'none.txt'), join(linked, 'z.txt'));
    for (const input of [linked, `${linked}/*`, `${linked}/**/*.txt`])
      expect((await names(input)).map((name) => name.replace(linked, ''))).toEqual(['/x.txt', '/y.txt']);
  });
});

describe('a folder that cannot be read', () => {
  test('is an error, whether it is named, lies below one, or may have what matches a pattern', async () => {
    const parent = folder();
    write(join(parent, 'open/a.txt'), 'a');
    write(join(parent, 'shut/b.txt'), 'b');
    chmodSync(parent, 0o755);
    chmodSync(join(parent, 'shut'), 0);
    // Root reads everything.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    onTestFinished(() => {
      if (isRoot) process.seteuid?.(0);
      chmodSync(join(parent, 'shut'), 0o755);
    });
    for (const input of ['', '/shut', '/*/*.txt', '/**/*.txt', '/shut/*'])
      expect(await failureOf(() => names(parent + input))).toMatchObject({
        code: 'unreadable',
        message: expect.stringMatching(/\/shut.* cannot be read: EACCES/),
      });
    expect(await names(join(parent, 'op*/*'))).toEqual([join(parent, 'open/a.txt')]);
  });
});

test('inputs of mixed kinds come in the order in which they were given', async () => {
  const inputs = [path('b.txt'), 'data/logs/*.log', { bucket: 'data', key: 'empty' }, path('sub')];
  const expected = [
    '/b.txt',
    'data/logs/1.log',
    'data/logs/2.log',
    'data/empty',
    '/sub/c.csv',
    '/sub/deep/d.csv',
  ];
  expect(await names(inputs)).toEqual(expected);
  async function* later(): AsyncGenerator<(typeof inputs)[number]> {
    yield* inputs;
  }
  expect(await names(later())).toEqual(expected);
  expect(await names(discover(inputs, { storage }))).toEqual(expected);
  expect(await names([])).toEqual([]);
});

describe('without the option storage', () => {
  test('buckets are those of the configured one', async () => {
    vi.stubEnv('SKEIN_STORAGE', 'memory:discovery');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await all(discover('data/top.csv'))).toMatchObject([{ bucket: 'data', key: 'top.csv', size: 8 }]);
  });

  test('an object that names its store is read from there', async () => {
    const [top] = await all(discover('data/top.csv', { storage }));
    const object = { ...(top as StoredObject), store: storage.config! };
    const [part] = await all(partition(object, { storage: 'memory:another' }));
    expect(await part!.text()).toBe('top.csv\n');
  });
});

describe('what names nothing is an error that names it', () => {
  test.each([
    ['data/nothing.csv', /'data\/nothing.csv' matches nothing: bucket 'data' has no such objects$/],
    ['data/none/', /'data\/none\/' matches nothing/],
    ['data/*.parquet', /'data\/\*.parquet' matches nothing/],
    ['nobucket/x', /'nobucket\/x' matches nothing: no bucket "nobucket"/],
    ['package.json', /'package.json' matches nothing.*the file of this machine is '.\/package.json'$/],
    [path('none.csv'), /there is no file or folder/],
    [path('*.parquet'), /there are no such files/],
  ])('%s', async (input, message) => {
    expect(await failureOf(() => all(discover(['data/top.csv', input], { storage })))).toMatchObject({
      name: 'PartitionError',
      code: 'no-match',
      message: expect.stringMatching(message),
      object: input,
    });
  });
});

describe('what is no input is refused at once', () => {
  test.each([
    ['', /must be an address, a path, 'bucket\/key'/],
    [7, /not 7$/],
    [null, /not null$/],
    [{ bucket: 'b' }, /not an object$/],
    ['redis://user:secret@host/0?token=x', /begins with one of https:.*not "redis:\/\/\*\*\*@host\/0\?…"/],
    ['s3://me:secret@b/key', /without user and password.* not "s3:\/\/\*\*\*@b\/key"/],
    ['b*/key', /without wildcards, not "b\*"/],
    ['s3:bucket/key', /must be s3:\/\/bucket\/key/],
  ])('%j', async (input, message) => {
    const failure = (await failureOf(() => discover([input] as never))) as PartitionError;
    expect(failure).toMatchObject({ code: 'bad-argument', message: expect.stringMatching(message) });
    expect(failure.message).not.toContain('secret');
  });
});

describe('a long listing', () => {
  test('of a million keys gives its first partitions while it goes on, and ends with who reads it', async () => {
    const { storage: large, listed } = endlessStorage({ pages: 1000, perPage: 1000 });
    const seen: string[] = [];
    for await (const partition of objects('bucket', { storage: large })) {
      if (seen.length === 0) expect(listed.pages).toBe(1);
      seen.push(partition.key!);
      if (seen.length === 2500) break;
    }
    expect(seen).toEqual(Array.from({ length: 2500 }, (_, i) => `${i}.txt`));
    expect(listed.pages).toBeLessThanOrEqual(4);
    expect(listed.ended).toBe(true);
  });

  test('gives each key once, in order', async () => {
    const { storage: large } = endlessStorage({ pages: 20, perPage: 1000 });
    const keys = (await all(objects('bucket', { storage: large }))).map(({ key }) => key);
    expect(keys).toEqual(Array.from({ length: 20_000 }, (_, i) => `${i}.txt`));
  });

  test('of which few match gives each when it is found', async () => {
    const { storage: endless, listed } = endlessStorage({ pages: Number.POSITIVE_INFINITY, perPage: 1000 });
    for await (const object of discover('bucket/7.txt*', { storage: endless })) {
      expect(object).toMatchObject({ key: '7.txt' });
      break;
    }
    expect(listed.pages).toBeLessThan(10);
  });

  test('is left by a signal', async () => {
    const { storage: endless } = endlessStorage({ pages: Number.POSITIVE_INFINITY, perPage: 1000 });
    const stop = new AbortController();
    const reading = failureOf(async () => {
      for await (const _object of discover('bucket', { storage: endless, signal: stop.signal }))
        stop.abort(new Error('enough'));
    });
    expect(await reading).toMatchObject({ message: 'enough' });
  });
});

test('objects that are named one by one are looked at together, and no more than a few', async () => {
  const { storage: slow, heads } = endlessStorage({ pages: 0, perPage: 0 });
  const keys = Array.from({ length: 100 }, (_, i) => `bucket/${i}.txt`);
  const found = await all(discover(keys, { storage: slow }));
  expect(found.map((one) => one.kind === 'object' && one.key)).toEqual(keys.map((key) => key.slice(7)));
  expect(heads.most).toBeGreaterThan(8);
  expect(heads.most).toBeLessThanOrEqual(32);
});
