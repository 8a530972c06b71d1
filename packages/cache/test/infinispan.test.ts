/** The tier in Infinispan keeps the contract of tiers, on a cluster of two nodes; what is its own. */
import { inspect } from 'node:util';
import { Cache, type CacheOptions, type Invalidation, type OpenTier, type Tier } from '@skein/cache';
import { decode, encode } from '@skein/codec';
import { checkConfig } from '@skein/config';
import { expect, onTestFinished, test, vi } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findInfinispan, startInfinispan } from '../../../tools/servers/infinispan.ts';
import { infinispanSchema, openInfinispan, resolveInfinispan } from '../src/infinispan/options.ts';
import { InfinispanRest } from '../src/infinispan/rest.ts';
import { nameOf } from '../src/node/folder.ts';
import { entryOf, tierConformance } from './support/conformance.ts';
import { proxyTo } from './support/proxy.ts';
import { anyNamespace } from './support/redis.ts';

const server = serverForTests(findInfinispan, (program) => startInfinispan(program, { nodes: 2 }));

const POLL_MS = 50;

/** @param node that is asked first */
function optionsAt(
  node: number,
  options: CacheOptions['infinispan'] = {},
): NonNullable<CacheOptions['infinispan']> {
  const { nodes, user, password } = server();
  const others = nodes.filter((_, at) => at !== node).map(({ host, port }) => `${host}:${port}`);
  const own = { url: nodes[node]!.url, nodes: others.join(), username: user, password };
  return { ...own, pollMs: POLL_MS, blindMs: 10_000, timeoutMs: 5_000, ...options };
}

function restAt(node: number): InfinispanRest {
  const { nodes, user: username, password } = server();
  return new InfinispanRest({
    nodes: [nodes[node]!.url],
    timeoutMs: 5_000,
    credentials: () => ({ username, password }),
  });
}

function openAt(node: number, options: CacheOptions['infinispan'] = {}): OpenTier {
  return openInfinispan(resolveInfinispan(checkConfig(infinispanSchema, optionsAt(node, options))));
}

/** Goes with the test; what it hears, with `all` left out where that is not wanted. */
function member(namespace: string, open: OpenTier): { tier: Tier; heard: Invalidation[] } {
  const heard: Invalidation[] = [];
  const tier = open({ namespace, heard: (one) => heard.push(one) });
  onTestFinished(() => tier.close());
  return { tier, heard };
}

/** Members by turns at one node and the other. */
function openByTurns(): OpenTier {
  let turn = 0;
  const openers = [0, 1].map((node) => openAt(node));
  return (context) => openers[turn++ % 2]!(context);
}

tierConformance('infinispan', () => ({
  open: openByTurns(),
  hearsWithinMs: POLL_MS,
  damage: async (namespace, key, how) => {
    const rest = restAt(1);
    const name = `${nameOf(namespace).slice(0, 20)}-e-${nameOf(key)}`;
    const bytes = (await rest.get('skein-cache', name))!;
    bytes[bytes.length - 9]! ^= 4;
    await rest.put('skein-cache', name, how === 'cut' ? bytes.subarray(0, bytes.length - 9) : bytes);
  },
}));

test('what several say at once through both nodes is heard by all, once and in one order', async () => {
  const namespace = anyNamespace();
  const [one, two, three, four] = [0, 1, 0, 1].map((node) => member(namespace, openAt(node))) as [
    ReturnType<typeof member>,
    ReturnType<typeof member>,
    ReturnType<typeof member>,
    ReturnType<typeof member>,
  ];
  await Promise.all([one, two, three, four].map(({ tier }) => tier.read('first', [])));
  const keys = Array.from({ length: 12 }, (_, i) => `${i}`);
  await Promise.all(keys.map((key, i) => (i % 2 ? one : two).tier.delete(key)));
  await Promise.all([three.tier.read('last', []), four.tier.read('last', [])]);
  expect(three.heard.map((one) => 'key' in one && one.key).toSorted()).toEqual(keys.toSorted());
  expect(four.heard).toEqual(three.heard);
});

test('L1: where the history is lost, nothing of before is served, and all is told to be invalid', async () => {
  const namespace = anyNamespace();
  const near = member(namespace, openAt(0));
  const far = member(namespace, openAt(1));
  await near.tier.write('key', entryOf('old'));
  await far.tier.invalidate('red');
  const { mark } = await near.tier.read('gap', []);
  const { nodes, user, password } = server();
  const counter = `${nodes[0]!.url}/rest/v2/counters/skein-cache-history-${nameOf(namespace).slice(0, 20)}`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  expect((await fetch(counter, { method: 'DELETE', headers: { authorization } })).status).toBe(204);
  await expect.poll(() => near.heard, { interval: 5, timeout: 10_000 }).toContainEqual({ kind: 'all' });
  expect((await near.tier.read('key', [])).entry).toBeUndefined();
  expect((await far.tier.read('key', [])).entry).toBeUndefined();
  expect(await near.tier.write('gap', entryOf('old'), mark)).toBe('invalidated');
  await near.tier.write('key', entryOf('new'));
  expect((await far.tier.read('key', [])).entry).toBeDefined();
  await far.tier.clear();
});

test('L3: who comes later knows what was invalidated before', async () => {
  const namespace = anyNamespace();
  const early = member(namespace, openAt(0));
  const { mark } = await early.tier.read('key', []);
  await early.tier.write('key', entryOf('tagged', { tags: ['red'] }), mark);
  await early.tier.write('stays', entryOf('tagged', { tags: ['blue'] }), mark);
  await early.tier.invalidate('red');
  for (let i = 0; i < 70; i++) await early.tier.invalidate(`${i % 3}`);
  const late = member(namespace, openAt(1));
  expect((await late.tier.read('key', [])).entry).toBeUndefined();
  expect((await late.tier.read('stays', [])).entry).toBeDefined();
  expect(late.heard).toEqual([]);
  await late.tier.clear();
});

test('large entries lie in chunks, which go with them', async () => {
  const namespace = anyNamespace();
  const { tier } = member(namespace, openAt(0));
  const names = async (): Promise<number> =>
    (await restAt(1).names('skein-cache')).filter((name) => name.startsWith(nameOf(namespace).slice(0, 20)))
      .length;
  const body = Buffer.alloc(2_500_000, 'skein');
  for (let i = 0; i < 2; i++) {
    await tier.write('key', { ...entryOf(''), body: [body.subarray(0, 7), body.subarray(7)] });
    const { entry } = await tier.read('key', []);
    expect(Buffer.compare(entry!.body[0]!, body)).toBe(0);
    await expect.poll(names, { interval: 20, timeout: 10_000 }).toBe(4);
  }
  await tier.delete('key');
  expect(await names()).toBe(0);
  await tier.write('key', { ...entryOf(''), body: [body] });
  await tier.clear();
  expect(await names()).toBe(0);
});

test('P3: who is cut off tells that all is invalid, and what was missed when it is back', async () => {
  const namespace = anyNamespace();
  const proxy = await proxyTo(server().nodes[0]!.port);
  const url = `http://127.0.0.1:${proxy.port}`;
  const near = member(namespace, openAt(0, { url, nodes: undefined, blindMs: 400 }));
  const far = member(namespace, openAt(1));
  await near.tier.read('key', []);
  proxy.shut();
  await far.tier.delete('key');
  const alls = (): number => near.heard.filter(({ kind }) => kind === 'all').length;
  await expect.poll(alls, { interval: 5, timeout: 10_000 }).toBeGreaterThan(1);
  await expect(near.tier.delete('key')).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(`infinispan at ${url}: `),
  });
  proxy.open();
  await expect
    .poll(() => near.heard.at(-1), { interval: 5, timeout: 10_000 })
    .toEqual({ kind: 'key', key: 'key' });
});

test('a lease ends without a sign of its holder, and is renewed with one', async () => {
  const namespace = anyNamespace();
  const [one, other] = [member(namespace, openAt(0)), member(namespace, openAt(1))];
  const held = await one.tier.lease('key', 600);
  expect(held).toBeDefined();
  const begun = Date.now();
  while (Date.now() < begun + 1_000) expect(await other.tier.lease('key', 600)).toBeUndefined();
  await one.tier.close(); // it can give no sign any more
  await expect
    .poll(async () => (await other.tier.lease('key', 5_000)) !== undefined, { interval: 20, timeout: 10_000 })
    .toBe(true);
});

test('credentials are in no handle, warning or error, and a handle finds them in its process', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  onTestFinished(() => void warnings.mockRestore());
  const { user, password } = server();
  const options: CacheOptions = {
    namespace: anyNamespace(),
    tiers: ['memory', 'infinispan'],
    infinispan: optionsAt(0),
  };
  const cache = new Cache(options);
  onTestFinished(() => cache.close());
  await cache.set('key', 'value');
  const bytes = encode(cache, { reach: 'host' }).toBytes();
  const said = Buffer.from(bytes).toString('latin1');
  expect(said).toContain(server().nodes[0]!.url);
  expect(said).not.toContain(password);
  expect(said).not.toContain(`"${user}"`);
  expect(await decode<Cache>(bytes).get('key')).toBe('value');

  const wrong = new Cache({
    ...options,
    tiers: ['infinispan'],
    infinispan: { ...optionsAt(0), password: 'wr0ng' },
  });
  onTestFinished(() => wrong.close());
  expect(await wrong.getOrSet('key', () => 'loaded')).toBe('loaded');
  const error: unknown = await wrong.delete('key').catch((one: unknown) => one);
  expect(error).toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(`refused access to user ${user}`),
  });
  const all = [
    inspect(error, { depth: 10 }),
    inspect(warnings.mock.calls),
    JSON.stringify(wrong.stats()),
  ].join();
  expect(all).toContain('refused access');
  expect(all).not.toContain('wr0ng');
  await cache.clear();
});

test.each<[CacheOptions['infinispan'], string]>([
  [{ url: 'redis://secret@host' }, "infinispan.url: must look like 'http://host:11222'"],
  [{ nodes: 'a:1,secret:x@b:2' }, 'infinispan.nodes: '],
  [{ url: 'http://secret@host' }, 'infinispan.password: and username come together'],
  [{ cache: 'a b' }, 'infinispan.cache: must be 1 to 64 letters'],
  [{ blindMs: 500, pollMs: 250 }, 'infinispan.blindMs: must be four times pollMs'],
])('options that are wrong are refused, and not quoted: %o', (infinispan, message) => {
  const make = (): unknown => new Cache({ tiers: ['infinispan'], infinispan });
  expect(make).toThrow(message);
  expect(make).not.toThrow(/secret/);
});

test('the death of a node: reads go on, and what the others do not take yet is an error', async () => {
  const namespace = anyNamespace();
  // The server waits for the answer of the dead, for up to a minute.
  const [one, other] = [0, 1].map((node) => member(namespace, openAt(node, { timeoutMs: 2_000 }))) as [
    ReturnType<typeof member>,
    ReturnType<typeof member>,
  ];
  await one.tier.write('key', entryOf('kept'));
  await other.tier.read('key', []);
  await server().nodes[0]!.kill();
  const isThere = async (tier: Tier): Promise<boolean> => (await tier.read('key', [])).entry !== undefined;
  expect([await isThere(one.tier), await isThere(other.tier)]).toEqual([true, true]);
  const outcome = await one.tier.delete('key').then(
    () => 'deleted',
    (error: { code: string }) => error.code,
  );
  expect(['deleted', 'timeout', 'unreachable']).toContain(outcome);
  expect(await isThere(other.tier)).toBe(outcome !== 'deleted');
});
