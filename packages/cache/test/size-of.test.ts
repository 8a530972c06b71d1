/** What a value is taken to hold in memory. */

import { Cache, sizeOf } from '@skein/cache';
import { tableFromArrays } from 'apache-arrow';
import { expect, test } from 'vitest';

test('binary memory counts as it is, once, and a view as the whole of what it holds', () => {
  const floats = new Float64Array(10_000);
  const near = (bytes: number): [number, number] => [bytes, bytes * 1.01 + 500];
  const expectNear = (value: unknown, bytes: number): void => {
    const [least, most] = near(bytes);
    expect(sizeOf(value)).toBeGreaterThanOrEqual(least);
    expect(sizeOf(value)).toBeLessThanOrEqual(most);
  };
  expectNear(floats, 80_000);
  expectNear([floats, floats.subarray(5), floats.buffer, new DataView(floats.buffer)], 80_000);
  expectNear(floats.subarray(0, 1), 80_000);
  expectNear(new Uint8Array(new SharedArrayBuffer(50_000)), 50_000);
  expect(sizeOf(Buffer.from('ten bytes!'))).toBeLessThan(200); // of Node's pool, which is there anyway
});

test('an Arrow table counts with its columns', () => {
  const table = tableFromArrays({ x: new Float64Array(50_000), y: new Int32Array(50_000) });
  expect(sizeOf(table)).toBeGreaterThan(600_000);
  expect(sizeOf(table)).toBeLessThan(700_000);
});

test('text counts by its characters, objects by what they hold, cycles once', () => {
  expect(sizeOf('x'.repeat(10_000))).toBeLessThan(10_100);
  expect(sizeOf('ä'.repeat(10_000))).toBeGreaterThanOrEqual(20_000);
  expect(sizeOf(Array.from({ length: 1_000 }, (_, i) => ({ name: `row ${i}`, i })))).toBeGreaterThan(40_000);
  expect(sizeOf(new Map(Array.from({ length: 1_000 }, (_, i) => [i, 'x'])))).toBeGreaterThan(30_000);
  const loop: { self?: unknown } = {};
  loop.self = loop;
  expect(sizeOf(loop)).toBeLessThan(100);
  expect(sizeOf(Array.from({ length: 200_000 }, String))).toBeGreaterThan(200_000); // no stack, no limit of arguments
});

test('what an own getter would say, or throw, is no harm', () => {
  const value = Object.defineProperty({ a: 1 }, 'b', {
    enumerable: true,
    get() {
      throw new Error('not asked for');
    },
  });
  expect(sizeOf(value)).toBeGreaterThan(0);
});

test('V8 agrees within a factor of two for a list of objects', () => {
  const make = (): object[] =>
    Array.from({ length: 50_000 }, (_, i) => ({ id: i + 0.5, name: `row number ${i}` }));
  const before = process.memoryUsage().heapUsed;
  const rows = make();
  const grown = process.memoryUsage().heapUsed - before;
  // A collection meanwhile would make it less than nothing: then there is nothing to compare with.
  if (grown > 2e6) {
    expect(sizeOf(rows)).toBeGreaterThan(grown / 2.5);
    expect(sizeOf(rows)).toBeLessThan(grown * 2);
  }
});

test('a user’s own sizeOf is asked instead, and what it gives is checked', async () => {
  const asked: string[] = [];
  const cache = new Cache({
    namespace: 'own sizes',
    tiers: ['memory'],
    memory: { maxBytes: 1_000 },
    sizeOf: (value, key) => {
      asked.push(key);
      return value as number;
    },
  });
  await cache.set('small', 900);
  await cache.set('large', 1_001);
  expect([await cache.get('small'), await cache.get('large')]).toEqual([900, undefined]);
  expect(asked).toEqual(['small', 'large']);
  await expect(cache.set('none', -1)).rejects.toThrow(
    'what sizeOf gives for "none" must be a number of bytes; got -1',
  );
  await cache.close();
});
