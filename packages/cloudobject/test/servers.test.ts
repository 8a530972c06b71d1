/** The same on real servers: what cloud objects ask of a store over the network, and of workers that have to reach it. */
import { CREDENTIALS_VARIABLE, credentialsForWorkers, encode } from '@skein/codec';
import { FunctionExecutor } from '@skein/executor';
import { Storage, type StorageConfig } from '@skein/storage';
import { tableFromArrays } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findInfinispan, startInfinispan } from '../../../tools/servers/infinispan.ts';
import { findMinio, startMinio } from '../../../tools/servers/minio.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { findVersitygw, startVersitygw } from '../../../tools/servers/versitygw.ts';
import { type CloudObject, cached, clean, cloudObject, collect, stateful } from '../src/index.ts';
import { race, racer } from './support/race.ts';
import { all, failureOf, keysOf } from './support/stores.ts';

/** Each starts its server when its tests run, and gives what opens a storage there. */
const servers: readonly (readonly [name: string, start: () => () => Storage])[] = [
  ['S3, by versitygw', () => s3('s3', findVersitygw, startVersitygw)],
  ['MinIO', () => s3('minio', findMinio, startMinio, { heavy: true })],
  [
    'Redis',
    () => {
      const server = serverForTests(findRedis, startRedis);
      return () => new Storage({ kind: 'redis', port: server().port });
    },
  ],
  ['Infinispan, by REST', () => infinispan('rest')],
  ['Infinispan, by Hot Rod', () => infinispan('hotrod')],
];

function s3(kind: string, find: typeof findMinio, start: typeof startMinio, options = {}): () => Storage {
  const server = serverForTests(find, start, options);
  return () => {
    const { endpoint, accessKeyId, secretAccessKey } = server();
    return new Storage({ kind, endpoint, accessKeyId, secretAccessKey });
  };
}

function infinispan(protocol: 'rest' | 'hotrod'): () => Storage {
  const server = serverForTests(findInfinispan, startInfinispan);
  return () => {
    const { nodes, user: username, password } = server();
    return new Storage({ kind: 'infinispan', endpoint: nodes[0].url, protocol, username, password });
  };
}

/** Of all that this process was given; names of users are none. */
function secrets(): string[] {
  const accounts = Object.values(JSON.parse(credentialsForWorkers() ?? '{}') as Record<string, object>);
  return accounts.flatMap((account) =>
    Object.entries(account).flatMap(([name, value]) =>
      /secret|password/i.test(name) ? [String(value)] : [],
    ),
  );
}

describe.each(servers)('on %s', (_name, start) => {
  const open = start();

  test('values come back as they were, and a handle has no secret', async () => {
    await using storage = open();
    const table = tableFromArrays({ km: Float64Array.of(1.5, 2.5) });
    const large = new Float64Array(2_000_000).map((_, i) => i);
    const kept = await cloudObject(large, { storage, scope: 'values' });
    expect(
      Buffer.from(large.buffer).equals(Buffer.from((await kept.get()).buffer, 0, large.byteLength)),
    ).toBe(true);
    const values = ['text', { map: new Map([['a', new Uint8Array(10_000)]]) }, Buffer.from('bytes')];
    for (const value of values)
      expect(await (await cloudObject(value, { storage, scope: 'values' })).get()).toStrictEqual(value);
    const object = await cloudObject(table, { storage, scope: 'values' });
    expect((await object.get()).toArray().map(String)).toEqual(table.toArray().map(String));
    const travelling = Buffer.from(encode(object).toBytes()).toString('latin1');
    for (const secret of secrets()) expect(travelling).not.toContain(secret);
    expect((await clean('values', { storage })).objects).toBe(5);
    expect(await failureOf(object.get())).toMatchObject({ code: 'cleaned' });
  }, 60_000);

  test('one that is replaced is said to be, and is not listed', async (context) => {
    await using storage = open();
    if (!(await storage.supports('metadata')))
      context.skip('this store keeps no metadata, so that keys are refused');
    const first = await cloudObject('first', { storage, scope: 'named', key: 'a/b', expiresAfterMs: 60_000 });
    const second = await cloudObject('second', { storage, scope: 'named', key: 'a/b' });
    expect(await failureOf(first.get())).toMatchObject({ code: 'replaced' });
    expect((await all(collect('named', { storage }))).map(({ etag }) => etag)).toEqual([second.etag]);
    await second.delete();
    expect(await all(collect('named', { storage }))).toEqual([]);
  }, 60_000);

  test('of processes at the same time one computes, and no change of a state is lost', async () => {
    await using storage = open();
    const credentials = credentialsForWorkers();
    const run = async (task: string, times: number): Promise<unknown[]> => {
      const env = credentials === undefined ? {} : { [CREDENTIALS_VARIABLE]: credentials };
      const address = JSON.stringify(storage.config);
      return race(await Promise.all([1, 2, 3].map(() => racer(task, address, times, env))));
    };
    if (!(await storage.supports('if-none-match'))) {
      expect(await failureOf(cached('scale', () => 10, { storage }))).toMatchObject({ code: 'unsupported' });
    } else {
      const values = (await run('cached', 1)) as { by: number }[];
      expect(new Set(values.map(({ by }) => by)).size).toBe(1);
      expect((await keysOf(storage, 'objects/cache/')).length).toBe(2);
    }
    if (!(await storage.supports('if-match'))) {
      const refused = stateful('sum', { n: 0 }, (state) => ++state.n, { storage });
      expect(await failureOf(refused())).toMatchObject({ code: 'unsupported' });
    } else {
      const seen = ((await run('stateful', 10)) as number[][]).flat();
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    }
    await clean('cache', { storage });
    await clean('state', { storage });
  }, 180_000);

  test.each([
    ['worker processes', {}],
    ['agents that know only the storage', { backend: 'subprocess' as const }],
  ])(
    '%s make objects, and read those of others',
    async (_backend, options) => {
      await using storage = open();
      await using executor = new FunctionExecutor({
        workers: 2,
        ...options,
        storage: storage.config as StorageConfig,
      });
      const made = await executor.map((n: number) => cloudObject(new Float64Array(100_000).fill(n)), [1, 2]);
      const once = await storage.supports('if-none-match');
      const read = async (object: CloudObject<Float64Array>): Promise<number> => {
        const scale = once ? await cached('scale', () => 10) : 10;
        return (await object.get())[99_999]! * scale;
      };
      expect(await executor.map(read, made)).toEqual([10, 20]);
      await executor.close();
      expect(await failureOf(made[0]!.get())).toMatchObject({ code: 'cleaned' });
      await clean('cache', { storage });
      await clean('state', { storage });
      expect(await keysOf(storage)).toEqual([]);
    },
    180_000,
  );
});
