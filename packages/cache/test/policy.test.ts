/** What is kept where: each rule of the policy by hand, and all of them on requests that are the same in every run. */
import { randomBytes } from 'node:crypto';
import { Cache, type CacheOptions, type CachePolicy, type PlacedEntry, type PlacedTier } from '@skein/cache';
import { encode } from '@skein/codec';
import { describe, expect, test } from 'vitest';
import { type Contestant, simulate } from '../bench/simulation.ts';
import { synthetic } from '../bench/workloads.ts';
import { CostPolicy } from '../src/policy/cost-policy.ts';
import { rentsOf } from '../src/policy/prices.ts';
import { TransferTime } from '../src/policy/transfer-time.ts';
import { everywhere } from '../src/policy.ts';
import { temporaryDirectory } from './support/directory.ts';
import { randomFrom } from './support/traces.ts';

const MIB = 2 ** 20;

describe('the time of transfers', () => {
  const learned = (latencyMs: number, bytesPerSecond: number, sizes: readonly number[]): TransferTime => {
    const random = randomFrom(1);
    const time = new TransferTime({ latencyMs: 1, bytesPerSecond: 200e6 });
    for (let i = 0; i < 200; i++) {
      const bytes = sizes[i % sizes.length]!;
      time.measured(bytes, (latencyMs + (bytes / bytesPerSecond) * 1000) * 1.3 ** (2 * random() - 1));
    }
    return time;
  };

  test.each([
    [0.1, 2e9],
    [5, 50e6],
    [80, 1e9],
  ])('is learned from small and large ones: %d ms and %d bytes a second', (latencyMs, bytesPerSecond) => {
    const time = learned(latencyMs, bytesPerSecond, [100, 10_000, MIB, 64 * MIB]);
    for (const bytes of [0, 100, MIB, 64 * MIB]) {
      const wanted = latencyMs + (bytes / bytesPerSecond) * 1000;
      expect(time.expect(bytes) / wanted).toBeGreaterThan(0.75);
      expect(time.expect(bytes) / wanted).toBeLessThan(1.33);
    }
  });

  test('is learned of the only size that there is', () => {
    expect(learned(5, 50e6, [MIB]).expect(MIB)).toBeCloseTo(5 + (MIB / 50e6) * 1000, -1);
  });

  test('is hardly moved by one pause', () => {
    const time = learned(1, 1e9, [1_000]);
    const before = time.expect(1_000);
    time.measured(1_000, 30_000);
    expect(time.expect(1_000)).toBeLessThan(before * 1.2);
  });

  test('follows a network that has changed', () => {
    const time = learned(1, 1e9, [1_000]);
    for (let i = 0; i < 150; i++) time.measured(1_000, 20);
    expect(time.expect(1_000)).toBeGreaterThan(15);
  });
});

describe('of an entry', () => {
  const takes = (ms: number, count = 100): PlacedTier['reading'] => ({ expect: () => ms, count });
  const cluster = (own: Partial<PlacedTier> = {}): PlacedTier => ({
    name: 'cluster',
    scope: 'cluster',
    maxBytes: undefined,
    bytes: undefined,
    reading: takes(5),
    writing: takes(5),
    ...own,
  });
  const entry = (own: Partial<PlacedEntry> = {}): PlacedEntry => ({
    key: 'key',
    bytes: 1_000,
    staleAt: Number.POSITIVE_INFINITY,
    fetchMs: 100,
    from: 'loader',
    isAwaited: false,
    ...own,
  });
  const policy = (): CostPolicy => new CostPolicy(rentsOf());

  test('P1: a tier does not keep what is loaded faster than read from it, once it was measured', () => {
    expect(policy().keeps(cluster(), entry())).toBe(true);
    expect(policy().keeps(cluster(), entry({ fetchMs: 2 }))).toBe(false);
    expect(policy().keeps(cluster({ reading: takes(5, 15) }), entry({ fetchMs: 2 }))).toBe(true);
  });

  test('P1: but does for those who wait for it', () => {
    expect(policy().keeps(cluster(), entry({ fetchMs: 2, isAwaited: true }))).toBe(true);
  });

  test('P1: what saves little is written when it was asked for so often that this pays for the writing', () => {
    const one = policy();
    const outcomes = Array.from({ length: 8 }, () => {
      one.asked('key', [], undefined);
      return one.keeps(cluster(), entry({ fetchMs: 6 }));
    });
    expect(outcomes).toEqual([false, false, false, false, true, true, true, true]);
  });

  test('P3: what is asked for too seldom to pay for its room is not kept', () => {
    let now = 0;
    const kept = (everyMs: number): boolean => {
      const one = new CostPolicy(rentsOf({ workerHour: 0.036, clusterGiBHour: 0.1 }), () => now);
      let last = true;
      for (let i = 0; i < 10; i++) {
        now += everyMs;
        one.asked('key', [], undefined);
        last = one.keeps(cluster(), entry({ bytes: 100 * MIB, fetchMs: 1_005 }));
      }
      return last;
    };
    // A second of a worker is 1e-5, 100 MiB for an hour 0.0098: they are worth the same every 3.7 s.
    expect([kept(1_000), kept(3_000), kept(4_500), kept(60_000)]).toEqual([true, true, false, false]);
  });

  /** Twenty rounds over keys that are gone each time; how many the last round keeps of them. */
  const keptOfLost = (own: Partial<PlacedEntry>, between: (one: CostPolicy) => void = () => {}): number => {
    const [one, tier] = [policy(), cluster()];
    let kept = 0;
    for (let i = 0; i < 2_000; i++) {
      const key = `item ${i % 100}`;
      one.asked(key, [tier], undefined);
      if (one.keeps(tier, entry({ key, ...own })) && i >= 1_900) kept++;
      between(one);
    }
    return kept;
  };

  test('P2: of a tier that loses what it has, though nobody says how large it is, a part of the keys is kept', () => {
    expect(keptOfLost({})).toBeLessThan(50);
  });

  test('P2: what has expired or was invalidated was not lost', () => {
    expect(keptOfLost({ staleAt: Date.now() - 1 })).toBe(100);
    expect(keptOfLost({}, (one) => one.invalidated({ kind: 'tag', tag: 'a' }))).toBe(100);
    expect(
      keptOfLost({}, (one) => {
        for (let i = 0; i < 100; i++) one.invalidated({ kind: 'key', key: `item ${i}` });
      }),
    ).toBe(100);
  });

  test('P2: a tier that is not full keeps all of it', () => {
    const [one, tier] = [policy(), cluster({ bytes: 5, maxBytes: 10 })];
    for (let i = 0; i < 2_000; i++) {
      const key = `item ${i % 100}`;
      one.asked(key, [tier], undefined);
      expect(one.keeps(tier, entry({ key }))).toBe(true);
    }
  });

  test('what was set is kept, however full and dear the tier', () => {
    const one = new CostPolicy(rentsOf({ clusterGiBHour: 1e9 }));
    const set = entry({ fetchMs: Number.POSITIVE_INFINITY, from: 'set' });
    expect(one.keeps(cluster({ bytes: 10, maxBytes: 10 }), set)).toBe(true);
    expect(one.worth(set)).toBeGreaterThan(0);
  });
});

describe('P2, in a node tier that is too small', () => {
  const hitRatio = async (policy: CacheOptions['policy']): Promise<number> => {
    const node = { directory: temporaryDirectory(), maxBytes: 20 * 33_000 };
    await using cache = new Cache({ namespace: 'small', tiers: ['node'], node, policy });
    const body = new Uint8Array(32_768);
    for (let i = 0; i < 450; i++) await cache.getOrSet(`item ${i % 30}`, () => body);
    return cache.stats().hitRatio;
  };

  test('a loop over half as much again as fits finds a part of itself, where LRU finds nothing', async () => {
    expect(await hitRatio('everywhere')).toBeLessThan(0.05);
    expect(await hitRatio('cost')).toBeGreaterThan(0.2);
  });
});

test('what no tier keeps is loaded once all the same for all who wait, and not found later', async () => {
  const keepsNothing: CachePolicy = { keeps: () => false };
  const options: CacheOptions = {
    namespace: randomBytes(6).toString('hex'),
    node: { directory: temporaryDirectory() },
    policy: keepsNothing,
  };
  // Caches with policies of one's own share nothing but the machine's tier, as processes do.
  const caches = Array.from({ length: 4 }, () => new Cache(options));
  let loads = 0;
  let finish!: () => void;
  const mayFinish = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const load = async (): Promise<number> => {
    loads++;
    await mayFinish;
    return loads;
  };
  const waiting = caches.map((cache) => cache.getOrSet('key', load));
  await expect.poll(() => loads, { interval: 1 }).toBe(1);
  finish();
  expect(await Promise.all(waiting)).toEqual([1, 1, 1, 1]);
  expect(await caches[0]!.get('key')).toBeUndefined();
  expect(caches.reduce((sum, cache) => sum + cache.stats().tiers['node']!.declined, 0)).toBe(1);
  await Promise.all(caches.map((cache) => cache.close()));
});

test.each<[object, string]>([
  [{ policy: 'lru' }, "'cost', 'everywhere' or an object with a method keeps(tier, entry)"],
  [{ policy: { keep: true } }, "'cost', 'everywhere' or an object with a method keeps(tier, entry)"],
  [{ prices: { nodeGiBHour: -1 } }, 'prices.nodeGiBHour'],
  [{ prices: { workerHour: 0 } }, 'prices.workerHour'],
  [{ prices: { redis: 1 } }, 'redis'],
])('new Cache(%o) is refused', (options, message) => {
  expect(() => new Cache(options as CacheOptions)).toThrow(message);
});

test('a policy that is named travels with its prices; one of one’s own keeps the cache in its process', () => {
  const travelled = (options: CacheOptions): string =>
    Buffer.from(encode(new Cache(options), { reach: 'network' }).toBytes()).toString('latin1');
  expect(travelled({ policy: 'everywhere' })).toContain('everywhere');
  expect(travelled({ prices: { nodeGiBHour: 0.005 } })).toContain('nodeGiBHour');
  expect(() => travelled({ policy: { keeps: () => true } })).toThrow(/process/);
});

test('prices decide what is kept', async () => {
  const loadsOf = async (prices: CacheOptions['prices']): Promise<number> => {
    const node = { directory: temporaryDirectory() };
    await using cache = new Cache({ namespace: 'prices', tiers: ['node'], node, prices });
    let loads = 0;
    for (let i = 0; i < 3; i++) await cache.getOrSet('key', () => ++loads);
    return loads;
  };
  expect(await loadsOf(undefined)).toBe(1);
  expect(await loadsOf({ nodeGiBHour: 1e12 })).toBe(3);
  expect(await loadsOf({ nodeGiBHour: 1e12, workerHour: 1e15 })).toBe(1);
});

describe('simulated, the time of a request', () => {
  const contestant = (
    policy: Contestant['policy'],
    memory: Contestant['memory'] = 'tiny-lfu',
  ): Contestant => ({
    name: '',
    memory,
    tiers: ['node', 'cluster'],
    policy,
  });
  const ms = async (index: number, requests: number, one: Contestant): Promise<number> => {
    const workload = synthetic[index]!;
    const first = workload.requests;
    function* part(): Generator<ReturnType<typeof first> extends Iterable<infer R> ? R : never> {
      let left = requests;
      for (const request of first()) {
        if (left-- === 0) return;
        yield request;
      }
    }
    return (await simulate({ ...workload, requests: part }, one)).ms;
  };

  test.each([
    ['a loop', 2, 16_000, 0.9],
    ['sizes and loads of all magnitudes', 4, 8_000, 0.8],
    ['computed faster than read', 6, 5_000, 0.8],
  ])('%s: is below that of fixed tiers, and of LRU', async (_what, index, requests, ratio) => {
    const ours = await ms(
      index,
      requests,
      contestant((now) => new CostPolicy(rentsOf(), now)),
    );
    expect(ours).toBeLessThan(
      ratio *
        (await ms(
          index,
          requests,
          contestant(() => everywhere),
        )),
    );
    expect(ours).toBeLessThan(
      ratio *
        (await ms(
          index,
          requests,
          contestant(() => everywhere, 'lru'),
        )),
    );
  });

  test('what is new is asked for: is not far above', async () => {
    const ours = await ms(
      3,
      8_000,
      contestant((now) => new CostPolicy(rentsOf(), now)),
    );
    expect(ours).toBeLessThan(
      1.15 *
        (await ms(
          3,
          8_000,
          contestant(() => everywhere),
        )),
    );
  });
});
