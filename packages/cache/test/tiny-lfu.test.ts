/** What memory keeps: W-TinyLFU beside LRU, on requests that are the same in every run. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TinyLfu } from '../src/memory/tiny-lfu.ts';
import { drifting, randomFrom, scans, zipf } from './support/traces.ts';

interface Kept {
  get(key: string): unknown;
  set(key: string, bytes: number): unknown;
}

function lru(maxBytes: number): Kept {
  const entries = new Map<string, number>();
  let bytes = 0;
  return {
    get(key) {
      const size = entries.get(key);
      if (size === undefined) return undefined;
      entries.delete(key);
      entries.set(key, size);
      return size;
    },
    set(key, size) {
      entries.set(key, size);
      bytes += size;
      for (const [oldest, its] of entries) {
        if (bytes <= maxBytes) break;
        entries.delete(oldest);
        bytes -= its;
      }
    },
  };
}

function tinyLfu(maxBytes: number): Kept {
  const map = new TinyLfu<true>({ maxBytes });
  return { get: (key) => map.get(key), set: (key, bytes) => map.set(key, true, bytes) };
}

function hitRatio(cache: Kept, trace: Iterable<string>, bytesOf: (key: string) => number = () => 1): number {
  let hits = 0;
  let requests = 0;
  for (const key of trace) {
    requests++;
    if (cache.get(key) === undefined) cache.set(key, bytesOf(key));
    else hits++;
  }
  return hits / requests;
}

describe('the hit ratio', () => {
  test.each([0.7, 0.9, 1.1])('is well above that of LRU where popularity is Zipf’s, skew %d', (skew) => {
    const trace = [...zipf(200_000, 20_000, skew, 7)];
    const [ours, theirs] = [hitRatio(tinyLfu(1_000), trace), hitRatio(lru(1_000), trace)];
    expect(ours).toBeGreaterThan(theirs + 0.04);
  });

  test('stays where scans pass by', () => {
    const trace = [...scans(30, 800, 5_000)];
    const [ours, theirs] = [hitRatio(tinyLfu(1_000), trace), hitRatio(lru(1_000), trace)];
    expect(theirs).toBeLessThan(0.25);
    // Of 7,400 requests a round 2,400 can be hits.
    expect(ours).toBeGreaterThan(0.3);
  });

  test('comes near that of LRU where recency is all: the window grows', () => {
    const trace = [...drifting(300_000, 600, 3)];
    const cache = tinyLfu(1_000);
    const whileItGrows = hitRatio(cache, trace.slice(0, 20_000));
    hitRatio(cache, trace.slice(20_000, 200_000));
    const later = hitRatio(cache, trace.slice(200_000));
    expect(later).toBeGreaterThan(whileItGrows + 0.1);
    expect(later).toBeGreaterThan(hitRatio(lru(1_000), trace) - 0.02);
  });

  test('of bytes is above that of LRU where sizes differ', () => {
    const bytesOf = (key: string): number => 1 + (Number(key.slice(5)) % 50) ** 2;
    const trace = [...zipf(100_000, 5_000, 0.9, 11)];
    expect(hitRatio(tinyLfu(200_000), trace, bytesOf)).toBeGreaterThan(
      hitRatio(lru(200_000), trace, bytesOf),
    );
  });
});

test('a large value that is asked for again displaces many small ones that are not', () => {
  const map = new TinyLfu<string>({ maxBytes: 1_000 });
  for (let i = 0; i < 2_000; i++) map.set(`small ${i}`, 'x', 1);
  map.set('model', 'm', 600);
  map.set('model', 'm', 600);
  expect(map.get('model')).toBe('m');
  for (let i = 0; i < 2_000; i++) map.set(`later ${i}`, 'x', 1);
  expect(map.get('model')).toBe('m');
});

test('what is larger than all of it is refused, and displaces nothing', () => {
  const map = new TinyLfu<string>({ maxBytes: 100 });
  map.set('a', 'a', 40);
  expect(map.set('b', 'b', 101)).toBe(false);
  expect([map.get('a'), map.get('b'), map.bytes]).toEqual(['a', undefined, 40]);
});

test('an entry of another size takes the place of the one before, or none is left', () => {
  const map = new TinyLfu<string>({ maxBytes: 100 });
  map.set('a', 'old', 40);
  expect(map.set('a', 'new', 60)).toBe(true);
  expect([map.get('a'), map.bytes, map.size]).toEqual(['new', 60, 1]);
  expect(map.set('a', 'huge', 200)).toBe(false);
  expect([map.get('a'), map.bytes, map.size]).toEqual([undefined, 0, 0]);
});

test('what is told as evicted is what is gone', () => {
  const gone = new Set<string>();
  const map = new TinyLfu<number>({ maxBytes: 50, evicted: (key) => gone.add(key) });
  const random = randomFrom(5);
  const set = new Set<string>();
  for (let i = 0; i < 5_000; i++) {
    const key = `k${Math.floor(random() * 300)}`;
    if (map.get(key) !== undefined) continue;
    gone.delete(key);
    set.add(key);
    map.set(key, i, 1 + Math.floor(random() * 5));
  }
  for (const key of set) expect(map.look(key) === undefined).toBe(gone.has(key));
});

test('is never above its bound, and counts what it has', () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 40 }),
    bytes: fc.integer({ min: 0, max: 120 }),
    act: fc.constantFrom('set', 'set', 'get', 'delete'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const map = new TinyLfu<number>({ maxBytes: 100 });
      for (const { key, bytes, act } of steps) {
        if (act === 'set') map.set(`${key}`, bytes, bytes);
        else if (act === 'get') map.get(`${key}`);
        else map.delete(`${key}`);
        const kept = [...map.entries()];
        expect(map.bytes).toBe(kept.reduce((sum, [, value]) => sum + value, 0));
        expect(map.bytes).toBeLessThanOrEqual(100);
        expect(map.size).toBe(kept.length);
      }
      map.clear();
      expect([map.bytes, map.size]).toEqual([0, 0]);
    }),
    { numRuns: 60 },
  );
});
