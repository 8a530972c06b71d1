import { once } from 'node:events';
import { constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Storage } from '@skein/storage';
import { memoryDriver } from '@skein/storage/memory';
import { type NodeFs, nodeFs } from '@skein/storage/node-fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'skein-node-fs-'));
const storage = new Storage({ kind: 'fs', root });
afterAll(() => rmSync(root, { recursive: true }));

let fs: NodeFs;
beforeEach(async () => {
  await storage.createBucket('b');
  for await (const key of storage.listKeys('b')) await storage.deleteObject('b', key);
  fs = nodeFs(storage, { bucket: 'b', spoolBytes: 1000 });
});

const drafts = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('skein-draft-'));
const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe('open files', () => {
  test('O1: are published at close as one object, and seen by nobody before', async () => {
    const handle = await fs.open('a', 'w');
    await handle.write('hello');
    expect(await fs.exists('a')).toBe(false);
    await handle.close();
    expect(await fs.readFile('a', 'utf8')).toBe('hello');
    await handle.close();
    await expect(handle.write('more')).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('O1: one that is never closed, or left before its end, leaves nothing: no object, no file, no descriptor', async () => {
    const before = descriptors();
    const stream = fs.createWriteStream('a', { start: 5, flags: 'w' });
    stream.write(Buffer.alloc(5000));
    await once(stream, 'open');
    stream.destroy();
    await once(stream, 'close');
    const handle = await fs.open('b', 'w');
    await handle.write(Buffer.alloc(5000));
    expect(drafts()).toEqual([]);
    await handle.close();
    expect(await fs.readdir('/')).toEqual(['b']);
    expect(descriptors()).toBe(before);
  });

  test('sync publishes what was written so far', async () => {
    for (const flags of ['w', 'wx', 'a', 'r+']) {
      if (flags === 'r+') await fs.writeFile('r+', '..');
      const handle = await fs.open(flags, flags);
      await handle.write('one');
      await handle.sync();
      expect(await fs.readFile(flags, 'utf8')).toBe('one');
      await handle.write('two');
      await handle.datasync();
      await handle.close();
      expect(await fs.readFile(flags, 'utf8')).toBe('onetwo');
    }
  });

  test('O3: two that append lose nothing of each other, and see what they opened', async () => {
    await fs.writeFile('a', '0');
    const [one, two] = [await fs.open('a', 'a+'), await fs.open('a', 'a')];
    await one.write('1');
    await two.write('2');
    expect((await one.read(Buffer.alloc(9), 0, 9, 0)).bytesRead).toBe(2);
    // The position is where the last write ended, as on a disk.
    expect(await one.readFile('utf8')).toBe('');
    await two.close();
    await one.close();
    expect(await fs.readFile('a', 'utf8')).toBe('021');
  });

  test('O3: r+ does not overwrite what came since it was opened', async () => {
    await fs.writeFile('a', 'aaaa');
    const handle = await fs.open('a', 'r+');
    await handle.write('b', 1);
    await fs.writeFile('a', 'new');
    await expect(handle.close()).rejects.toThrow(/EBUSY: .*close 'a': it was written by another program/);
    expect(await fs.readFile('a', 'utf8')).toBe('new');
  });

  test('O3: of two that open with wx one creates', async () => {
    const [one, two] = [await fs.open('a', 'wx'), await fs.open('a', 'wx')];
    await one.write('1');
    await one.close();
    await expect(two.close()).rejects.toMatchObject({ code: 'EEXIST', syscall: 'close' });
    expect(await fs.readFile('a', 'utf8')).toBe('1');
  });

  test('what was opened to read is one version: another is ESTALE, never a mix', async () => {
    await fs.writeFile('a', Buffer.alloc(3_000_000, 'a'));
    const handle = await fs.open('a');
    expect((await handle.read(Buffer.alloc(4), 0, 4)).buffer.toString()).toBe('aaaa');
    await fs.writeFile('a', Buffer.alloc(3_000_000, 'b'));
    expect((await handle.read(Buffer.alloc(4), 0, 4)).buffer.toString()).toBe('aaaa');
    await expect(handle.read(Buffer.alloc(4), 0, 4, 2_500_000)).rejects.toThrow(/ESTALE: .*was replaced/);
    await fs.unlink('a');
    await expect(handle.readFile()).rejects.toThrow(/ESTALE: .*was removed/);
    await handle.close();
  });

  test('small reads in a row are few requests', async () => {
    const driver = memoryDriver({ name: 'reads' });
    let gets = 0;
    const get: typeof driver.get = (...args) => {
      gets++;
      return driver.get(...args);
    };
    const store = new Storage({ ...driver, get });
    await store.createBucket('b');
    await store.putObject('b', 'a', Buffer.alloc(2_500_000, 'x'));
    const handle = await nodeFs(store, { bucket: 'b' }).open('a');
    let total = 0;
    for (let bytes = -1; bytes !== 0; total += bytes)
      bytes = (await handle.read({ buffer: Buffer.alloc(10_000) })).bytesRead;
    expect([total, gets]).toEqual([2_500_000, 3]);
    await handle.close();
  });

  test('vectors, lines, numeric flags, positions and slices work as Node’s', async () => {
    const handle = await fs.open('a', constants.O_RDWR | constants.O_CREAT);
    await handle.writev([Buffer.from('one\n'), Buffer.from('two\r\nthree')]);
    const parts = [Buffer.alloc(3), Buffer.alloc(20)] as const;
    expect((await handle.readv(parts, 0)).bytesRead).toBe(14);
    expect(parts[0].toString()).toBe('one');
    await handle.write(Buffer.from('xONEx'), 1, 3, 0);
    await handle.write(Buffer.from('-TWO'), { offset: 1, length: 3, position: 4 } as never);
    expect(await handle.appendFile('!')).toBeUndefined();
    await handle.close();
    const reader = await fs.open('a');
    const closed = once(reader as unknown as NodeJS.EventEmitter, 'close');
    const lines: string[] = [];
    for await (const line of reader.readLines()) lines.push(line);
    expect(lines).toEqual(['ONE', 'TWO', 'three!']);
    await closed;
    await expect(reader.read()).rejects.toMatchObject({ code: 'EBADF' });
    const again = await fs.open('a');
    await expect(again.read(Buffer.alloc(2), 1, 5)).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    expect(() => again.fd).toThrow(/ENOTSUP/);
    await expect(again.chmod(0o600)).rejects.toMatchObject({ code: 'ENOTSUP' });
    await again.close();
    expect(again.fd).toBe(-1);
  });

  test('operations that are not awaited run in the order of their calls', async () => {
    const handle = await fs.open('a', 'w');
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => handle.write(`${i} `)).concat(handle.close() as never),
    );
    expect(await fs.readFile('a', 'utf8')).toBe(Array.from({ length: 50 }, (_, i) => `${i} `).join(''));
  });

  test('a directory can be opened, looked at and synced, not read', async () => {
    await fs.mkdir('d');
    await using handle = await fs.open('d');
    expect((await handle.stat()).isDirectory()).toBe(true);
    await handle.sync();
    await expect(handle.readFile()).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('streams', () => {
  test('of paths: bytes go through as they come, 100 MB in a few of memory', async () => {
    const block = Buffer.alloc(1_000_000, 'x');
    let made = 0;
    const source = Readable.from(
      (function* () {
        for (; made < 100; made++) yield block;
      })(),
      { objectMode: false },
    );
    const before = process.memoryUsage.rss();
    const writing = fs.createWriteStream('big');
    await pipeline(source, writing);
    expect([writing.bytesWritten, (await fs.stat('big')).size]).toEqual([100_000_000, 100_000_000]);
    const reading = fs.createReadStream('big');
    let size = 0;
    for await (const chunk of reading) {
      expect(chunk.length).toBeLessThanOrEqual(65_536);
      size += chunk.length;
    }
    expect([size, reading.bytesRead]).toEqual([100_000_000, 100_000_000]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(80_000_000);
  });

  test('ranges are inclusive, and one past the end is empty', async () => {
    await fs.writeFile('a', '0123456789');
    const text = async (options: object): Promise<string> =>
      (await fs.createReadStream('a', { encoding: 'utf8', ...options }).toArray()).join('');
    expect(await text({ start: 2, end: 4 })).toBe('234');
    expect(await text({ start: 7 })).toBe('789');
    expect(await text({ start: 20 })).toBe('');
    expect(await text({ end: 0, highWaterMark: 1 })).toBe('0');
    await fs.writeFile('a', '');
    expect(await text({ start: 0, end: 5 })).toBe('');
    const handle = await fs.open('a', 'w+');
    await handle.write('from a draft');
    expect((await handle.createReadStream({ start: 5, encoding: 'utf8' }).toArray()).join('')).toBe(
      'a draft',
    );
    expect(await fs.readFile('a', 'utf8')).toBe('from a draft');
  });

  test('say what is wrong when they open, as an error event', async () => {
    await fs.mkdir('d');
    const failure = async (stream: NodeJS.EventEmitter): Promise<unknown> => (await once(stream, 'error'))[0];
    expect(await failure(fs.createReadStream('none'))).toMatchObject({
      code: 'ENOENT',
      syscall: 'open',
      path: 'none',
    });
    expect(await failure(fs.createReadStream('d'))).toMatchObject({ code: 'EISDIR' });
    expect(await failure(fs.createWriteStream('d'))).toMatchObject({ code: 'EISDIR' });
    expect(await failure(fs.createWriteStream('none/a'))).toMatchObject({ code: 'ENOENT' });
    await fs.writeFile('f', 'kept');
    expect(await failure(fs.createWriteStream('f', { flags: 'wx' }))).toMatchObject({ code: 'EEXIST' });
    expect(() => fs.createReadStream('a', { fs: { read: () => {} } })).toThrow(/ENOTSUP/);
  });

  test('that are destroyed or whose source fails publish nothing and hold nothing', async () => {
    const before = descriptors();
    const broken = Readable.from(
      (async function* () {
        yield 'half';
        throw new Error('broke');
      })(),
    );
    await expect(pipeline(broken, fs.createWriteStream('a'))).rejects.toThrow('broke');
    const left = fs.createWriteStream('b');
    left.write('half');
    await once(left, 'open');
    left.destroy();
    await once(left, 'close');
    await fs.writeFile('c', Buffer.alloc(1_000_000));
    const reading = fs.createReadStream('c');
    await once(reading, 'readable');
    reading.destroy();
    await once(reading, 'close');
    const untouched = fs.createReadStream('c');
    await once(untouched, 'open');
    untouched.destroy();
    await once(untouched, 'close');
    const unopened = fs.createReadStream('c');
    unopened.destroy();
    await once(unopened, 'close');
    expect(await fs.readdir('/')).toEqual(['c']);
    expect(descriptors()).toBe(before);
  });

  test('append, begin within a file, and write through a handle', async () => {
    await fs.writeFile('a', '0123456789');
    await pipeline(['ab'], fs.createWriteStream('a', { flags: 'a' }));
    await pipeline(['--'], fs.createWriteStream('a', { flags: 'r+', start: 3 }));
    const handle = await fs.open('a', 'r+');
    await pipeline(['+'], handle.createWriteStream({ start: 0 }));
    expect(await fs.readFile('a', 'utf8')).toBe('+12--56789ab');
    const aborted = new AbortController();
    const stream = fs.createWriteStream('a', { signal: aborted.signal });
    stream.write('half');
    aborted.abort();
    expect((await once(stream, 'error'))[0]).toMatchObject({ name: 'AbortError' });
    expect(await fs.readFile('a', 'utf8')).toBe('+12--56789ab');
  });

  test('finish comes when the object is there', async () => {
    const stream = fs.createWriteStream('a');
    stream.end('x');
    await once(stream, 'finish');
    expect(await fs.readFile('a', 'utf8')).toBe('x');
    const closing = fs.createWriteStream('b');
    closing.write('y');
    await new Promise((resolve) => closing.close(resolve));
    expect(await fs.readFile('b', 'utf8')).toBe('y');
  });
});

test('a store that stops answering does not hold a stream that is destroyed', async () => {
  const driver = memoryDriver({ name: 'silent' });
  const silent = new Storage({
    ...driver,
    get: (_bucket, _key, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    put: (_bucket, _key, _body, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  });
  await silent.createBucket('b');
  const view = nodeFs(silent, { bucket: 'b' });
  const reading = view.createReadStream('a');
  setImmediate(() => reading.destroy());
  await once(reading, 'close');
  const writing = view.createWriteStream('a');
  await once(writing, 'open');
  writing.write('x');
  writing.destroy();
  await once(writing, 'close');
  const ended = new AbortController();
  const ending = view.createWriteStream('a', { signal: ended.signal });
  ending.end('x');
  await once(ending, 'open');
  ended.abort();
  expect((await once(ending, 'error'))[0]).toMatchObject({ name: 'AbortError' });
});
