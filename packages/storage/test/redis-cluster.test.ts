/** The `redis` driver on a real cluster: buckets lie on nodes, and each is whole. */
import { Storage, type Storage as Store } from '@skein/storage';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis } from '../../../tools/servers/redis.ts';
import { startRedisCluster } from './support/redis-cluster.ts';

const cluster = serverForTests(findRedis, startRedisCluster);

function open(options: object = {}): Store {
  const [port, other] = cluster().ports;
  return new Storage({ kind: 'redis', cluster: true, port, hosts: `127.0.0.1:${other}`, ...options });
}

test('buckets of both nodes hold objects of every size, with all that drivers can', async () => {
  await using storage = open();
  const buckets = Array.from({ length: 8 }, (_, i) => `bucket-${i}`);
  for (const bucket of buckets) {
    await storage.createBucket(bucket);
    const { etag } = await storage.putObject(bucket, 'small', bucket, { ifNoneMatch: '*' });
    await storage.putObject(bucket, 'small', `${bucket} again`, { ifMatch: etag });
    await storage.putObject(bucket, 'deep/large', Buffer.alloc(3_000_000, bucket));
  }
  for (const bucket of buckets) {
    expect(String(await storage.getObject(bucket, 'small'))).toBe(`${bucket} again`);
    expect(Buffer.alloc(3_000_000, bucket).equals(await storage.getObject(bucket, 'deep/large'))).toBe(true);
    const keys: string[] = [];
    for await (const key of storage.listKeys(bucket, '', { delimiter: '/' })) keys.push(key);
    expect(keys).toEqual(['deep/', 'small']);
  }
  const held = await Promise.all(
    cluster().ports.map(async (port) => {
      const redis = new Redis({ port });
      const size = await redis.dbsize();
      redis.disconnect();
      return size;
    }),
  );
  expect(held.every((size) => size > 0)).toBe(true);
  for (const bucket of buckets) {
    await storage.deleteObjects(bucket, ['small', 'deep/large']);
    await storage.deleteBucket(bucket);
  }
});

test('a first host that is not there is passed over', async () => {
  const [port] = cluster().ports;
  await using storage = open({ port: 1, hosts: `127.0.0.1:${port}` });
  await storage.createBucket('second-host');
  await storage.deleteBucket('second-host');
});
