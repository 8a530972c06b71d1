/** A partition stands for the version that was discovered, wherever its object is. */
import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { type DataPartition, partition } from '../src/index.ts';
import { all, failureOf } from './support/all.ts';
import { folder, write } from './support/folder.ts';

const root = folder();
const server = serverForTests(findRedis, startRedis);
const text = 'one\ntwo\nsix\nten\n';

/** Where an object is put, replaced by one of the same length, and removed. */
interface Place {
  discover(): Promise<DataPartition[]>;
  replace(): Promise<unknown> | unknown;
  remove(): Promise<unknown> | unknown;
}

async function inStorage(storage: Storage): Promise<Place> {
  await storage.createBucket('versions');
  await storage.putObject('versions', 'a.txt', text);
  return {
    discover: () => all(partition('versions/a.txt', { storage, parts: 2 })),
    replace: () => storage.putObject('versions', 'a.txt', text.toUpperCase()),
    remove: () => storage.deleteObject('versions', 'a.txt'),
  };
}

const places: readonly (readonly [name: string, make: () => Promise<Place>])[] = [
  ['memory:', () => inStorage(new Storage('memory:versions'))],
  ['file:', () => inStorage(new Storage(`file:${join(root, 'store')}`))],
  ['a Redis', () => inStorage(new Storage({ kind: 'redis', port: server().port }))],
  [
    'a file',
    async () => {
      const path = write(join(root, 'a.txt'), text);
      return {
        discover: () => all(partition(path, { parts: 2 })),
        replace: () => {
          write(path, text.toUpperCase());
          utimesSync(path, 1, 1); // the kernel's clock may stand still for so short a time
        },
        remove: () => rmSync(path),
      };
    },
  ],
];

describe.each(places)('in %s', (_name, make) => {
  test('parts are read; when the object is replaced or removed, an error says which and how', async () => {
    const place = await make();
    const [first, second] = (await place.discover()) as [DataPartition, DataPartition];
    expect((await first.text()) + (await second.text())).toBe(text);
    expect(await first.count()).toBe(2);
    expect(await second.lines().toArray()).toEqual(['six', 'ten']);

    await place.replace();
    const changed = {
      name: 'PartitionError',
      code: 'changed',
      message: expect.stringContaining('a.txt has changed'),
    };
    expect(await failureOf(() => first.text())).toMatchObject(changed);
    expect(await failureOf(() => second.lines().toArray())).toMatchObject(changed);
    expect(await failureOf(() => second.count())).toMatchObject(changed);
    const [again] = (await place.discover()) as [DataPartition];
    expect(await again.text()).toBe('ONE\nTWO\n');

    await place.remove();
    expect(await failureOf(() => again.count())).toMatchObject({
      code: 'gone',
      message: expect.stringContaining('a.txt is not there'),
    });
  });
});

test('a file that changes while it is read gives an error, not both versions', async () => {
  const path = write(join(root, 'large.txt'), Buffer.alloc(4 * 2 ** 20, 'line\n'));
  const [part] = await all(partition(path, { parts: 1 }));
  const failure = await failureOf(async () => {
    for await (const _piece of part!.stream()) {
      write(path, Buffer.alloc(4 * 2 ** 20, 'LINE\n'));
      utimesSync(path, 1, 1);
    }
  });
  expect(failure).toMatchObject({ code: 'changed' });
});
