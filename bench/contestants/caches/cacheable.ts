/** Cacheable, which gives out what it holds, as the others do, rather than copies. */
import KeyvRedis from '@keyv/redis';
import { Cacheable, createKeyv } from 'cacheable';
import type { Cached, Shape } from './cached.ts';

export function open({ tiers, held, redisPort }: Shape): Cached {
  const cache = new Cacheable({
    primary: createKeyv({ lruSize: held, useClone: false }),
    ...(tiers.includes('redis') && { secondary: new KeyvRedis(`redis://127.0.0.1:${redisPort}`) }),
  });
  return {
    set: (key, value) => cache.set(key, value),
    getOrSet: (key, load) => cache.getOrSet(key, load),
    close: () => cache.disconnect(),
  };
}
