/** No cache at all: nothing is ever removed. */
import type { Cached } from './cached.ts';

export function open(): Cached {
  const map = new Map<string, unknown>();
  return {
    set: async (key, value) => map.set(key, value),
    peek: (key) => map.get(key),
  };
}
