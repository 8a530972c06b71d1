/** The tier in Infinispan keeps the contract of tiers by REST and by Hot Rod, on a cluster of two nodes; what is its own. */
import type { ChildProcess } from 'node:child_process';
import { inspect } from 'node:util';
import { Cache, type CacheOptions, type Invalidation, type OpenTier, type Tier } from '@skein/cache';
import { decode, encode } from '@skein/codec';
import { checkConfig } from '@skein/config';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findInfinispan, startInfinispan } from '../../../tools/servers/infinispan.ts';
import { HotRodConnection } from '../src/infinispan/hotrod/connection.ts';
import { infinispanSchema, openInfinispan, resolveInfinispan } from '../src/infinispan/options.ts';
import { InfinispanRest } from '../src/infinispan/rest/rest.ts';
import { nameOf } from '../src/node/folder.ts';
import { loadPackage } from '../src/optional-package.ts';
import { clusterProcesses } from './support/cluster-processes.ts';
import { entryOf, tierConformance } from './support/conformance.ts';
import { crew } from './support/crew.ts';
import { proxyTo } from './support/proxy.ts';
import { anyNamespace } from './support/redis.ts';

const server = serverForTests(findInfinispan, (program) => startInfinispan(program, { nodes: 2 }));

let members: ChildProcess[];
beforeAll(async () => {
  members = await crew(8);
}, 60_000);
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

function serverAt(node: number): ConstructorParameters<typeof InfinispanRest>[0] {
  const { nodes, user: username, password } = server();
  return {
    nodes: [nodes[node]!.url],
    timeoutMs: 5_000,
    credentials: () => ({ username, password }),
  };
}

function restAt(node: number): InfinispanRest {
  return new InfinispanRest(serverAt(node));
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

type Protocol = 'rest' | 'hotrod';

/** How the history of a namespace is lost. */
const losses: Readonly<Record<Protocol, (space: string) => string>> = {
  rest: (space) => `counters/skein-cache-history-${space}`,
  hotrod: (space) => `caches/skein-cache-history/${space}-tip`,
};

describe.each<Protocol>(['rest', 'hotrod'])('by %s', (protocol) => {
  const open = (node: number, options: CacheOptions['infinispan'] = {}): OpenTier =>
    openAt(node, { protocol, ...options });

  const spaceOf = (namespace: string): string =>
    `${protocol === 'hotrod' ? 'h' : ''}${nameOf(namespace).slice(0, 20)}`;

  async function loseHistory(space: string): Promise<void> {
    const { nodes, user, password } = server();
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const url = `${nodes[0]!.url}/rest/v2/${losses[protocol](space)}`;
    expect((await fetch(url, { method: 'DELETE', headers: { authorization } })).status).toBe(204);
  }

  /** Members by turns at one node and the other. */
  function openByTurns(): OpenTier {
    let turn = 0;
    const openers = [0, 1].map((node) => open(node));
    return (context) => openers[turn++ % 2]!(context);
  }

  tierConformance(`infinispan by ${protocol}`, () => ({
    open: openByTurns(),
    hearsWithinMs: POLL_MS,
    damage: async (namespace, key, how) => {
      const rest = restAt(1);
      const name = `${spaceOf(namespace)}-e-${nameOf(key)}`;
      const bytes = (await rest.get('skein-cache', name))!;
      bytes[bytes.length - 9]! ^= 4;
      await rest.put('skein-cache', name, how === 'cut' ? bytes.subarray(0, bytes.length - 9) : bytes);
    },
  }));

  clusterProcesses(
    `infinispan by ${protocol}`,
    () => members,
    () => {
      const common = { namespace: anyNamespace(), tiers: ['memory', 'infinispan'] } as const;
      return (node) => ({ ...common, infinispan: optionsAt(node, { protocol }) });
    },
  );

  test('what several say at once through both nodes is heard by all, once and in one order', async () => {
    const namespace = anyNamespace();
    const [one, two, three, four] = [0, 1, 0, 1].map((node) => member(namespace, open(node))) as [
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
    const near = member(namespace, open(0));
    const far = member(namespace, open(1));
    await near.tier.write('key', entryOf('old'));
    await far.tier.invalidate('red');
    const { mark } = await near.tier.read('gap', []);
    await loseHistory(spaceOf(namespace));
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
    const early = member(namespace, open(0));
    const { mark } = await early.tier.read('key', []);
    await early.tier.write('key', entryOf('tagged', { tags: ['red'] }), mark);
    await early.tier.write('stays', entryOf('tagged', { tags: ['blue'] }), mark);
    await early.tier.invalidate('red');
    for (let i = 0; i < 70; i++) await early.tier.invalidate(`${i % 3}`);
    const late = member(namespace, open(1));
    expect((await late.tier.read('key', [])).entry).toBeUndefined();
    expect((await late.tier.read('stays', [])).entry).toBeDefined();
    expect(late.heard).toEqual([]);
    await late.tier.clear();
  });

  test('large entries lie in chunks, which go with them', async () => {
    const namespace = anyNamespace();
    const { tier } = member(namespace, open(0));
    const names = async (): Promise<number> =>
      (await restAt(1).names('skein-cache')).filter((name) => name.startsWith(`${spaceOf(namespace)}-`))
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
    const near = member(namespace, open(0, { url, nodes: undefined, blindMs: 400, timeoutMs: 500 }));
    const far = member(namespace, open(1));
    await near.tier.read('key', []);
    proxy.shut();
    await far.tier.delete('key');
    const alls = (): number => near.heard.filter(({ kind }) => kind === 'all').length;
    await expect.poll(alls, { interval: 5, timeout: 10_000 }).toBeGreaterThan(1);
    const failure: unknown = await near.tier.delete('key').catch((error: unknown) => error);
    // Hot Rod does not see that a connection is closed while it is made.
    expect(failure).toMatchObject({
      code: expect.stringMatching(protocol === 'rest' ? 'unreachable' : /^(?:unreachable|timeout)$/),
      message: expect.stringMatching(/^infinispan at (?:http:\/\/)?127\.0\.0\.1:\d+/),
    });
    proxy.open();
    await expect
      .poll(() => near.heard.at(-1), { interval: 5, timeout: 10_000 })
      .toEqual({ kind: 'key', key: 'key' });
  });

  test('a lease ends without a sign of its holder, and is renewed with one', async () => {
    const namespace = anyNamespace();
    const [one, other] = [member(namespace, open(0)), member(namespace, open(1))];
    const held = await one.tier.lease('key', 600);
    expect(held).toBeDefined();
    const begun = Date.now();
    while (Date.now() < begun + 1_000) expect(await other.tier.lease('key', 600)).toBeUndefined();
    await one.tier.close(); // it can give no sign any more
    await expect
      .poll(async () => (await other.tier.lease('key', 5_000)) !== undefined, {
        interval: 20,
        timeout: 10_000,
      })
      .toBe(true);
  });

  test('credentials are in no handle, warning or error, and a handle finds them in its process', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => void warnings.mockRestore());
    const { user, password } = server();
    const options: CacheOptions = {
      namespace: anyNamespace(),
      tiers: ['memory', 'infinispan'],
      infinispan: optionsAt(0, { protocol }),
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
      infinispan: { ...optionsAt(0, { protocol }), password: 'wr0ng' },
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

  test('nodes that are frozen: all is invalid, nothing hangs, and what was missed is told', async () => {
    const namespace = anyNamespace();
    const near = member(namespace, open(0, { timeoutMs: 500, blindMs: 400 }));
    const far = member(namespace, open(1));
    await near.tier.write('key', entryOf('kept'));
    await far.tier.read('key', []);
    const { nodes } = server();
    await Promise.all(nodes.map((node) => node.freeze()));
    try {
      await expect(near.tier.read('key', [])).rejects.toMatchObject({ code: 'timeout' });
      await expect(near.tier.delete('key')).rejects.toMatchObject({ code: 'timeout' });
      await expect.poll(() => near.heard, { interval: 5, timeout: 10_000 }).toContainEqual({ kind: 'all' });
    } finally {
      for (const node of nodes) node.thaw();
    }
    await far.tier.delete('key');
    await expect
      .poll(() => near.heard.at(-1), { interval: 5, timeout: 10_000 })
      .toEqual({ kind: 'key', key: 'key' });
    expect((await near.tier.read('key', [])).entry).toBeUndefined();
  });

  test('one node that is frozen costs time, not the answer, and what it could not be told is an error', async () => {
    const infinispan = optionsAt(0, { protocol, timeoutMs: 500 });
    const cache = new Cache({ namespace: anyNamespace(), tiers: ['infinispan'], infinispan });
    onTestFinished(() => cache.close());
    await cache.set('key', 'kept');
    const [node] = server().nodes;
    await node!.freeze();
    try {
      expect(['kept', 'loaded']).toContain(await cache.getOrSet('key', () => 'loaded'));
      const failure = await cache.delete('key').catch((error: unknown) => error);
      if (failure !== undefined) expect(failure).toMatchObject({ code: 'unreachable' });
    } finally {
      node!.thaw();
    }
    const isDeleted = (): Promise<unknown> => cache.delete('key').then(() => cache.get('key'), String);
    await expect.poll(isDeleted, { interval: 50, timeout: 30_000 }).toBeUndefined();
  });
});

describe('by hotrod, invalidations are told by the server', () => {
  /** So long that only a listener can be why something is heard. */
  const patient = { protocol: 'hotrod', pollMs: 60_000, blindMs: 240_000 } as const;
  /** Two members, of which the near one is connected through a proxy to one node, and the far one to the other. */
  const nearByProxy = async (nearOptions: CacheOptions['infinispan']) => {
    const namespace = anyNamespace();
    const proxy = await proxyTo(server().nodes[0]!.port);
    const url = `http://127.0.0.1:${proxy.port}`;
    const near = member(namespace, openAt(0, { ...nearOptions, url, nodes: undefined }));
    return { namespace, proxy, near, far: member(namespace, openAt(1, patient)) };
  };
  const toHear = { interval: 1, timeout: 15_000 };

  test('at once, of both nodes', async () => {
    const namespace = anyNamespace();
    const members = [0, 1].map((node) => member(namespace, openAt(node, patient)));
    const far = member(namespace, openAt(1, patient));
    await Promise.all([...members, far].map(({ tier }) => tier.read('first', [])));
    for (const key of ['a', 'b', 'c']) {
      await far.tier.delete(key);
      for (const { heard } of members)
        await expect.poll(() => heard.at(-1), toHear).toEqual({ kind: 'key', key });
    }
    await far.tier.invalidate('red');
    for (const { heard } of members)
      await expect.poll(() => heard.at(-1), toHear).toEqual({ kind: 'tag', tag: 'red' });
    expect(far.heard).toEqual([]);
  });

  test('many at a time, in one order', async () => {
    const namespace = anyNamespace();
    const [near, far] = [0, 1].map((node) => member(namespace, openAt(node, patient)));
    await Promise.all([near, far].map((one) => one!.tier.read('first', [])));
    const keys = Array.from({ length: 100 }, (_, i) => `${i}`);
    await Promise.all(keys.map((key) => far!.tier.delete(key)));
    await expect.poll(() => near!.heard, toHear).toEqual(keys.map((key) => ({ kind: 'key', key })));
  });

  test('also what was missed while the connection was cut', async () => {
    const { proxy, near, far } = await nearByProxy(patient);
    await Promise.all([near, far].map(({ tier }) => tier.read('first', [])));
    await far.tier.delete('before');
    await expect.poll(() => near.heard.at(-1), toHear).toEqual({ kind: 'key', key: 'before' });
    proxy.shut();
    await far.tier.delete('missed');
    proxy.open();
    await expect.poll(() => near.heard.at(-1), toHear).toEqual({ kind: 'key', key: 'missed' });
    await far.tier.delete('after');
    await expect.poll(() => near.heard.at(-1), toHear).toEqual({ kind: 'key', key: 'after' });
  });

  test('H7: also where an event comes in pieces', async () => {
    const { proxy, near, far } = await nearByProxy(patient);
    await Promise.all([near, far].map(({ tier }) => tier.read('first', [])));
    await far.tier.delete('whole');
    await expect.poll(() => near.heard.at(-1), toHear).toEqual({ kind: 'key', key: 'whole' });
    proxy.crumble();
    await far.tier.delete('pieces');
    await expect.poll(() => near.heard.at(-1), toHear).toEqual({ kind: 'key', key: 'pieces' });
  });

  test('H7: an answer with a version that comes in pieces is asked for again', async () => {
    const { proxy, near, far } = await nearByProxy(patient);
    await near.tier.write('key', entryOf('kept'));
    proxy.crumble();
    await near.tier.delete('key');
    for (const { tier } of [near, far]) expect((await tier.read('key', [])).entry).toBeUndefined();
  });

  test('H8: a listener that is not told what a look has found is replaced', async () => {
    const { namespace, proxy, near, far } = await nearByProxy({ protocol: 'hotrod' });
    await near.tier.read('first', []);
    await far.tier.delete('told');
    await expect.poll(() => near.heard.at(-1), toHear).toEqual({ kind: 'key', key: 'told' });
    const before = proxy.opened;
    proxy.swallow(`h${nameOf(namespace).slice(0, 20)}-tip`);
    let untold = 0;
    const isReplaced = async (): Promise<number> => {
      await far.tier.delete(`untold ${++untold}`);
      return proxy.opened;
    };
    await expect.poll(isReplaced, { ...toHear, interval: 50 }).toBeGreaterThan(before);
    await expect.poll(() => near.heard.at(-1), toHear).toEqual({ kind: 'key', key: `untold ${untold}` });
  });

  test('a wrong password is told without it, and is not tried again at the next node', async () => {
    const { nodes, user: username } = server();
    const connection = new HotRodConnection(
      {
        nodes: [nodes[0]!.url, nodes[1]!.url],
        timeoutMs: 5_000,
        credentials: () => ({ username, password: 'wr0ng' }),
      },
      'text',
    );
    onTestFinished(() => connection.close());
    for (let i = 0; i < 2; i++) {
      const error: unknown = await connection.run((client) => client.get('key')).catch((one: unknown) => one);
      expect(error).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining(`:${nodes[i]!.port} (Hot Rod) refused access to user ${username}`),
      });
      expect(inspect(error, { depth: 10 })).not.toContain('wr0ng');
    }
  });

  test('where the package is missing, the error names it', async () => {
    const error = await loadPackage('no-such-library', 'the infinispan tier by Hot Rod').catch(
      (one: unknown) => one,
    );
    expect(error).toMatchObject({
      code: 'unsupported',
      message:
        'the infinispan tier by Hot Rod uses the package no-such-library, which is not installed here: npm install no-such-library',
    });
  });

  test('entries of one protocol are none of the other’s, whose invalidations they would not hear of', async () => {
    const namespace = anyNamespace();
    const [rest, hotRod] = (['rest', 'hotrod'] as const).map((protocol) =>
      member(namespace, openAt(0, { protocol })),
    );
    await rest!.tier.write('key', entryOf('by REST'));
    expect((await hotRod!.tier.read('key', [])).entry).toBeUndefined();
    await hotRod!.tier.write('key', entryOf('by Hot Rod'));
    await rest!.tier.clear();
    expect((await hotRod!.tier.read('key', [])).entry).toBeDefined();
    await hotRod!.tier.clear();
  });
});

test.each<[CacheOptions['infinispan'], string]>([
  [{ url: 'redis://secret@host' }, "infinispan.url: must look like 'http://host:11222'"],
  [{ nodes: 'a:1,secret:x@b:2' }, 'infinispan.nodes: '],
  [{ url: 'http://secret@host' }, 'infinispan.password: and username come together'],
  [{ protocol: 'http' as never }, 'infinispan.protocol: '],
  [{ cache: 'a b' }, 'infinispan.cache: must be 1 to 64 letters'],
  [{ blindMs: 500, pollMs: 250 }, 'infinispan.blindMs: must be four times pollMs'],
])('options that are wrong are refused, and not quoted: %o', (infinispan, message) => {
  const make = (): unknown => new Cache({ tiers: ['infinispan'], infinispan });
  expect(make).toThrow(message);
  expect(make).not.toThrow(/secret/);
});

// The last ones: nodes are killed.
describe('the death of a node', () => {
  const protocols: readonly Protocol[] = ['rest', 'hotrod'];

  test('reads go on, what the others do not take yet is an error, and who listened to it listens to another', async () => {
    const namespace = anyNamespace();
    const opened = protocols.map((protocol) => {
      // The server waits for the answer of the dead, for up to a minute.
      const options = {
        protocol,
        timeoutMs: 2_000,
        ...(protocol === 'hotrod' && { pollMs: 60_000, blindMs: 240_000 }),
      };
      const [one, other] = [0, 1].map((node) => member(namespace, openAt(node, options)));
      return { one: one!, other: other! };
    });
    for (const { one, other } of opened) {
      await one.tier.write('key', entryOf('kept'));
      await other.tier.read('key', []);
    }
    const [, hotRod] = opened;
    await hotRod!.other.tier.delete('before');
    await expect
      .poll(() => hotRod!.one.heard.at(-1), { interval: 1, timeout: 15_000 })
      .toEqual({ kind: 'key', key: 'before' });
    await server().nodes[0]!.kill();
    const isThere = async (tier: Tier): Promise<boolean> => (await tier.read('key', [])).entry !== undefined;
    for (const { one, other } of opened) {
      expect([await isThere(one.tier), await isThere(other.tier)]).toEqual([true, true]);
      const outcome = await one.tier.delete('key').then(
        () => 'deleted',
        (error: { code: string }) => error.code,
      );
      expect(['deleted', 'timeout', 'unreachable']).toContain(outcome);
      expect(await isThere(other.tier)).toBe(outcome !== 'deleted');
    }
    await expect
      .poll(
        () =>
          hotRod!.other.tier.delete('after').then(
            () => true,
            () => false,
          ),
        { interval: 50, timeout: 30_000 },
      )
      .toBe(true);
    await expect
      .poll(() => hotRod!.one.heard.at(-1), { interval: 1, timeout: 15_000 })
      .toEqual({ kind: 'key', key: 'after' });
  });
});
