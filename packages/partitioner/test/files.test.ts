/** Files of this machine: opened while they are read, and read so that others go on. */
import { readdirSync, readlinkSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FileSource, versionOf } from '../src/source/file-source.ts';
import { all, failureOf } from './support/all.ts';
import { folder, write } from './support/folder.ts';

const root = folder();

function source(name: string, bytes: Uint8Array | string): FileSource {
  const path = write(join(root, name), bytes);
  const stats = statSync(path, { bigint: true });
  return new FileSource({ kind: 'file', path, size: Number(stats.size), etag: versionOf(stats) });
}

/** How often it is open in this process. */
function opened(name: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === join(root, name);
    } catch {
      return false; // the one by which the folder was read
    }
  }).length;
}

test('others have their turn while a file is read that is in memory', async () => {
  const large = source('large', Buffer.alloc(64 * 2 ** 20, 'x'));
  let turns = 0;
  const other = setInterval(() => turns++, 1);
  for await (const _piece of large.stream(0));
  clearInterval(other);
  expect(turns).toBeGreaterThan(0);

  const abort = new AbortController();
  const read = failureOf(async () => {
    for (;;) await large.read(0, large.size, abort.signal);
  });
  await delay(1);
  abort.abort(new Error('enough'));
  expect(await read).toMatchObject({ message: 'enough' });
});

test.runIf(process.platform === 'linux')('is closed when nobody reads, however reading ended', async () => {
  const some = source('some', 'some text');
  const pieces = await Promise.all([some.read(0, 4), some.read(5, 9)]);
  expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual(['some', 'text']);
  for await (const _piece of some.stream(0)) break;
  expect(opened('some')).toBe(1);
  await expect.poll(() => opened('some')).toBe(0);
  await failureOf(() => some.read(0, 9, AbortSignal.abort()));
  await expect.poll(() => opened('some')).toBe(0);
});

test('another that takes its place between two reads is not read for it', async () => {
  const old = source('old', 'the old text');
  await old.read(0, 3);
  renameSync(write(join(root, 'new'), 'the new text'), join(root, 'old'));
  expect(await failureOf(() => old.read(4, 7))).toMatchObject({ code: 'changed' });
});

test('one that is gone is said to be, also where there was nothing to read', async () => {
  const empty = source('empty', '');
  expect(await all(empty.stream(0))).toEqual([]);
  rmSync(join(root, 'empty'));
  expect(await failureOf(() => all(empty.stream(0)))).toMatchObject({ code: 'gone' });
});
