import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bucketPaths } from '../src/fs/layout.ts';
import { walk } from '../src/fs/walk.ts';

const root = mkdtempSync(join(tmpdir(), 'skein-storage-'));
const storage = new Storage({ kind: 'fs', root });
const MANY = 100_000;
const name = (i: number): string => `k${String(i).padStart(6, '0')}.txt`;

beforeAll(async () => {
  await storage.createBucket('many');
  for (let i = 0; i < MANY; i++) writeFileSync(join(root, 'many', name(i)), '');
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }), 120_000);

test('100,000 keys of one directory come in order, and from any place on', async () => {
  let i = 0;
  for await (const key of storage.listKeys('many')) {
    if (key !== name(i)) expect(key).toBe(name(i));
    i++;
  }
  expect(i).toBe(MANY);
  const rest: string[] = [];
  for await (const key of storage.listKeys('many', '', { startAfter: name(MANY - 3) })) rest.push(key);
  expect(rest).toEqual([name(MANY - 2), name(MANY - 1)]);
});

test('a directory larger than the window is read window by window, none twice', async () => {
  let i = 0;
  for await (const page of walk(bucketPaths(root, 'many'), { prefix: 'k00' }, 3000)) {
    expect(page.length).toBeLessThanOrEqual(1000);
    for (const entry of page) {
      if (entry.kind !== 'object' || entry.key !== name(i)) expect(entry).toMatchObject({ key: name(i) });
      i++;
    }
  }
  expect(i).toBe(10_000);
});

test('files that were put there by hand are objects where a key can name them, and are not listed where none can', async () => {
  mkdirSync(join(root, 'hand', 'trips', 'v1.2'), { recursive: true });
  for (const path of ['trips/2024.csv', 'trips/v1.2/x.csv', 'README', 'bad%zz.txt', 'new\nline.txt'])
    writeFileSync(join(root, 'hand', path), path);
  const keys: string[] = [];
  for await (const key of storage.listKeys('hand')) keys.push(key);
  expect(keys).toEqual(['trips/2024.csv']);
  expect(String(await storage.getObject('hand', 'trips/2024.csv'))).toBe('trips/2024.csv');
  await storage.putObject('hand', 'README', 'of a key');
  expect(String(await storage.getObject('hand', 'README'))).toBe('of a key');
});
