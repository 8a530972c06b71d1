/** The `redis` driver on a real server: what every driver must keep, and what happens when connections and servers die. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { encode } from '@skein/codec';
import { Storage, type Storage as Store } from '@skein/storage';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { testConformance } from './support/conformance.ts';
import { type CuttingProxy, cuttingProxy } from './support/cutting-proxy.ts';

const MIB = 2 ** 20;
const server = serverForTests(findRedis, startRedis);

function open(options: object = {}): Store {
  return new Storage({ kind: 'redis', port: server().port, ...options });
}

/** What the server itself says, for a look behind the driver. */
async function asked<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ path: server().path });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

describe('conformance', () => {
  testConformance(open);
});

describe('small objects', () => {
  test('are written by one command and read by one', async () => {
    await using storage = open();
    await storage.createBucket('commands');
    await storage.putObject('commands', 'a', 'x'); // from now on the server knows the script
    await asked((redis) => redis.config('RESETSTAT'));
    for (let i = 0; i < 10; i++) await storage.putObject('commands', 'a', `version ${i}`);
    for (let i = 0; i < 10; i++) await storage.getObject('commands', 'a', { info: true });
    const stats = await asked((redis) => redis.info('commandstats'));
    const calls = (name: string): number =>
      Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    expect(calls('evalsha')).toBe(10);
    expect(calls('hmget')).toBe(10);
    expect(calls('eval')).toBe(0);
  });

  test('of thousands at once each is there, over one connection', async () => {
    await using storage = open();
    await storage.createBucket('many');
    const keys = Array.from({ length: 5_000 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => storage.putObject('many', key, key)));
    const bodies = await Promise.all(keys.map((key) => storage.getObject('many', key)));
    expect(bodies.every((body, i) => String(body) === keys[i])).toBe(true);
    const clients = await asked(async (redis) =>
      String(await redis.call('CLIENT', 'LIST'))
        .trim()
        .split('\n'),
    );
    expect(clients.length).toBe(2); // and the one that asks
    await storage.deleteObjects('many', keys);
    await storage.deleteBucket('many');
  });
});

describe('large objects', () => {
  test('a stream is read no further ahead than the chunks that are under way', async () => {
    await using storage = open({ concurrency: 3 });
    await storage.createBucket('parts');
    const redis = new Redis({ path: server().path });
    let ahead = 0;
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 96; i++) {
        if (i % 16 === 15) {
          const [name] = await redis.keys('skein:{parts}:c:*');
          ahead = Math.max(ahead, i - (name === undefined ? 0 : await redis.hlen(name)));
        }
        yield Buffer.alloc(MIB, i);
      }
    };
    try {
      await storage.putObject('parts', 'large', chunks());
    } finally {
      redis.disconnect();
    }
    expect(ahead).toBeLessThanOrEqual(5);
    let at = 0;
    for await (const chunk of await storage.getObject('parts', 'large', { stream: true })) {
      for (let i = 0; i < chunk.length; i += 4096) expect(chunk[i]).toBe(Math.floor((at + i) / MIB));
      at += chunk.length;
    }
    expect(at).toBe(96 * MIB);
    await storage.deleteObject('parts', 'large');
  });

  test('a range reads the chunks that it touches', async () => {
    const proxy = await cuttingProxy(server().port);
    try {
      await using storage = open({ port: proxy.port });
      await storage.createBucket('ranges');
      await storage.putObject('ranges', 'a', Buffer.alloc(32 * MIB, 1));
      const before = proxy.answered;
      const range = { start: 9 * MIB - 10, end: 9 * MIB + 9 };
      expect((await storage.getObject('ranges', 'a', { range })).length).toBe(20);
      const moved = proxy.answered - before;
      expect(moved).toBeGreaterThan(2 * MIB);
      expect(moved).toBeLessThan(2 * MIB + 10_000);
      await storage.deleteObject('ranges', 'a');
    } finally {
      await proxy.close();
    }
  });

  test('chunks expire unless their version is current', async () => {
    await using storage = open({ graceMs: 20_000 });
    await storage.createBucket('lives');
    const lives = (): Promise<number[]> =>
      asked(async (redis) => {
        const names = await redis.keys('skein:{lives}:c:*');
        return Promise.all(names.map((name) => redis.pttl(name)));
      });
    let whileWritten: number[] = [];
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 12; i++) yield Buffer.alloc(MIB, i);
      whileWritten = await lives();
    };
    await storage.putObject('lives', 'a', source());
    expect(whileWritten.length).toBe(1);
    expect(whileWritten[0]).toBeGreaterThan(0);
    expect(await lives()).toEqual([-1]);
    await storage.putObject('lives', 'a', 'small');
    const [replaced] = await lives();
    expect(replaced).toBeGreaterThan(0);
    expect(replaced).toBeLessThanOrEqual(20_000);
    await storage.deleteObject('lives', 'a');
    await storage.deleteBucket('lives');
  });

  test('without a time of grace replaced chunks are gone, and who reads them hears of it', async () => {
    await using storage = open({ graceMs: 0, concurrency: 1 });
    await storage.createBucket('graceless');
    await storage.putObject('graceless', 'a', Buffer.alloc(8 * MIB, 1));
    const reading = await storage.getObject('graceless', 'a', { stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of reading) await storage.putObject('graceless', 'a', 'replaced');
    };
    await expect(read()).rejects.toMatchObject({ code: 'changed', retryable: true, key: 'a' });
    expect(await asked((redis) => redis.keys('skein:{graceless}:c:*'))).toEqual([]);
  });

  test('a chunk that the server has lost is no part of an object that is silently shorter', async () => {
    await using storage = open();
    await storage.createBucket('lost');
    await storage.putObject('lost', 'a', Buffer.alloc(4 * MIB, 1));
    await asked(async (redis) => {
      const [name = ''] = await redis.keys('skein:{lost}:c:*');
      await redis.hdel(name, '2');
    });
    await expect(storage.getObject('lost', 'a')).rejects.toMatchObject({ code: 'corrupt', key: 'a' });
  });
});

describe('when the connection breaks', () => {
  let proxy: CuttingProxy;
  beforeAll(async () => {
    proxy = await cuttingProxy(server().port);
  });
  afterAll(() => proxy?.close());

  test('a conditional write whose answer is lost is not taken for a lost race', async () => {
    await using storage = open({ port: proxy.port });
    await storage.createBucket('answers');
    await storage.putObject('answers', 'warm', 'x');
    proxy.dropAnswers(1);
    const first = await storage.putObject('answers', 'a', 'mine', { ifNoneMatch: '*' });
    proxy.dropAnswers(1);
    const second = await storage.putObject('answers', 'a', 'mine too', { ifMatch: first.etag });
    expect((await storage.headObject('answers', 'a')).etag).toBe(second.etag);
  });

  test('uploads and downloads that are cut arrive whole', async () => {
    await using storage = open({ port: proxy.port });
    await storage.createBucket('cut');
    const bytes = Buffer.alloc(40 * MIB, 'skein');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += MIB) {
        if (at === 20 * MIB) proxy.cut();
        yield bytes.subarray(at, at + MIB);
      }
    };
    await storage.putObject('cut', 'a', source());
    const chunks: Buffer[] = [];
    for await (const chunk of await storage.getObject('cut', 'a', { stream: true })) {
      chunks.push(chunk);
      if (chunks.length === 15) proxy.cut();
    }
    expect(bytes.equals(Buffer.concat(chunks))).toBe(true);
  });
});

describe('when the server fails', () => {
  const other = serverForTests(findRedis, startRedis);
  const there = (options: object = {}): Store =>
    new Storage({ kind: 'redis', port: other().port, ...options });

  test('a frozen one ends operations in time, and is used again when it goes on', async () => {
    await using storage = there({ timeoutMs: 700 });
    await storage.createBucket('frozen');
    await other().freeze();
    try {
      const error = await storage.putObject('frozen', 'a', 'x').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'io', bucket: 'frozen', key: 'a' });
      expect(String(error)).toContain('no answer in time');
      const controller = new AbortController();
      const waiting = storage.getObject('frozen', 'a', { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    } finally {
      other().thaw();
    }
    await expect
      .poll(() =>
        storage.putObject('frozen', 'b', 'x').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  test('one that dies in the middle of an upload is an error that names it, and one that is back is used', async () => {
    await using storage = there({ attempts: 3 });
    await storage.createBucket('killed');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 24; i++) {
        if (i === 12) await other().kill();
        yield Buffer.alloc(MIB);
      }
    };
    const error = await storage.putObject('killed', 'a', source()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'io', retryable: true });
    expect(String(error)).toContain(`127.0.0.1:${other().port}`);
    expect(String(error)).toContain('ECONNREFUSED');
    await other().restart();
    await storage.createBucket('killed');
    await storage.putObject('killed', 'a', 'there again');
    expect(String(await storage.getObject('killed', 'a'))).toBe('there again');
  });

  test('a restart between operations is not noticed, though the server has forgotten its scripts', async () => {
    await using storage = there();
    await storage.createBucket('restart');
    await storage.putObject('restart', 'a', 'x');
    await other().restart();
    await storage.createBucket('restart');
    await storage.putObject('restart', 'a', 'y');
    expect(String(await storage.getObject('restart', 'a'))).toBe('y');
  });

  test('one that was away while nobody asked is found again by all who ask at once, over one connection', async () => {
    await using storage = there();
    await storage.createBucket('away');
    await other().kill();
    await other().restart();
    const admin = new Redis({ port: other().port });
    try {
      await Promise.all(Array.from({ length: 20 }, () => storage.createBucket('away')));
      const clients = String(await admin.call('CLIENT', 'LIST'))
        .trim()
        .split('\n');
      expect(clients.length).toBe(2); // and the one that asks
    } finally {
      admin.disconnect();
    }
  });

  test('wrong credentials are told as such, and never shown', async () => {
    const admin = new Redis({ port: other().port });
    await admin.config('SET', 'requirepass', 'right-secret');
    try {
      for (const [password, who] of [
        ['wrong-secret', 'the password of user default'],
        [undefined, 'no password'],
      ] as const) {
        await using storage = there({ password, username: password && 'default', attempts: 2 });
        const error = await storage.headBucket('b').catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 'bad-config' });
        expect(String(error)).toContain(who);
        expect(inspect(error, { depth: 9 })).not.toContain('wrong-secret');
      }
      await using right = there({ password: 'right-secret' });
      await right.createBucket('b');
      expect(JSON.stringify(right.config)).not.toContain('right-secret');
      expect(Buffer.from(encode(right).toBytes()).toString('latin1')).not.toContain('right-secret');
    } finally {
      await admin.config('SET', 'requirepass', '');
      admin.disconnect();
    }
  });
});

describe('configuration', () => {
  test.each([
    ['redis://host', { host: 'host' }],
    ['redis://host:6380/3', { host: 'host', port: 6380, db: 3 }],
    ['rediss://host?prefix=app', { host: 'host', tls: true, prefix: 'app' }],
    ['redis+unix:/run/redis%20x.sock?db=2', { path: '/run/redis x.sock', db: 2 }],
    ['redis://[::1]:7000?cluster=true', { host: '::1', port: 7000, cluster: true }],
    [
      'redis://h:26379?sentinel=main&hosts=i:26379,j',
      { host: 'h', port: 26379, sentinel: 'main', hosts: 'i:26379,j' },
    ],
  ])('%s', (address, expected) => {
    expect(new Storage(address).config).toEqual({ kind: 'redis', ...expected });
  });

  test.each([
    ['redis://host/notes', /db/],
    ['redis+unix:/run/r.sock?host=h', /path.*Unix socket/],
    ['redis://host?hosts=a', /hosts.*cluster or sentinel/],
    ['redis://host?sentinel=m&hosts=a%20b', /host:6379/],
    ['redis://host?cluster=true&sentinel=m', /exclude each other/],
    ['redis://host/1?cluster=true', /db.*must be 0/],
    ['redis://host?prefix={x}', /prefix/],
    ['redis://host?partSize=1', /partSize/],
  ])('%s is refused', (address, message) => {
    expect(() => new Storage(address)).toThrow(message);
  });

  test('a Unix socket is an address', async () => {
    await using storage = new Storage(`redis+unix:${server().path}`);
    await storage.createBucket('unix');
    await storage.putObject('unix', 'a', 'x');
    expect(storage.reach).toBe('host');
  });

  test('prefix and db keep stores apart', async () => {
    await using one = open({ prefix: 'one' });
    await using two = open({ prefix: 'two' });
    await using third = open({ prefix: 'one', db: 1 });
    await one.createBucket('shared');
    await expect(two.headBucket('shared')).rejects.toMatchObject({ code: 'no-such-bucket' });
    await expect(third.headBucket('shared')).rejects.toMatchObject({ code: 'no-such-bucket' });
  });
});

test('a connection that nobody uses keeps no program running', async () => {
  const program = fileURLToPath(new URL('support/idle-program.ts', import.meta.url));
  const config = JSON.stringify({ kind: 'redis', port: server().port });
  const child = spawn(process.execPath, [...inject('nodeFlags'), program, config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'exit');
  expect([code, said]).toEqual([0, 'here: still here\n']);
}, 60_000);
