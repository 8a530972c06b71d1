/** Bentocache, which gives out what it holds, as the others do, where it can. */
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import type { Cached, Shape } from './cached.ts';

export function open({ tiers, held, redisPort }: Shape): Cached {
  // Objects and text get mixed up in memory when a second tier fills it (1.6.1), so that there all has to be text.
  const serialize = tiers.includes('redis');
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: held, serialize }));
  const connection = { host: '127.0.0.1', port: redisPort };
  // With a bus, what one process sets is not served stale by another: Skein's default.
  const store = serialize
    ? memory.useL2Layer(redisDriver({ connection })).useBus(redisBusDriver({ connection }))
    : memory;
  const cache = new BentoCache({ default: 'it', ttl: null, stores: { it: store } });
  return {
    set: (key, value) => cache.set({ key, value }),
    getOrSet: (key, load) => cache.getOrSet({ key, factory: load }),
    close: () => cache.disconnectAll(),
  };
}
