/** Where snapshots may go: what every place has to do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { expect, onTestFinished, test } from 'vitest';
import { bucketStore } from '../../src/durable/bucket-store.ts';
import { openDurability } from '../../src/durable/durability.ts';
import { folderStore, type SnapshotStore } from '../../src/durable/snapshot-store.ts';
import { Node } from '../../src/server/node.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dso-stores-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

async function bucket(): Promise<SnapshotStore> {
  const storage = new Storage(`file:${folder()}`);
  await storage.createBucket('snapshots');
  await storage.putObject('snapshots', 'another/snapshot-000000009', 'not ours');
  return bucketStore(storage, 'snapshots', 'a/');
}

test.each([
  ['a folder', () => Promise.resolve(folderStore(join(folder(), 'not', 'there')))],
  ['a bucket of @skein/storage', bucket],
])('%s: what was put is there, listed by its prefix, and gone when deleted', async (_name, make) => {
  const store = await make();
  expect([await store.list(''), await store.get('a-1')]).toEqual([[], undefined]);
  await store.put('a-1', Buffer.from('one'));
  await store.put('a-1', Buffer.from('first'));
  await store.put('b-1', Buffer.from('other'));
  expect(Buffer.from((await store.get('a-1'))!).toString()).toBe('first');
  expect(await store.list('a-')).toEqual(['a-1']);
  await store.delete('a-1');
  await store.delete('a-1');
  expect(await store.list('')).toEqual(['b-1']);
});

test('a node goes on from a snapshot in a bucket', async () => {
  const data = folder();
  const snapshots = await bucket();
  const options = { folder: data, snapshots, snapshotAfterBytes: 1, onFailure: () => {} };
  const durability = await openDurability(options);
  const node = new Node({ address: 'a:1', durability });
  // Whatever is logged leads to the first snapshot.
  durability.keepCode('hash', Buffer.from('code'));
  await expect.poll(() => durability.stats().snapshotAt).toBeGreaterThan(0);
  await node.close();
  await durability.close();
  const again = await openDurability(options);
  onTestFinished(() => again.close());
  expect(again.stats().logBytes).toBeLessThan(1000);
  expect([...again.code.keys()]).toEqual(['hash']);
});
