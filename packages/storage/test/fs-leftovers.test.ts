import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lutimesSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashName, ownName } from '../src/fs/owner.ts';

let root: string;
let storage: Storage;
let system: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'skein-storage-'));
  storage = new Storage({ kind: 'fs', root });
  await storage.createBucket('b');
  await storage.putObject('b', 'a', 'kept');
  system = join(root, 'b', '.skein');
});
afterEach(() => rmSync(root, { recursive: true }));

const [thread, start, scope] = ownName().split('.');
/** A process that has ended: its number may be used again, but not with this start. */
const ended = `${execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim()}.1.${scope}`;
const stranger = `${thread}.${start}.another-machine`;
const HOUR = 3600;

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const key of storage.listKeys('b')) found.push(key);
  return found;
}

describe('drafts', () => {
  test('of a killed writer go with the next writer; those of a living one, or of one who cannot be asked, stay', async () => {
    const old = Date.now() / 1000 - 25 * HOUR;
    const drafts = {
      dead: `${ended}~x`,
      living: `${ownName()}~x`,
      strange: `${stranger}~x`,
      oldStrange: `${stranger}~y`,
      oldLiving: `${ownName()}~y`,
    };
    for (const name of Object.values(drafts)) writeFileSync(join(system, 'drafts', name), 'half');
    for (const name of [drafts.oldStrange, drafts.oldLiving])
      utimesSync(join(system, 'drafts', name), old, old);
    expect(await keys()).toEqual(['a']);
    await new Storage({ kind: 'fs', root }).putObject('b', 'c', 'x');
    expect(readdirSync(join(system, 'drafts')).sort()).toEqual(
      [drafts.living, drafts.oldLiving, drafts.strange].sort(),
    );
    expect(await keys()).toEqual(['a', 'c']);
  });

  test('are gone after writes that failed, and so is what was written beside them', async () => {
    const metadata = { a: '1' };
    await expect(storage.putObject('b', 'a', 'x', { ifNoneMatch: '*', metadata })).rejects.toThrow();
    await expect(
      storage.putObject('b', 'a', Buffer.alloc(500_000), { ifMatch: 'x', metadata }),
    ).rejects.toThrow();
    const broken = (async function* () {
      yield 'half';
      throw new Error('broke');
    })();
    await expect(storage.putObject('b', 'n', broken, { metadata })).rejects.toThrow('broke');
    for (const directory of ['drafts', 'locks', 'details'])
      expect(readdirSync(join(system, directory))).toEqual([]);
  });

  test('metadata goes with the version that it belongs to', async () => {
    for (let i = 0; i < 3; i++) await storage.putObject('b', 'a', `${i}`, { metadata: { i: `${i}` } });
    expect(readdirSync(join(system, 'details'))).toHaveLength(1);
    await storage.deleteObject('b', 'a');
    expect(readdirSync(join(system, 'details'))).toEqual([]);
  });
});

describe('locks', () => {
  const lock = (): string => join(system, 'locks', hashName('a'));

  test('of one who is gone stop nobody, nor does that of one who was removing it', async () => {
    symlinkSync(ended, lock());
    symlinkSync(ended, `${lock()}~`);
    await storage.putObject('b', 'a', 'new');
    expect(String(await storage.getObject('b', 'a'))).toBe('new');
    expect(readdirSync(join(system, 'locks'))).toEqual([]);
  });

  test('of another machine count for a minute', async () => {
    symlinkSync(stranger, lock());
    await expect(storage.putObject('b', 'a', 'new', { timeoutMs: 50 })).rejects.toThrow();
    const before = Date.now() / 1000 - 61;
    lutimesSync(lock(), before, before);
    await storage.putObject('b', 'a', 'new');
    expect(existsSync(lock())).toBe(false);
  });

  test('of a living one are waited for, until it lets go or the signal fires', async () => {
    symlinkSync(ownName(), lock());
    await expect(storage.putObject('b', 'a', 'new', { signal: AbortSignal.timeout(30) })).rejects.toThrow();
    await expect(storage.deleteObject('b', 'a', { timeoutMs: 30 })).rejects.toThrow();
    const writing = storage.putObject('b', 'a', 'new');
    rmSync(lock());
    await writing;
    expect(String(await storage.getObject('b', 'a'))).toBe('new');
    expect(readdirSync(join(system, 'drafts'))).toEqual([]);
  });

  test('are not asked for by a writer that creates', async () => {
    symlinkSync(ownName(), join(system, 'locks', hashName('new')));
    await storage.putObject('b', 'new', 'x', { timeoutMs: 1000 });
    await storage.putObject('b', 'new2', 'x', { ifNoneMatch: '*' });
    expect(await keys()).toEqual(['a', 'new', 'new2']);
  });
});

test('a deleted object takes its empty directories along, and a bucket leaves nothing', async () => {
  await storage.putObject('b', 'x/y/z.txt', '1');
  await storage.deleteObject('b', 'x/y/z.txt');
  expect(existsSync(join(root, 'b', 'x'))).toBe(false);
  await storage.deleteObject('b', 'a');
  await storage.deleteBucket('b');
  expect(readdirSync(root)).toEqual([]);
});

test('streams that were read, left, destroyed or never touched hold no file open', async () => {
  await storage.putObject('b', 'big', Buffer.alloc(3_000_000));
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  await (await storage.getObject('b', 'big', { stream: true })).toArray();
  for await (const _ of await storage.getObject('b', 'big', { stream: true })) break;
  const untouched = await storage.getObject('b', 'big', { stream: true });
  await new Promise((resolve) => untouched.destroy().once('close', resolve));
  await expect(storage.getObject('b', 'big', { range: { start: 9e6 }, stream: true })).rejects.toThrow();
  const aborted = new AbortController();
  const stream = await storage.getObject('b', 'big', { stream: true, signal: aborted.signal });
  stream.on('error', () => {});
  aborted.abort();
  await new Promise((resolve) => stream.once('close', resolve));
  expect(open()).toBe(before);
});
