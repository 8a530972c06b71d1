import { expect, test } from 'vitest';
import type { Built } from '../src/bundle/built.ts';
import { BuildCache } from '../src/bundle/cache.ts';

const built = (size: number) => ({
  built: {
    text: 'x'.repeat(size),
    externals: [],
    inputs: [],
    locate: () => undefined,
    positions: () => [],
    originalName: (name: string) => name,
  } satisfies Built,
});

test('kept builds stay within the capacity: the least recently used go first', async () => {
  const cache = new BuildCache(100);
  const builds: string[] = [];
  const get = (key: string, size = 40) =>
    cache.get(key, async () => {
      builds.push(key);
      return built(size);
    });
  await get('a');
  await get('b');
  await get('a');
  await get('c'); // b has to go
  expect(cache.weight).toBe(80);
  await get('a');
  await get('c');
  expect(builds).toEqual(['a', 'b', 'c']);
  await get('b');
  expect(builds).toEqual(['a', 'b', 'c', 'b']);
  await get('too big', 200); // answered, and not kept
  expect(cache.weight).toBeLessThanOrEqual(100);
});
