/** Executors whose storage is a server in the network, with credentials that were given in code. */
import { FunctionExecutor } from '@skein/executor';
import { Storage, type StorageConfig } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findInfinispan, startInfinispan } from '../../../tools/servers/infinispan.ts';
import { findMinio, startMinio } from '../../../tools/servers/minio.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import type { S3Server } from '../../../tools/servers/s3.ts';
import { findVersitygw, startVersitygw } from '../../../tools/servers/versitygw.ts';

const bucket = `jobs-${Math.random().toString(36).slice(2, 8)}`;

/** Each starts its server when its tests run, and gives the configuration of a storage there. */
const servers: readonly (readonly [name: string, start: () => () => StorageConfig])[] = [
  ['S3, by versitygw', () => s3('s3', serverForTests(findVersitygw, startVersitygw))],
  ['MinIO', () => s3('minio', serverForTests(findMinio, startMinio, { heavy: true }))],
  [
    'Redis',
    () => {
      const server = serverForTests(findRedis, startRedis);
      return () => ({ kind: 'redis', port: server().port, bucket });
    },
  ],
  [
    'Infinispan',
    () => {
      const server = serverForTests(findInfinispan, startInfinispan);
      return () => {
        const { nodes, user: username, password } = server();
        return { kind: 'infinispan', endpoint: nodes[0].url, username, password, bucket };
      };
    },
  ],
];

function s3(kind: string, server: () => S3Server): () => StorageConfig {
  return () => {
    const { endpoint, accessKeyId, secretAccessKey } = server();
    return { kind, endpoint, accessKeyId, secretAccessKey, bucket };
  };
}

describe.each(servers)('with a storage on %s', (_name, start) => {
  const configuration = start();

  test.each([
    ['worker processes', { backend: 'localhost', localhost: { isolation: 'process' } }],
    ['worker threads', { backend: 'localhost', localhost: { isolation: 'thread' } }],
    ['subprocesses', { backend: 'subprocess' }],
  ] as const)(
    'a job on %s has the results that it has on a file system, and leaves nothing',
    {
      timeout: 120_000,
    },
    async (_backend, options) => {
      const storage = configuration();
      const own = new Storage(storage);
      const large = Buffer.alloc(3_000_000, 'x');
      {
        await using executor = new FunctionExecutor({ ...options, storage });
        const job = executor.map(
          async (n: number) => {
            await own.putObject(own.bucket, `user/${n}`, large);
            return { n, size: large.length, copy: await own.getObject(own.bucket, `user/${n}`) };
          },
          [1, 2, 3],
        );
        for (const [i, result] of (await job).entries()) {
          expect([result.n, result.size]).toEqual([i + 1, 3_000_000]);
          expect(large.equals(result.copy)).toBe(true);
        }
        const seen = await executor.callAsync(
          () => Object.keys(process.env).filter((name) => /CREDENTIALS/.test(name)),
          undefined,
        );
        expect(seen).toEqual([]);
        const groups = await executor.groupBy(
          (call: number) => Array.from({ length: 4_000 }, (_, i) => [i % 3, `${call} ${'x'.repeat(200)}`]),
          [1, 2, 3],
          async (key, values) => [key, (await values.toArray()).map((value) => value[0]).join('').length],
          { memory: '1MiB' },
        );
        expect(groups).toEqual([
          [0, 3 * 1_334],
          [1, 3 * 1_333],
          [2, 3 * 1_333],
        ]);
      }
      const left: string[] = [];
      for await (const key of own.listKeys(bucket)) left.push(key);
      expect(left.sort()).toEqual(['user/1', 'user/2', 'user/3']);
      await own.close();
    },
  );
});
