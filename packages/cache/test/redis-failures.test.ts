/** Redis is cut off, killed, frozen or full: the cache goes on without, and serves nothing that was made invalid meanwhile. */
import { inspect } from 'node:util';
import { Cache, type CacheOptions, type Invalidation } from '@skein/cache';
import { decode, encode } from '@skein/codec';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { loadPackage } from '../src/optional-package.ts';
import { entryOf } from './support/conformance.ts';
import { proxyTo, type ServerProxy } from './support/proxy.ts';
import { anyNamespace, clientOf, openAt, urlOf } from './support/redis.ts';

const server = serverForTests(findRedis, startRedis);

let warnings: string[];
beforeEach(() => {
  warnings = [];
  const spy = vi
    .spyOn(process, 'emitWarning')
    .mockImplementation((message) => void warnings.push(String(message)));
  onTestFinished(() => void spy.mockRestore());
});

function cacheAt(port: number, options: CacheOptions = {}, redis: CacheOptions['redis'] = {}): Cache {
  const cache = new Cache({
    namespace: anyNamespace(),
    tiers: ['memory', 'redis'],
    coherenceMs: 0,
    ...options,
    redis: { url: urlOf(port), timeoutMs: 300, ...redis },
  });
  onTestFinished(() => cache.close());
  return cache;
}

/** One who is cut off for a while, and what it hears of others. */
async function listener(blindMs: number): Promise<{
  proxy: ServerProxy;
  heard: Invalidation[];
  far: ReturnType<ReturnType<typeof openAt>>;
  namespace: string;
}> {
  const proxy = await proxyTo(server().port);
  const namespace = anyNamespace();
  const heard: Invalidation[] = [];
  const near = openAt(proxy.port, { blindMs, timeoutMs: 300 })({
    namespace,
    heard: (one) => heard.push(one),
  });
  const far = openAt(server().port)({ namespace, heard: () => {} });
  await Promise.all([near.read('first', []), far.read('first', [])]);
  onTestFinished(async () => {
    await Promise.all([near.close(), far.close()]);
  });
  return { proxy, heard, far, namespace };
}

test('H2: who was cut off is told exactly what was said meanwhile', async () => {
  const { proxy, heard, far } = await listener(2_000);
  proxy.shut();
  await far.delete('a');
  await far.invalidate('red');
  await far.write('b', entryOf('b'));
  const { mark } = await far.read('gap', []);
  await far.write('gap', entryOf('filled'), mark);
  proxy.open();
  await expect
    .poll(() => heard.filter(({ kind }) => kind !== 'all').length, { interval: 5, timeout: 10_000 })
    .toBe(3);
  expect(heard).toEqual(
    expect.arrayContaining([
      { kind: 'key', key: 'a' },
      { kind: 'tag', tag: 'red' },
      { kind: 'key', key: 'b' },
    ]),
  );
  await far.delete('later');
  await expect
    .poll(() => heard.at(-1), { interval: 5, timeout: 10_000 })
    .toEqual({ kind: 'key', key: 'later' });
});

test.each([
  [
    'too much to be remembered',
    (far: { delete(key: string): Promise<void> }) => many((i) => far.delete(`${i}`)),
  ],
  ['the history was lost', (_far: object) => clientOf(server().port).flushall()],
])('H2: where it is not known what was said, all is invalid: %s', async (_what, happens) => {
  const { proxy, heard, far } = await listener(600);
  heard.length = 0;
  proxy.shut();
  await happens(far);
  proxy.open();
  await expect.poll(() => heard, { interval: 5, timeout: 10_000 }).toContainEqual({ kind: 'all' });
});

function many(work: (i: number) => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: 4_001 }, (_, i) => work(i)));
}

test('H1: where the connection is dead and nobody says so, what is nearer is served for blindMs at most', async () => {
  const proxy = await proxyTo(server().port);
  const namespace = anyNamespace();
  const near = cacheAt(proxy.port, { namespace }, { blindMs: 400 });
  const far = cacheAt(server().port, { namespace });
  await far.set('key', 'old');
  expect(await near.get('key')).toBe('old');
  proxy.freeze();
  const frozen = performance.now();
  await far.set('key', 'new');
  await expect.poll(() => near.peek('key'), { interval: 5, timeout: 10_000 }).toBeUndefined();
  expect(performance.now() - frozen).toBeLessThan(5_000); // 400 are stated; the machine is busy
  await expect.poll(() => near.get('key'), { interval: 20, timeout: 5_000 }).toBe('new');
});

test('a server that is killed costs loads, not answers; what it could not be told is an error', async () => {
  const cache = cacheAt(server().port, {}, { blindMs: 400 });
  await cache.set('key', 'kept');
  await server().kill();
  expect(await cache.getOrSet('other', () => 'loaded')).toBe('loaded');
  expect(await cache.getOrSet('alone', () => 'loaded', { once: 'cluster' })).toBe('loaded');
  await expect(cache.invalidate('red')).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(`redis at ${urlOf(server().port)}: connect ECONNREFUSED`),
  });
  // Nobody is heard: what is in memory goes, again and again.
  await expect.poll(() => cache.peek('key'), { interval: 5, timeout: 10_000 }).toBeUndefined();
  await cache.getOrSet('other', () => 'again');
  await expect.poll(() => cache.peek('other'), { interval: 5, timeout: 10_000 }).toBeUndefined();
  await server().restart();
  const isSet = async (): Promise<boolean> => {
    await cache.set('key', 'new').catch(() => {}); // it was left alone, and is asked again soon
    return (await clientOf(server().port).exists(entryKey(cache))) === 1;
  };
  await expect.poll(isSet, { interval: 50, timeout: 10_000 }).toBe(true);
  expect(warnings).toHaveLength(1);
});

function entryKey({ namespace }: Cache): string {
  return `skein-cache:{${namespace}}:e:"key"`;
}

test('a server that is frozen costs its timeout, and is then left alone', async () => {
  const cache = cacheAt(server().port, { tiers: ['redis'] });
  await cache.set('key', 'kept');
  await server().freeze();
  for (let i = 0; i < 6; i++) expect(await cache.getOrSet(`${i}`, () => i)).toBe(i);
  expect(cache.stats().tiers['redis']).toMatchObject({ isResting: true, failures: 3 });
  expect(warnings).toEqual([expect.stringContaining('gave no answer within 300 ms')]);
  server().thaw();
  await expect.poll(() => cache.get('key'), { interval: 20, timeout: 10_000 }).toBe('kept');
});

test('an answer that is lost is asked for again, and nothing happens twice', async () => {
  const proxy = await proxyTo(server().port);
  const namespace = anyNamespace();
  const tier = openAt(proxy.port)({ namespace, heard: () => {} });
  onTestFinished(() => tier.close());
  const { mark } = await tier.read('key', []);
  proxy.dropAnswers(1);
  expect(await tier.write('key', entryOf('value'), mark)).toBe('kept');
  expect((await tier.read('key', [])).entry).toBeDefined();
  proxy.dropAnswers(1);
  const lease = await tier.lease('key', 30_000);
  expect(lease).toBeDefined();
  await lease!.release();
  proxy.dropAnswers(1);
  await tier.delete('key');
  expect((await tier.read('key', [])).entry).toBeUndefined();
});

test('a server without room keeps nothing, and nothing that was replaced', async () => {
  const redis = clientOf(server().port);
  const namespace = anyNamespace();
  const tier = openAt(server().port, { maxEntryBytes: 5 * 2 ** 20 })({ namespace, heard: () => {} });
  await tier.write('key', entryOf('old', { tags: ['red'] }));
  await redis.config('SET', 'maxmemory', '1');
  onTestFinished(async () => {
    await redis.config('SET', 'maxmemory', '0');
    await tier.close();
  });
  const { mark } = await tier.read('gap', []);
  for (const size of [10, 200_000])
    expect(await tier.write('gap', entryOf('x'.repeat(size)), mark)).toBe('full');
  expect((await tier.read('key', [])).entry).toBeDefined();
  await tier.invalidate('red');
  expect((await tier.read('key', [])).entry).toBeUndefined();
  expect(await tier.write('key', entryOf('new'))).toBe('full');
  await tier.clear();
  await redis.config('SET', 'maxmemory', '0');
  await tier.write('key', entryOf('old'));
  expect(await tier.write('key', { ...entryOf(''), body: [Buffer.alloc(6 * 2 ** 20)] })).toBe('too-large');
  expect((await tier.read('key', [])).entry).toBeUndefined();
});

test('credentials are in no handle, warning or error, and a handle finds them in its process', async () => {
  const redis = clientOf(server().port);
  await redis.call('ACL', 'SETUSER', 'walter', 'on', '>s3cret-word', '~*', '&*', '+@all');
  onTestFinished(async () => void (await redis.call('ACL', 'DELUSER', 'walter')));
  const place = `127.0.0.1:${server().port}`;
  const cache = cacheAt(0, {}, { url: `redis://walter:s3cret-word@${place}/3` });
  await cache.set('key', 'value');
  expect(await clientOf(server().port).exists(entryKey(cache))).toBe(0); // it is in another database
  const bytes = encode(cache, { reach: 'host' }).toBytes();
  const said = Buffer.from(bytes).toString('latin1');
  expect(said).toContain(place);
  expect(said).not.toMatch(/s3cret|walter/);
  const arrived = decode<Cache>(bytes);
  await redis.call('CLIENT', 'KILL', 'USER', 'walter');
  arrived.peek('key');
  expect(await arrived.get('key')).toBe('value');
  expect(() => encode(cache, { reach: 'network' })).toThrow(/this machine/);

  const wrong = cacheAt(
    0,
    { tiers: ['redis'] },
    { url: `redis://${place}`, username: 'walter', password: 'wr0ng' },
  );
  expect(await wrong.getOrSet('key', () => 'loaded')).toBe('loaded');
  const error: unknown = await wrong.delete('key').catch((one: unknown) => one);
  expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('WRONGPASS') });
  const all = [inspect(error, { depth: 10 }), ...warnings, JSON.stringify(wrong.stats())].join('\n');
  expect(all).toContain('refused access to user walter');
  expect(all).not.toMatch(/wr0ng|s3cret/);
});

test.each<[CacheOptions['redis'], string]>([
  [{ url: 'http://secret@host' }, "redis.url: must look like 'redis://host:6379/0'"],
  [{ url: 'redis://secret:6379/db' }, 'redis.url: must have the number of a database'],
  [{ url: 'not secret' }, 'redis.url: must look like'],
  [{ prefix: 'a b' }, 'redis.prefix: must be 1 to 64 letters'],
  [{ blindMs: 1 }, 'blindMs'],
  [{ maxEntryBytes: 'much' }, 'maxEntryBytes'],
])('options that are wrong are refused, and not quoted: %o', (redis, message) => {
  const make = (): unknown => new Cache({ tiers: ['redis'], redis });
  expect(make).toThrow(message);
  expect(make).not.toThrow(/secret/);
});

test('a library that is not there is named', async () => {
  await expect(loadPackage('no-such-library', 'the redis tier')).rejects.toMatchObject({
    code: 'unsupported',
    message:
      'the redis tier uses the package no-such-library, which is not installed here: npm install no-such-library',
  });
});
