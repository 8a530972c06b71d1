import { rm } from 'node:fs/promises';
import { Cache, sizeOf } from '@skein/cache';
import type { Cached, Shape } from './cached.ts';
import { folderInMemory } from './folder.ts';

export function open({ tiers, held, example, redisPort, infinispan }: Shape): Cached {
  const directory = folderInMemory();
  const cache = new Cache({
    namespace: 'bench',
    tiers,
    ...(tiers.includes('memory') && { memory: { maxBytes: held * sizeOf(example) } }),
    ...(tiers.includes('node') && { node: { directory } }),
    ...(tiers.includes('redis') && { redis: { url: `redis://127.0.0.1:${redisPort}` } }),
    ...(infinispan && {
      infinispan: {
        protocol: 'hotrod',
        url: infinispan.url,
        username: infinispan.user,
        password: infinispan.password,
      },
    }),
  });
  return {
    set: (key, value) => cache.set(key, value),
    peek: (key) => cache.peek(key),
    getOrSet: (key, load) => cache.getOrSet(key, load),
    async close() {
      await cache.close();
      await rm(directory, { recursive: true });
    },
  };
}
