import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';

let directory: string;
const storage = new Storage('memory:files');
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'skein-storage-'));
  await storage.createBucket('b');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a file goes up under its own name or another, and comes down whole', async () => {
  const bytes = Buffer.alloc(1_000_000, 'ab');
  writeFileSync(join(directory, 'up.bin'), bytes);
  await storage.uploadFile(join(directory, 'up.bin'), 'b');
  await storage.uploadFile(join(directory, 'up.bin'), 'b', 'other/name', { contentType: 'x/y' });
  const info = await storage.downloadFile('b', 'other/name', join(directory, 'down.bin'));
  expect([info.size, info.contentType]).toEqual([1_000_000, 'x/y']);
  expect(bytes.equals(readFileSync(join(directory, 'down.bin')))).toBe(true);
  await storage.downloadFile('b', 'up.bin', join(directory, 'part.bin'), { range: { start: 1, end: 3 } });
  expect(readFileSync(join(directory, 'part.bin'), 'utf8')).toBe('bab');
});

test('a file that is not there, and an object that is not there, leave nothing behind', async () => {
  await expect(storage.uploadFile(join(directory, 'nope'), 'b', 'nope')).rejects.toThrow(/ENOENT/);
  await expect(storage.headObject('b', 'nope')).rejects.toMatchObject({ code: 'no-such-key' });
  await expect(storage.downloadFile('b', 'nope', join(directory, 'nope'))).rejects.toMatchObject({
    code: 'no-such-key',
  });
  await storage.putObject('b', 'x', 'x');
  await expect(storage.downloadFile('b', 'x', join(directory, 'missing', 'x'))).rejects.toThrow(/ENOENT/);
  expect(readdirSync(directory)).toEqual([]);
});

test('a key decides no file name but a plain one', async () => {
  for (const key of ['a/..', '..', 'a/']) {
    await storage.putObject('b', key, 'x');
    await expect(storage.downloadFile('b', key)).rejects.toThrow(/path must be given/);
  }
});
