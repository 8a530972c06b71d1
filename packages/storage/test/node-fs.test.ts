import { constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import * as disk from 'node:fs/promises';
import { constants as osConstants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode, encode } from '@skein/codec';
import { Storage, type StorageCapability, type StorageDriver, StorageError } from '@skein/storage';
import { memoryDriver } from '@skein/storage/memory';
import { type NodeFs, nodeFs } from '@skein/storage/node-fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'skein-node-fs-'));
afterAll(() => rmSync(root, { recursive: true }));

const storage = new Storage('memory:node-fs');
let fs: NodeFs;
beforeEach(async () => {
  await storage.createBucket('b');
  for await (const key of storage.listKeys('b')) await storage.deleteObject('b', key);
  fs = nodeFs(storage, { bucket: 'b' });
});

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const key of storage.listKeys('b')) found.push(key);
  return found;
}

/** A memory store whose driver lacks some capabilities. */
function without(...missing: StorageCapability[]): Storage {
  const driver = memoryDriver({ name: 'node-fs' });
  const capabilities = new Set([...driver.capabilities].filter((one) => !missing.includes(one)));
  return new Storage({ ...driver, kind: 'plain', capabilities });
}

describe('types', () => {
  test('a view is what libraries take for node:fs/promises', async () => {
    // The compiler is the test: everything that is implemented has Node's own type.
    const promises: Pick<
      typeof disk,
      'readFile' | 'writeFile' | 'readdir' | 'stat' | 'open' | 'mkdir' | 'rm'
    > = fs;
    const classic: { promises: Pick<typeof disk, 'readFile'> } = fs;
    await promises.writeFile('a', 'x');
    const text: string = await classic.promises.readFile('a', 'utf8');
    const bytes: Buffer = await promises.readFile('a');
    expect([text, bytes]).toEqual(['x', Buffer.from('x')]);
    expect(fs.promises).toBe(fs);
    expect(fs.constants.COPYFILE_EXCL).toBe(constants.COPYFILE_EXCL);
  });

  test('everything of node:fs/promises is there, or known not to be', () => {
    const later = ['glob', 'mkdtempDisposable'];
    const missing = Object.keys(disk).filter(
      (name) => name !== 'default' && !later.includes(name) && !(name in fs),
    );
    expect(missing).toEqual([]);
  });

  test('methods may be taken off it', async () => {
    const { writeFile, readFile } = fs;
    await writeFile('a', 'x');
    expect(await readFile('a', 'utf8')).toBe('x');
  });
});

describe('paths', () => {
  test('are normalised, relative to the root, and never leave the prefix', async () => {
    await storage.putObject('b', 'secret', 'outside');
    const view = nodeFs(storage, { bucket: 'b', prefix: 'in/side' });
    await view.writeFile('./x//../y', '1');
    await view.writeFile('/../../z', '2');
    expect(await keys()).toEqual(['in/side/y', 'in/side/z', 'secret']);
    await expect(view.readFile('../../secret')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await view.exists('../../secret')).toBe(false);
    expect(await view.readdir('..')).toEqual(['y', 'z']);
    expect(await view.realpath('./y')).toBe('/y');
  });

  test('may be Buffers and file URLs', async () => {
    await fs.mkdir(Buffer.from('dé'));
    await fs.writeFile(new URL('file:///d%C3%A9/a%20b'), 'x');
    expect(await keys()).toEqual(['dé/', 'dé/a b']);
    expect(await fs.readFile(pathToFileURL('/dé/a b'), 'utf8')).toBe('x');
    expect(await fs.readdir('/', 'buffer')).toEqual([Buffer.from('dé')]);
  });

  test('that are none are refused as Node refuses them', async () => {
    const code = 'ERR_INVALID_ARG_VALUE';
    await expect(fs.stat('a\0b')).rejects.toMatchObject({ name: 'TypeError', code });
    await expect(fs.stat(5 as unknown as string)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(fs.stat(new URL('https://x/a'))).rejects.toMatchObject({ code: 'ERR_INVALID_URL_SCHEME' });
    await expect(fs.stat(Buffer.from([0xff]))).rejects.toMatchObject({ code });
    await expect(fs.stat('')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fs.stat('x'.repeat(1025))).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
    await expect(fs.writeFile('\ud800', '')).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('a prefix, bucket or option that means nothing is refused at once', () => {
    const make = (options: object) => () => nodeFs(storage, { bucket: 'b', ...options });
    for (const prefix of ['/a', 'a//b', '../a', 'a/./b']) expect(make({ prefix })).toThrow(/prefix/);
    expect(make({ bucket: '' })).toThrow(/a bucket must be/);
    expect(make({ patienceMs: -1 })).toThrow(/patienceMs must be/);
    expect(make({ spoolBytes: Number.POSITIVE_INFINITY })).toThrow(/spoolBytes must be/);
    expect(make({ checkWrites: 1 })).toThrow(/checkWrites must be/);
    expect(() => nodeFs('memory:' as unknown as Storage, { bucket: 'b' })).toThrow(
      /storage must be a Storage/,
    );
  });
});

describe('errors', () => {
  test('have the code, errno, syscall, path and message of Node', async () => {
    const error = await fs.readFile('a').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      errno: -osConstants.errno.ENOENT,
      code: 'ENOENT',
      syscall: 'open',
      path: 'a',
    });
    expect((error as Error).message).toBe("ENOENT: no such file or directory, open 'a'");
    await fs.writeFile('f', '');
    await expect(fs.mkdir('f/a')).rejects.toThrow("ENOTDIR: not a directory, mkdir 'f/a'");
    await expect(fs.readdir('m')).rejects.toThrow("ENOENT: no such file or directory, scandir 'm'");
    await expect(fs.copyFile('m', 'n')).rejects.toThrow(
      "ENOENT: no such file or directory, copyfile 'm' -> 'n'",
    );
    await expect(fs.writeFile('f', '', { flag: 'wx' })).rejects.toThrow(
      "EEXIST: file already exists, open 'f'",
    );
    await fs.mkdir('d');
    await expect(fs.readFile('d')).rejects.toThrow('EISDIR: illegal operation on a directory, read');
    await expect(fs.rm('d')).rejects.toMatchObject({ code: 'ERR_FS_EISDIR', name: 'SystemError' });
  });

  test('of the storage come in Node’s words, with the original as the cause', async () => {
    const view = nodeFs(storage, { bucket: 'none' });
    const error = await view.writeFile('a', '').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ENOENT', cause: { code: 'no-such-bucket' } });
    expect((error as Error).message).toContain('there is no bucket "none"');
    await expect(view.readdir('/')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(view.stat('/')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a store that fails is EIO, and no answer to exists()', async () => {
    const driver = memoryDriver({ name: 'node-fs' });
    const broken = {
      ...driver,
      head: async () => {
        throw new StorageError('io', 'the line is cut');
      },
    };
    const view = nodeFs(new Storage(broken), { bucket: 'b' });
    await expect(view.stat('a')).rejects.toThrow("EIO: i/o error, stat 'a': the line is cut");
    await expect(view.exists('a')).rejects.toMatchObject({ code: 'EIO' });
  });

  test('what has no meaning in a bucket is refused with the reason', async () => {
    await fs.writeFile('a', '');
    await expect(fs.chmod('a', 0o600)).rejects.toThrow(
      "ENOTSUP: operation not supported, chmod 'a': objects have no permissions",
    );
    const refused = [
      fs.chown('a', 1, 1),
      fs.utimes('a', 1, 1),
      fs.lutimes('a', 1, 1),
      fs.lchown('a', 1, 1),
      fs.link('a', 'b'),
      fs.symlink('a', 'b'),
      fs.statfs('a'),
      fs.cp('a', 'b', { preserveTimestamps: true }),
      fs.copyFile('a', 'b', constants.COPYFILE_FICLONE_FORCE),
    ];
    for (const one of refused) await expect(one).rejects.toMatchObject({ code: 'ENOTSUP' });
    expect(() => fs.watch('a')).toThrow(/ENOTSUP.*tell nobody/);
    await expect(fs.readlink('a')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(fs.access('a', constants.X_OK)).rejects.toMatchObject({ code: 'EACCES' });
    expect(await keys()).toEqual(['a']);
  });

  test('arguments that are none are refused before anything is written', async () => {
    const code = 'ERR_INVALID_ARG_TYPE';
    await expect(fs.writeFile('a', {} as unknown as string)).rejects.toMatchObject({ code });
    await expect(fs.writeFile('a', [1] as unknown as string[])).rejects.toMatchObject({ code });
    await expect(fs.writeFile('a', 'x', { flag: 'q' })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
    });
    await expect(fs.readFile('a', 'utf9' as BufferEncoding)).rejects.toThrow(/encoding/);
    expect(() => fs.createReadStream('a', { start: 3, end: 1 })).toThrow(/out of range/);
    expect(await keys()).toEqual([]);
  });
});

describe('directories', () => {
  test('exist while a key begins with their name and a slash', async () => {
    await storage.putObject('b', 'ab', '');
    expect(await fs.exists('a')).toBe(false);
    await storage.putObject('b', 'a/b', 'x');
    expect(await fs.exists('a')).toBe(true);
    expect(await fs.exists('a/')).toBe(true);
    expect(await fs.exists('ab/')).toBe(false);
    expect((await fs.stat('a')).isDirectory()).toBe(true);
    await fs.unlink('a/b');
    expect(await fs.exists('a')).toBe(false);
  });

  test('made by mkdir stay when what was in them goes, and their marker is not seen', async () => {
    await fs.mkdir('d');
    expect(await keys()).toEqual(['d/']);
    await fs.writeFile('d/f', 'x');
    expect(await fs.readdir('d')).toEqual(['f']);
    await fs.unlink('d/f');
    expect(await fs.readdir('d')).toEqual([]);
    await fs.rmdir('d');
    expect(await keys()).toEqual([]);
  });

  test('are listed with their types, lazily too', async () => {
    for (const key of ['d/x', 'd/sub/y', 'd/sub/', 'd.txt']) await storage.putObject('b', key, 'x');
    const found = await fs.readdir('d', { withFileTypes: true });
    expect(found.map((one) => [one.name, one.parentPath, one.path, one.isFile(), one.isDirectory()])).toEqual(
      [
        ['sub', 'd', 'd', false, true],
        ['x', 'd', 'd', true, false],
      ],
    );
    expect((await fs.readdir('.', { recursive: true })).sort()).toEqual([
      'd',
      'd.txt',
      'd/sub',
      'd/sub/y',
      'd/x',
    ]);
    const dir = await fs.opendir('d');
    expect((await dir.read())?.name).toBe('sub');
    await dir.close();
    await expect(dir.read()).rejects.toMatchObject({ code: 'ERR_DIR_CLOSED' });
  });

  test('T3: beside an object of the same name are reached by their paths only', async () => {
    for (const key of ['a', 'a-b', 'a/b', 'a/b/c']) await storage.putObject('b', key, key);
    expect((await fs.stat('a')).isFile()).toBe(true);
    expect(await fs.readdir('/')).toEqual(['a', 'a-b']);
    expect(await fs.readdir('/', { recursive: true })).toEqual(['a', 'a-b']);
    expect(await fs.readFile('a/b/c', 'utf8')).toBe('a/b/c');
  });

  test('T4: keys that no path leads to are not shown, and go with their directory', async () => {
    for (const key of ['d//x', 'd/./y', 'd/../z', '/r', 'd/ok']) await storage.putObject('b', key, '');
    expect(await fs.readdir('/')).toEqual(['d']);
    expect(await fs.readdir('d')).toEqual(['ok']);
    expect(await fs.readdir('d', { recursive: true })).toEqual(['ok']);
    await fs.rm('d', { recursive: true });
    expect(await keys()).toEqual(['/r']);
  });

  test('mkdtemp makes one of its own each time', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => fs.mkdtemp('/t-')));
    expect(new Set(made).size).toBe(20);
    expect((await fs.readdir('/')).length).toBe(20);
    for (const one of made) expect(one).toMatch(/^\/t-[\w-]{6}$/);
  });

  test('the root is there and stays', async () => {
    expect(await fs.readdir('/')).toEqual([]);
    expect((await fs.stat('.')).isDirectory()).toBe(true);
    await expect(fs.rm('/', { recursive: true, force: true })).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(fs.rmdir('.')).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(fs.rename('/', 'a')).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(fs.writeFile('/', '')).rejects.toMatchObject({ code: 'EISDIR' });
  });

  test('without checkWrites a write is one request, and makes the directories that it names', async () => {
    const asked: string[] = [];
    const counted = new Storage(
      new Proxy(memoryDriver({ name: 'node-fs' }), {
        get(driver, name: keyof StorageDriver) {
          if (name === 'put' || name === 'head' || name === 'list') asked.push(name);
          return driver[name];
        },
      }),
    );
    asked.length = 0;
    await nodeFs(counted, { bucket: 'b', checkWrites: false }).writeFile('x/y/z', '1');
    expect(asked).toEqual(['put']);
    expect(await fs.readFile('x/y/z', 'utf8')).toBe('1');
    await expect(nodeFs(counted, { bucket: 'b' }).writeFile('q/z', '1')).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('stat', () => {
  test('tells size and time as numbers or bigints', async () => {
    const before = Date.now();
    await fs.writeFile('a', 'hello');
    const stats = await fs.stat('a');
    expect([stats.size, stats.isFile(), stats.isSymbolicLink(), stats.nlink]).toEqual([5, true, false, 1]);
    expect(stats.mtimeMs).toBe(stats.mtime.getTime());
    expect(stats.mtimeMs).toBeGreaterThanOrEqual(before);
    const big = await fs.lstat('a', { bigint: true });
    expect([big.size, big.mtimeNs]).toEqual([5n, BigInt(stats.mtimeMs) * 1_000_000n]);
  });
});

describe('content', () => {
  test('text of any encoding, views, iterables and streams are written', async () => {
    await fs.writeFile('a', 'aGk=', 'base64');
    expect(await fs.readFile('a', 'utf8')).toBe('hi');
    expect(await fs.readFile('a', { encoding: 'hex' })).toBe('6869');
    await fs.writeFile('a', new Uint16Array([0x6161]));
    expect(await fs.readFile('a', 'latin1')).toBe('aa');
    await fs.writeFile('a', ['x', Buffer.from('y'), new Uint8Array([0x7a])]);
    expect(await fs.readFile('a', 'utf8')).toBe('xyz');
    await fs.writeFile('copy', fs.createReadStream('a'));
    expect(await fs.readFile('copy', 'utf8')).toBe('xyz');
  });

  test('a signal ends reading and writing with an AbortError', async () => {
    await fs.writeFile('a', 'x');
    const signal = AbortSignal.abort('enough');
    const abort = { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' };
    await expect(fs.readFile('a', { signal })).rejects.toMatchObject(abort);
    await expect(fs.writeFile('a', 'y', { signal })).rejects.toMatchObject(abort);
    const later = new AbortController();
    async function* silent(): AsyncGenerator<string> {
      yield 'half';
      later.abort('enough');
      await new Promise(() => {});
    }
    await expect(fs.writeFile('a', silent(), { signal: later.signal })).rejects.toMatchObject(abort);
    const appended = new AbortController();
    const appending = fs.writeFile('a', forever(), { flag: 'a', signal: appended.signal });
    appended.abort('enough');
    await expect(appending).rejects.toMatchObject(abort);
    expect(await fs.readFile('a', 'utf8')).toBe('x');
  });

  test('the signal of the view ends all its waits', async () => {
    const view = nodeFs(storage, { bucket: 'b', signal: AbortSignal.abort() });
    await expect(view.stat('a')).rejects.toMatchObject({ name: 'AbortError' });
    await expect(view.readdir('/')).rejects.toMatchObject({ name: 'AbortError' });
    await expect(view.appendFile('a', 'x')).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('appending and truncating keep the content type and metadata', async () => {
    await storage.putObject('b', 'a', 'one,', { contentType: 'text/csv', metadata: { by: 'me' } });
    await fs.appendFile('a', 'two');
    await fs.truncate('a', 5);
    const { info, body } = await storage.getObject('b', 'a', { info: true });
    expect([String(body), info.contentType, info.metadata]).toEqual(['one,t', 'text/csv', { by: 'me' }]);
  });

  test('a store without if-match refuses what would lose writes, and does the rest', async () => {
    const view = nodeFs(without('if-match'), { bucket: 'b' });
    await view.writeFile('a', 'x');
    for (const one of [
      view.appendFile('a', 'y'),
      view.truncate('a', 0),
      view.open('a', 'r+'),
      view.open('a', 'a'),
    ]) {
      await expect(one).rejects.toThrow(/ENOTSUP: .*the plain driver has no if-match/);
    }
    const plain = nodeFs(without('if-match', 'if-none-match'), { bucket: 'b' });
    await expect(plain.writeFile('n', 'x', { flag: 'wx' })).rejects.toMatchObject({ code: 'ENOTSUP' });
    await plain.mkdir('d');
    await plain.rename('a', 'd/a');
    expect(await plain.readFile('d/a', 'utf8')).toBe('x');
  });
});

test('a view travels as the place of its bucket', async () => {
  const there = new Storage({ kind: 'fs', root });
  await there.createBucket('b');
  const view = nodeFs(there, { bucket: 'b', prefix: 'p', checkWrites: false });
  await view.writeFile('a', 'x');
  const received = decode<NodeFs>(encode(view).toBytes());
  expect(await received.readFile('a', 'utf8')).toBe('x');
  await received.writeFile('new/b', 'y');
  expect(await storageKeys(there)).toEqual(['p/a', 'p/new/b']);
  expect(readdirSync(root)).toEqual(['b']);
  expect(() => encode(fs, { reach: 'host' })).toThrow();
});

async function storageKeys(store: Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.listKeys('b')) found.push(key);
  return found;
}

async function* forever(): AsyncGenerator<string> {
  yield 'half';
  await new Promise(() => {});
}
