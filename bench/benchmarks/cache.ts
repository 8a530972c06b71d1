import type { CacheRequest, ModelRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale, ServedContestant } from '../harness/benchmark.ts';

type Work = Omit<CacheRequest, 'op' | 'who' | 'tiers'>;

const BESIDE = 'Nothing is loaded, and nothing invalidated: all entries were set before.';

/** Ways to a value in the memory of the process. */
export function cacheHit({ quick }: Scale): Benchmark {
  const work: Work = { entries: quick ? 10 : 1_000, bytes: 32, requests: quick ? 100 : 200_000 };
  const peek: Work = { ...work, peek: true };
  const fewer: Work = { ...work, requests: work.requests / 10 };
  return {
    name: 'cache-hit',
    title: `a hit in memory, of ${work.entries.toLocaleString('en')} small entries in turn`,
    measures: `\`getOrSet\`, awaited, of each that has it (lru-cache's is \`fetch\`), and what gives a value without a promise. Skein's two tiers are its default: there a hit is held against what other processes have invalidated. All give out what they hold, not copies. The last two are asked a tenth as often.`,
    leavesOut: `what is kept and what is not: all fits. ${BESIDE}`,
    unit: { name: 'ns a hit', perMs: 1e6 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 15,
    contestants: [
      cached('Skein', 'skein', ['memory'], work),
      cached('Skein, memory and node', 'skein', ['memory', 'node'], work),
      cached('Skein, peek', 'skein', ['memory'], peek),
      cached('Map', 'map', ['memory'], peek),
      cached('lru-cache, get', 'lru-cache', ['memory'], peek),
      cached('lru-cache, fetch', 'lru-cache', ['memory'], work),
      cached('cacheable', 'cacheable', ['memory'], fewer),
      cached('bentocache', 'bentocache', ['memory'], fewer),
    ],
    claims: [
      { of: 'Skein', over: 'lru-cache, fetch', atMost: 2 },
      { of: 'Skein, memory and node', over: 'lru-cache, fetch', atMost: 2 },
      { of: 'Skein, peek', over: 'lru-cache, get', atMost: 2 },
      { of: 'Skein', over: 'cacheable', atMost: 1 },
      { of: 'Skein', over: 'bentocache', atMost: 1 },
    ],
  };
}

/** Small values outside of the process. */
export function cacheHitShared(scale: Scale): Benchmark {
  const { quick } = scale;
  const work: Work = { entries: quick ? 10 : 500, bytes: 1_000, requests: quick ? 20 : 2_000 };
  return {
    name: 'cache-hit-shared',
    title: `a hit of 1 kB outside of the process, one at a time`,
    measures: `\`getOrSet\` of one tier alone, without memory before it: Skein's tier of the machine, its tiers in Redis and in Infinispan by Hot Rod, and the get of their clients, ioredis and infinispan, with JSON. What Skein reads it holds against what was invalidated.`,
    leavesOut: `a network: servers are on this machine, Infinispan is one node. ${BESIDE}`,
    unit: { name: 'µs a hit', perMs: 1_000 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 10,
    contestants: [
      cached('Skein, node', 'skein', ['node'], work),
      cached('Skein, Redis', 'skein', ['redis'], work, scale),
      cached('ioredis', 'ioredis', ['redis'], work, scale),
      cached('Skein, Infinispan', 'skein', ['infinispan'], work, scale),
      cached('Hot Rod', 'hotrod', ['infinispan'], work, scale),
    ],
    claims: [
      { of: 'Skein, node', over: 'ioredis', atMost: 1 },
      { of: 'Skein, Redis', over: 'ioredis', atMost: 2 },
      { of: 'Skein, Infinispan', over: 'Hot Rod', atMost: 3 },
    ],
  };
}

/** A model's worth of numbers outside of the process. */
export function cacheHitLarge(scale: Scale): Benchmark {
  const { quick } = scale;
  const bytes = quick ? 1_000_000 : 100_000_000;
  const work: Work = { entries: 1, bytes, numbers: true, requests: quick ? 1 : 3 };
  return {
    name: 'cache-hit-large',
    title: `a hit of a Float64Array of ${bytes / 1e6} MB outside of the process`,
    measures: `the same as cache-hit-shared; what comes is an array whose first and last number are looked at. Skein's tier of the machine gives memory again that was not given back yet, so that mostly the first hit reads: what a read of another process takes is in cache-model.`,
    leavesOut: `a network: Redis is on this machine. ${BESIDE}`,
    unit: { name: 'ms a hit', perMs: 1 },
    warmup: quick ? 0 : 1,
    rounds: quick ? 1 : 8,
    contestants: [
      cached('Skein, node', 'skein', ['node'], work),
      cached('Skein, Redis', 'skein', ['redis'], work, scale),
      cached('ioredis', 'ioredis', ['redis'], work, scale),
    ],
    claims: [
      { of: 'Skein, node', over: 'ioredis', atMost: 0.2 },
      { of: 'Skein, Redis', over: 'ioredis', atMost: 1.5 },
    ],
  };
}

export function cacheTiers(scale: Scale): Benchmark {
  return tiers('cache-tiers', 1, scale);
}

export function cacheTiersMany(scale: Scale): Benchmark {
  return tiers('cache-tiers-many', 32, scale);
}

function tiers(name: string, atOnce: number, scale: Scale): Benchmark {
  const { quick } = scale;
  const entries = quick ? 20 : 2_000;
  const work: Work = {
    ...{ entries, bytes: 1_000, held: entries / 10, skew: 0.9 },
    ...{ requests: quick ? 40 : 5_000, atOnce },
  };
  const both = ['memory', 'redis'] as const;
  return {
    name,
    title: `memory for a tenth of ${entries.toLocaleString('en')} entries of 1 kB, Redis for all, ${atOnce} at a time`,
    measures: `\`getOrSet\` through two tiers, by Zipf's law (0.9): some are found in memory, the others in Redis. Caches keep what they want to keep in memory, and hear of what other processes invalidate, but for cacheable, which has nothing of that. Bentocache's memory holds text: above a second tier it can hold nothing else.`,
    leavesOut: `a network: Redis is on this machine. ${BESIDE}`,
    unit: { name: 'µs a request', perMs: 1_000 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 10,
    contestants: [
      cached('Skein', 'skein', both, work, scale),
      cached('bentocache', 'bentocache', both, work, scale),
      cached('cacheable', 'cacheable', both, work, scale),
    ],
    claims: [
      { of: 'Skein', over: 'bentocache', atMost: 1 },
      { of: 'Skein', over: 'cacheable', atMost: 1 },
    ],
  };
}

/** What a function waits for its model. */
export function cacheModel({ quick }: Scale): Benchmark {
  const bytes = quick ? 1_000_000 : 100_000_000;
  const reader = (
    name: string,
    from: ModelRequest['from'],
    worker: ModelRequest['worker'],
  ): ServedContestant => ({
    ...{ kind: 'served', name, program: 'cache-model.ts', request: { op: 'model', bytes, from, worker } },
    s3: quick ? 'versitygw' : 'minio',
  });
  return {
    name: 'cache-model',
    title: `a function reads a model of ${bytes / 1e6} MB from a bucket`,
    measures:
      'an object read through the default tiers, `cache.wrap(storage)`, which asks the store for the etag each time: by a worker that has read it before, by a new worker of a machine where another has, and where nobody has; and from the store without a cache, by either kind of worker.',
    leavesOut:
      'a network, and the start of a worker and of its connection: the clock runs while the object is read.',
    unit: { name: 'ms', perMs: 1 },
    warmup: quick ? 0 : 1,
    rounds: quick ? 1 : 8,
    contestants: [
      reader('Skein, warm worker', 'warm', 'same'),
      reader('Skein, warm machine', 'warm', 'new'),
      reader('Skein, cold machine', 'cold', 'new'),
      reader('Skein, no cache', 'store', 'same'),
      reader('Skein, no cache, new worker', 'store', 'new'),
    ],
    claims: [
      { of: 'Skein, warm worker', over: 'Skein, no cache', atMost: 0.05 },
      { of: 'Skein, warm machine', over: 'Skein, no cache', atMost: 0.5 },
      { of: 'Skein, cold machine', over: 'Skein, no cache, new worker', atMost: 1.5 },
    ],
  };
}

function cached(
  name: string,
  who: CacheRequest['who'],
  tiers: CacheRequest['tiers'],
  work: Work,
  scale?: Scale,
): ServedContestant {
  const request: CacheRequest = { op: 'cache', who, tiers, ...work };
  return {
    ...{ kind: 'served', name, program: 'cache.ts', request, parts: work.requests },
    ...(scale && { [tiers.includes('infinispan') ? 'infinispan' : 'redis']: { install: !scale.quick } }),
  };
}
