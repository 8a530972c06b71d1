import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureError, decode, encode } from '@skein/codec';
import { Storage, type StorageConfig } from '@skein/storage';
import { memoryDriver } from '@skein/storage/memory';
import { afterAll, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'skein-storage-'));
afterAll(() => rmSync(root, { recursive: true }));

test('a storage travels as the address of its store, and the same one twice is one', async () => {
  const storage = new Storage({ kind: 'fs', root, syncBytes: 1000 });
  await storage.createBucket('b');
  await storage.putObject('b', 'a', 'here');
  const there = decode<{ one: Storage; two: Storage }>(encode({ one: storage, two: storage }).toBytes());
  expect(there.one).toBeInstanceOf(Storage);
  expect(there.one).toBe(there.two);
  expect(there.one.config).toEqual({ kind: 'fs', root, syncBytes: 1000 });
  expect(String(await there.one.getObject('b', 'a'))).toBe('here');
});

test('a memory storage is refused where it cannot be reached, with the path to it', () => {
  const message = { config: { cache: new Storage('memory:cache') } };
  expect(encode(message).reach).toBe('process');
  expect(() => encode(message, { reach: 'process' })).not.toThrow();
  for (const reach of ['host', 'network'] as const) {
    expect(() => encode(message, { reach })).toThrow(CaptureError);
    expect(() => encode(message, { reach })).toThrow(/\.config → \.cache/);
  }
});

test('a file storage is refused on another machine', () => {
  expect(encode(new Storage(`file:${root}`)).reach).toBe('host');
  expect(() => encode(new Storage(`file:${root}`), { reach: 'network' })).toThrow(CaptureError);
});

test('a memory storage that got into another process all the same is an error, not an empty twin', () => {
  const elsewhere = { ...new Storage('memory:cache').config, origin: 'another process' } as StorageConfig;
  expect(() => new Storage(elsewhere)).toThrow(
    /"cache" lives in another process or thread \(another process\)/,
  );
});

test('a storage over a driver without a config says that it cannot travel', () => {
  const driver = { ...memoryDriver({ name: 'mine' }), kind: 'mine', config: undefined };
  expect(() => encode(new Storage(driver))).toThrow(/a mine storage cannot travel/);
});

test('stores of one name are one store, others are not', async () => {
  await new Storage('memory:one').createBucket('b');
  await expect(new Storage({ kind: 'memory', name: 'one' }).headBucket('b')).resolves.toBeUndefined();
  await expect(new Storage('memory:two').headBucket('b')).rejects.toMatchObject({ code: 'no-such-bucket' });
});
