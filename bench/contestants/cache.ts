/** One of several caches, filled before the clock starts: nothing is ever loaded, and who has lost an entry is found out. */

import { findInfinispan, type Infinispan, startInfinispan } from '../../tools/servers/infinispan.ts';
import { findRedis, type Redis, startRedis } from '../../tools/servers/redis.ts';
import type { Cached, OpenCached } from './caches/cached.ts';
import { entryOf, isEntry, orderOf } from './caches/requests.ts';
import type { CacheRequest } from './protocol.ts';
import { numbersBelow, serve, timed } from './serve.ts';

interface Filled {
  readonly cache: Cached;
  readonly keys: readonly string[];
  readonly order: Uint32Array;
  readonly redis: Redis | undefined;
  readonly infinispan: Infinispan | undefined;
}

let filled: Promise<Filled> | undefined;

await serve(
  {
    async cache(request) {
      filled ??= fill(request);
      const side = await filled;
      const work = request.peek ? (): Promise<number> => peekAll(side) : () => getAll(side, request);
      return timed(work, (right) => right / request.requests);
    },
  },
  async () => {
    const side = await filled;
    await side?.cache.close?.();
    await side?.redis?.stop();
    await side?.infinispan?.stop();
  },
);

/** All requests of a process are of one kind. */
async function fill(request: CacheRequest): Promise<Filled> {
  const { who, tiers, entries, held = 2 * entries } = request;
  const redis = tiers.includes('redis') ? await startRedis(await findRedis({ install: false })) : undefined;
  const infinispan = tiers.includes('infinispan')
    ? await startInfinispan(await findInfinispan({ install: false }))
    : undefined;
  const { open } = (await import(`./caches/${who}.ts`)) as { open: OpenCached };
  const cache = await open({
    ...{ tiers, held, example: entryOf(0, request), redisPort: redis?.port ?? 0 },
    infinispan: infinispan && { ...infinispan, ...infinispan.nodes[0] },
  });
  const keys = numbersBelow(entries).map((n) => `entry ${n}`);
  for (const [n, key] of keys.entries()) await cache.set(key, entryOf(n, request));
  return { cache, keys, order: orderOf(request), redis, infinispan };
}

async function peekAll({ cache, keys, order }: Filled): Promise<number> {
  let right = 0;
  for (const n of order) if (isEntry(n, cache.peek!(keys[n]!))) right++;
  return right;
}

async function getAll({ cache, keys, order }: Filled, { atOnce = 1 }: CacheRequest): Promise<number> {
  let right = 0;
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < order.length) {
      const n = order[next++]!;
      if (isEntry(n, await cache.getOrSet!(keys[n]!, lost))) right++;
    }
  };
  await Promise.all(numbersBelow(atOnce).map(caller));
  return right;
}

function lost(): Promise<never> {
  return Promise.reject(new Error('an entry that was set is to be loaded'));
}
