import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Storage, type StorageConfig, StorageError, UnsupportedCapabilityError } from '@skein/storage';
import { memoryDriver } from '@skein/storage/memory';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skein-storage-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

test.each([
  ['file:/data/x', '/data/x'],
  ['file:///data/a%20b', '/data/a b'],
  ['file:/data/a b%20', '/data/a b%20'],
  ['file:relative', join(process.cwd(), 'relative')],
  ['file:./relative', join(process.cwd(), 'relative')],
  [pathToFileURL('/data/a b'), '/data/a b'],
  [{ kind: 'fs', root: 'relative' }, join(process.cwd(), 'relative')],
] as [StorageConfig, string][])('%s is a directory', (config, expected) => {
  expect(new Storage(config).config).toEqual({ kind: 'fs', root: expected });
});

test.each([
  ['/data', /not "\/data".*|written 'file:\/data'/],
  ['', /must be an address/],
  ['file:', /a path after 'file:'/],
  [
    'ftp://ada:secret@host/x?key=secret',
    /known schemes are 'file:', 'memory:', .*not "ftp:\/\/\*\*\*@host\/x/,
  ],
  ['file://host/x', /a file URL of this host/],
  [7, /not 7/],
  [null, /not null/],
  [{}, /kind is one of 'fs', 'memory', .*not undefined/],
  [{ kind: 's4' }, /not "s4"/],
  [{ kind: 'fs' }, /root of .* the path of a directory, not undefined/],
  [{ kind: 'fs', root: 'a\0b' }, /root/],
  [{ kind: 'fs', root: '/x', durable: 'yes' }, /durable .* true or false, not "yes"/],
  [{ kind: 'fs', root: '/x', syncBytes: -1 }, /syncBytes .* not -1/],
  [{ kind: 'fs', root: '/x', roots: 1 }, /made of kind, root, durable, private, syncBytes, not "roots"/],
  [{ kind: 'memory', name: 1 }, /name .* not 1/],
  [{ kind: 'mine', put: () => {} }, /get of a storage driver must be a function, not undefined/],
] as [unknown, RegExp][])('%j is refused with what was expected', (config, message) => {
  const make = (): Storage => new Storage(config as StorageConfig);
  expect(make).toThrow(StorageError);
  expect(make).toThrow(message);
  expect(make).not.toThrow(/secret/);
});

test('without a configuration it is SKEIN_STORAGE, else a directory of the user alone', async () => {
  vi.stubEnv('SKEIN_STORAGE', `file:${root}/named`);
  expect(new Storage().config).toEqual({ kind: 'fs', root: `${root}/named` });
  vi.stubEnv('SKEIN_STORAGE', 'nonsense');
  expect(() => new Storage()).toThrow(/SKEIN_STORAGE must be an address/);
  vi.stubEnv('SKEIN_STORAGE', '');
  expect(new Storage().config).toMatchObject({ kind: 'fs', private: true });
});

test('making a storage touches nothing', () => {
  new Storage(`file:${root}/later`);
  expect(statSync(`${root}/later`, { throwIfNoEntry: false })).toBeUndefined();
});

test('a private root is made for this user alone, and refused where others can write or a link leads away', async () => {
  const own = join(root, 'own');
  await new Storage({ kind: 'fs', root: own, private: true }).createBucket('b');
  expect(statSync(own).mode & 0o777).toBe(0o700);
  const open = join(root, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  symlinkSync(own, join(root, 'link'));
  for (const refused of [open, join(root, 'link')]) {
    await expect(new Storage({ kind: 'fs', root: refused, private: true }).createBucket('b')).rejects.toThrow(
      /only this user can write to/,
    );
  }
});

test('a store that cannot be written is an error that names bucket and key', async () => {
  const storage = new Storage({ kind: 'fs', root: '/proc' });
  const error = await storage.createBucket('b').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'io', bucket: 'b' });
  expect((error as StorageError).retryable).toBe(true);
});

test('what a driver does not declare is refused before anything is done', async () => {
  const plain = new Storage({ ...memoryDriver({ name: 'plain' }), kind: 'plain', capabilities: new Set() });
  await plain.createBucket('b');
  const attempts: [string, Promise<unknown>][] = [
    ['if-none-match', plain.putObject('b', 'a', 'x', { ifNoneMatch: '*' })],
    ['if-match', plain.putObject('b', 'a', 'x', { ifMatch: 'e' })],
    ['metadata', plain.putObject('b', 'a', 'x', { metadata: { a: '1' } })],
    ['metadata', plain.putObject('b', 'a', 'x', { contentType: 'text/plain' })],
    ['ordered-list', (async () => void (await plain.listKeys('b', '', { startAfter: 'a' }).next()))()],
  ];
  for (const [capability, attempt] of attempts) {
    const error = await attempt.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnsupportedCapabilityError);
    expect(error).toMatchObject({
      code: 'unsupported',
      capability,
      message: `the plain storage driver lacks the capability "${capability}"`,
    });
  }
  await expect(plain.headObject('b', 'a')).rejects.toMatchObject({ code: 'no-such-key' });
  expect(await plain.supports('if-match')).toBe(false);
});
