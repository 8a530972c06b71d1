/** Executors whose storage is a server in the network, with credentials that were given in code. */
import { FunctionExecutor } from '@skein/executor';
import { Storage } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { findVersitygw, startVersitygw } from '../../../tools/servers/versitygw.ts';
import { serverForTests } from '../../../tools/servers/for-tests.ts';

const server = serverForTests(findVersitygw, startVersitygw);

describe.each([
  { backend: 'localhost', isolation: 'process' },
  { backend: 'localhost', isolation: 'thread' },
  { backend: 'subprocess' },
] as const)('$backend $isolation', (options) => {
  test('a job has the results that it has on a file system, and leaves nothing', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = server();
    const bucket = `jobs-${Math.random().toString(36).slice(2, 8)}`;
    const storage = { kind: 's3', endpoint, accessKeyId, secretAccessKey, bucket };
    const own = new Storage(storage);
    {
      await using executor = new FunctionExecutor({ ...backendOf(options), storage });
      const large = Buffer.alloc(3_000_000, 'x');
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
      expect(
        await executor.callAsync(() => Object.keys(process.env).filter((name) => /CREDENTIALS/.test(name)), undefined),
      ).toEqual([]);
    }
    const left: string[] = [];
    for await (const key of own.listKeys(bucket)) left.push(key);
    expect(left.sort()).toEqual(['user/1', 'user/2', 'user/3']);
  });
});

function backendOf({ backend, isolation }: { backend: string; isolation?: string }): object {
  return backend === 'localhost' ? { backend, localhost: { isolation } } : { backend };
}
