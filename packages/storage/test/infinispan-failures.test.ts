/** The `infinispan` driver on a real cluster of two: what happens when connections, nodes and writers die. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { Storage, type Storage as Store } from '@skein/storage';
import { describe, expect, inject, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findInfinispan, startInfinispan } from '../../../tools/servers/infinispan.ts';
import { chunkName, keepName } from '../src/infinispan/names.ts';
import { InfinispanRest } from '../src/infinispan/rest.ts';
import { RestEntries } from '../src/infinispan/rest-entries.ts';
import { cuttingProxy } from './support/cutting-proxy.ts';

/** Small chunks: the nodes of tests have little memory, and move all of it when one comes back. */
const CHUNK = 256 * 1024;
const SLOW = 240_000;
const server = serverForTests(findInfinispan, (program) => startInfinispan(program, { nodes: 2 }));

function open(options: object = {}): Store {
  const { nodes, user: username, password } = server();
  const endpoint = nodes.map((node) => node.url).join(',');
  return new Storage({ kind: 'infinispan', endpoint, username, password, ...options });
}

function entries(): RestEntries {
  const { nodes, user: username, password } = server();
  return new RestEntries(new InfinispanRest({ endpoint: nodes[0].url, username, password }));
}

describe('large objects', () => {
  test(
    'a stream is read no further ahead than the chunks that are under way, and a range reads its chunks',
    async () => {
      const proxy = await cuttingProxy(server().nodes[0].port);
      try {
        await using storage = open({ endpoint: `127.0.0.1:${proxy.port}`, partSize: CHUNK, concurrency: 3 });
        await storage.createBucket('parts');
        let ahead = 0;
        const chunks = async function* (): AsyncGenerator<Uint8Array> {
          for (let i = 0; i < 64; i++) {
            if (i > 8 && i % 16 === 15) {
              // Five chunks back all must have been written by now.
              const names = await keysOf('parts');
              const written = names.filter((name) => name.startsWith('c:')).length;
              ahead = Math.max(ahead, i - written);
            }
            yield Buffer.alloc(CHUNK, i);
          }
        };
        await storage.putObject('parts', 'large', chunks());
        expect(ahead).toBeLessThanOrEqual(5);
        const before = proxy.answered;
        const range = { start: 9 * CHUNK - 10, end: 9 * CHUNK + 9 };
        const piece = await storage.getObject('parts', 'large', { range });
        expect([piece.length, piece[9], piece[10]]).toEqual([20, 8, 9]);
        expect(proxy.answered - before).toBeLessThan(2 * CHUNK + 20_000);
        await storage.deleteObject('parts', 'large');
        await storage.deleteBucket('parts');
      } finally {
        await proxy.close();
      }
    },
    SLOW,
  );
});

describe('chunks that nobody wants', () => {
  test(
    'are removed by a listing, and those that somebody keeps are not',
    async () => {
      await using storage = open();
      await storage.createBucket('orphans');
      await storage.putObject('orphans', 'live', Buffer.alloc(CHUNK, 1));
      const behind = entries();
      const old = `${(Date.now() - 3_600_000).toString(36)}-dead`;
      const dead = { bucket: 'orphans', key: 'died', etag: old };
      const read = { bucket: 'orphans', key: 'replaced', etag: old };
      for (const version of [dead, read]) {
        for (const index of [0, 1])
          await behind.put(
            { bucket: 'orphans', name: chunkName(version, index) },
            Buffer.alloc(10),
            undefined,
          );
      }
      await behind.putFor({ bucket: 'orphans', name: keepName(read) }, '', 600);
      const listed: string[] = [];
      for await (const key of storage.listKeys('orphans')) listed.push(key);
      expect(listed).toEqual(['live']);
      const chunksOf = async (version: typeof dead): Promise<number> => {
        const names = await keysOf('orphans');
        return [0, 1].filter((index) => names.includes(chunkName(version, index))).length;
      };
      await expect.poll(() => chunksOf(dead), { timeout: 20_000 }).toBe(0);
      expect(await chunksOf(read)).toBe(2);
      expect((await storage.getObject('orphans', 'live')).length).toBe(CHUNK);
      await behind.close();
    },
    SLOW,
  );
});

for (const protocol of ['rest', 'hotrod'] as const) {
  describe(`by ${protocol}`, () => {
    test.runIf(protocol === 'hotrod')(
      'a conditional write whose answer is lost is not taken for a lost race',
      async () => {
        const proxy = await cuttingProxy(server().nodes[0].port);
        try {
          await using storage = open({ protocol, endpoint: `127.0.0.1:${proxy.port}` });
          const bucket = `answers-${protocol}`;
          await storage.createBucket(bucket);
          await storage.putObject(bucket, 'warm', 'x');
          proxy.dropAnswers(1);
          const { etag } = await storage.putObject(bucket, 'a', 'mine', { ifNoneMatch: '*' });
          expect((await storage.headObject(bucket, 'a')).etag).toBe(etag);
        } finally {
          await proxy.close();
        }
      },
      SLOW,
    );

    test(
      'thousands at once each get their own answer',
      async () => {
        await using storage = open({ protocol });
        const bucket = `many-${protocol}`;
        await storage.createBucket(bucket);
        const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
        await Promise.all(keys.map((key) => storage.putObject(bucket, key, key.padEnd(2_000, '.'))));
        const bodies = await Promise.all(keys.map((key) => storage.getObject(bucket, key)));
        expect(bodies.every((body, i) => String(body) === keys[i]!.padEnd(2_000, '.'))).toBe(true);
        await storage.deleteObjects(bucket, keys);
        await storage.deleteBucket(bucket);
      },
      SLOW,
    );

    test(
      'wrong credentials are told as such, and never shown',
      async () => {
        await using storage = open({ protocol, password: 'wrong-secret' });
        for (const attempt of [() => storage.createBucket('b'), () => storage.getObject('text', 'a')]) {
          const error = await attempt().catch((reason: unknown) => reason);
          expect(error).toMatchObject({ code: 'bad-config' });
          expect(String(error)).toContain(`user ${server().user}`);
          expect(inspect(error, { depth: 9 })).not.toContain('wrong-secret');
        }
        await using nobody = open({ protocol, username: undefined, password: undefined });
        const error = await nobody.getObject('text', 'a').catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 'bad-config' });
        expect(String(error)).toContain('no user');
      },
      SLOW,
    );

    test(
      'who may only read is refused writes',
      async () => {
        await using storage = open({ protocol, username: server().reader });
        await expect(storage.putObject('guarded', 'a', 'x')).rejects.toMatchObject({ code: 'bad-config' });
        await expect(storage.getObject('guarded', 'a')).rejects.toMatchObject({ code: 'no-such-key' });
      },
      SLOW,
    );

    test(
      'a connection that nobody uses keeps no program running',
      async () => {
        const { nodes, user: username, password } = server();
        const config = { kind: 'infinispan', endpoint: nodes[0].url, username, password, protocol };
        const program = fileURLToPath(new URL('support/idle-program.ts', import.meta.url));
        const child = spawn(process.execPath, [...inject('nodeFlags'), program, JSON.stringify(config)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let said = '';
        child.stdout.on('data', (text) => {
          said += text;
        });
        const [code] = await once(child, 'exit');
        expect([code, said]).toEqual([0, 'here: still here\n']);
      },
      SLOW,
    );

    test(
      'frozen nodes end operations in time, and are used again when they go on',
      async () => {
        await using storage = open({ protocol, timeoutMs: 3_000, attempts: 2 });
        const bucket = `frozen-${protocol}`;
        await open({ protocol }).createBucket(bucket);
        await expect
          .poll(() => succeeds(storage.putObject(bucket, 'a', 'x')), { timeout: 60_000 })
          .toBe(true);
        await Promise.all(server().nodes.map((node) => node.freeze()));
        try {
          await expect(storage.getObject(bucket, 'a')).rejects.toMatchObject({ code: 'io', retryable: true });
          const controller = new AbortController();
          const waiting = storage.getObject(bucket, 'a', { signal: controller.signal });
          setImmediate(() => controller.abort(new Error('enough')));
          await expect(waiting).rejects.toThrow('enough');
        } finally {
          for (const node of server().nodes) node.thaw();
        }
        await expect.poll(() => succeeds(storage.getObject(bucket, 'a')), { timeout: 60_000 }).toBe(true);
      },
      SLOW,
    );

    test(
      'when a node dies the other goes on, with all that was written',
      async () => {
        const [first] = server().nodes;
        await using storage = open({ protocol, partSize: CHUNK, attempts: 8 });
        const bucket = `killed-${protocol}`;
        await storage.createBucket(bucket);
        await storage.putObject(bucket, 'before', 'kept');
        const source = async function* (): AsyncGenerator<Uint8Array> {
          for (let i = 0; i < 24; i++) {
            if (i === 12) await first.kill();
            yield Buffer.alloc(CHUNK, i);
          }
        };
        try {
          await storage.putObject(bucket, 'large', source());
          expect(String(await storage.getObject(bucket, 'before'))).toBe('kept');
          const large = await storage.getObject(bucket, 'large');
          for (let i = 0; i < 24; i++) expect([large[i * CHUNK], large[(i + 1) * CHUNK - 1]]).toEqual([i, i]);
          await storage.putObject(bucket, 'after', 'written');
        } finally {
          await first.restart();
        }
        expect(String(await storage.getObject(bucket, 'after'))).toBe('written');
      },
      SLOW,
    );
  });
}

test('a container of another name is refused', async () => {
  await using storage = open({ cacheManager: 'other' });
  await expect(storage.createBucket('b')).rejects.toThrow(/cacheManager.*"other"/);
  await using right = open({ cacheManager: 'default' });
  await right.createBucket('managed');
});

describe('configuration', () => {
  test.each([
    ['infinispan://host', { endpoint: 'http://host:11222' }],
    ['infinispans://host:443', { endpoint: 'https://host:443' }],
    [
      'hotrod://host?cacheManager=main',
      { endpoint: 'http://host:11222', protocol: 'hotrod', cacheManager: 'main' },
    ],
  ])('%s', (address, expected) => {
    expect(new Storage(address).config).toEqual({ kind: 'infinispan', ...expected });
  });

  test.each([
    [{ endpoint: 'ftp://host' }, /endpoint.*http:\/\/host:11222/],
    [{ endpoint: 'http://ada:secret@host' }, /user info/],
    [{ username: 'ada' }, /password.*is missing/],
    [{ protocol: 'memcached' }, /protocol/],
    [{ partSize: '1GiB' }, /partSize/],
  ])('%j is refused', (options, message) => {
    expect(() => new Storage({ kind: 'infinispan', ...options })).toThrow(message);
  });
});

async function keysOf(bucket: string): Promise<readonly string[]> {
  const { nodes, user: username, password } = server();
  const rest = new InfinispanRest({ endpoint: nodes[0].url, username, password });
  const { body } = await rest.send({ method: 'GET', path: `caches/${bucket}?action=keys`, bucket });
  rest.close();
  return JSON.parse(body.toString()) as string[];
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
