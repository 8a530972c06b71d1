import { LRUCache } from 'lru-cache';
import type { Cached, Shape } from './cached.ts';

export function open({ held }: Shape): Cached {
  type Load = () => Promise<object>;
  const cache = new LRUCache<string, object, Load>({
    max: held,
    fetchMethod: (_key, _stale, { context }) => context(),
  });
  return {
    set: async (key, value) => cache.set(key, value as object),
    peek: (key) => cache.get(key),
    getOrSet: (key, load) => cache.fetch(key, { context: load as Load }),
  };
}
