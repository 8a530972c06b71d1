/** What a cache does with its keys, whichever tiers it has. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Cache, type CacheOptions } from '@skein/cache';
import { tableFromArrays } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

/** A clock that is set by hand, where time passes. */
const at = (ms: number): void => void vi.setSystemTime(1_800_000_000_000 + ms);

describe.each([['memory'], ['node'], ['memory', 'node']] as const)('%s %s', (...tiers) => {
  let cache: Cache;
  const open = (options: CacheOptions = {}): Cache =>
    new Cache({
      tiers: tiers.filter((tier) => tier !== undefined),
      namespace: `test ${randomBytes(6).toString('hex')}`,
      node: { directory: temporaryDirectory() },
      jitter: 0,
      ...options,
    });

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    at(0);
    cache = open();
  });
  afterEach(async () => {
    await cache.close();
    vi.useRealTimers();
  });

  test('gives what was set, until it is deleted', async () => {
    const value = {
      where: new URL('http://localhost/a'),
      rows: new Map([['a', new Float32Array([1, 2])]]),
      none: undefined,
    };
    await cache.set('key', value);
    expect(await cache.get('key')).toEqual(value);
    expect([await cache.has('key'), await cache.has('other')]).toEqual([true, false]);
    await cache.delete('key');
    expect([await cache.get('key'), await cache.has('key')]).toEqual([undefined, false]);
  });

  test('C1: loads once for all who ask at a time', async () => {
    const load = vi.fn(async () => {
      await pause(5);
      return { n: 1 };
    });
    const values = await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('key', load)));
    expect(load).toHaveBeenCalledOnce();
    expect(values).toEqual(Array(50).fill({ n: 1 }));
    expect(await cache.getOrSet('key', load)).toEqual({ n: 1 });
    expect(load).toHaveBeenCalledOnce();
  });

  test('another version is another entry', async () => {
    await cache.getOrSet('key', () => 'one', { version: 1 });
    expect(await cache.getOrSet('key', () => 'two', { version: 2 })).toBe('two');
    expect(await cache.get('key', { version: 1 })).toBe('one');
    expect(await cache.get('key')).toBeUndefined();
    await cache.delete('key', { version: 1 });
    expect([await cache.has('key', { version: 1 }), await cache.has('key', { version: 2 })]).toEqual([
      false,
      true,
    ]);
  });

  test('a value is loaded again when its time is over', async () => {
    const load = vi.fn(() => load.mock.calls.length);
    expect(await cache.getOrSet('key', load, { ttlMs: 1_000 })).toBe(1);
    at(999);
    expect(await cache.getOrSet('key', load)).toBe(1);
    at(1_000);
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.getOrSet('key', load)).toBe(2);
  });

  test('stale-while-revalidate: gives what is stale at once, and loads in the background', async () => {
    const gate = gateOf<string>();
    const options = { ttlMs: 1_000, swrMs: 5_000 };
    await cache.getOrSet('key', () => 'old', options);
    at(2_000);
    const again = vi.fn(() => gate.promise);
    expect(await cache.getOrSet('key', again, options)).toBe('old');
    expect(await cache.getOrSet('key', again, options)).toBe('old');
    expect(await cache.get('key')).toBeUndefined(); // who only looks wants what is fresh
    gate.resolve('new');
    await expect.poll(() => cache.get('key'), { interval: 1 }).toBe('new');
    expect(again).toHaveBeenCalledOnce();
    at(60_000);
    expect(await cache.getOrSet('key', () => 'newest', options)).toBe('newest');
  });

  test('what is stale stays where loading it again fails, until its time is over', async () => {
    const options = { ttlMs: 1_000, swrMs: 5_000 };
    const fail = (): never => {
      throw new Error('the source is away');
    };
    await cache.getOrSet('key', () => 'old', options);
    at(2_000);
    expect(await cache.getOrSet('key', fail, options)).toBe('old');
    await expect.poll(() => cache.stats().refreshFailures, { interval: 1 }).toBe(1);
    expect(await cache.getOrSet('key', fail, options)).toBe('old');
    at(6_001);
    await expect(cache.getOrSet('key', fail, options)).rejects.toThrow('the source is away');
  });

  test('undefined and null are loaded each time, or kept where that is asked for', async () => {
    const load = vi.fn(() => undefined);
    await cache.getOrSet('a', load);
    await cache.getOrSet('a', load);
    expect(load).toHaveBeenCalledTimes(2);
    expect(await cache.has('a')).toBe(false);
    const none = vi.fn(() => null);
    expect(await cache.getOrSet('b', none, { emptyTtlMs: 500 })).toBeNull();
    expect(await cache.getOrSet('b', none, { emptyTtlMs: 500 })).toBeNull();
    expect(none).toHaveBeenCalledOnce();
    expect(await cache.has('b')).toBe(true);
    at(501);
    await cache.getOrSet('b', none, { emptyTtlMs: 500 });
    expect(none).toHaveBeenCalledTimes(2);
  });

  test('C4: an error is thrown to all who ask at the time, as it is, and loaded again', async () => {
    const error = new RangeError('no such model');
    const load = vi.fn(async () => {
      await pause(2);
      throw error;
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => cache.getOrSet('key', load)));
    for (const outcome of outcomes) expect(outcome.status === 'rejected' && outcome.reason).toBe(error);
    expect(load).toHaveBeenCalledOnce();
    expect(await cache.getOrSet('key', () => 'found')).toBe('found');
  });

  test('an error is kept for as long as is asked for', async () => {
    const load = vi.fn(() => {
      throw new RangeError('no such model');
    });
    const ask = (): Promise<unknown> => cache.getOrSet('key', load, { errorTtlMs: 1_000 });
    await expect(ask()).rejects.toThrow(RangeError);
    await expect(ask()).rejects.toThrow('no such model');
    expect(load).toHaveBeenCalledOnce();
    expect([await cache.get('key'), await cache.has('key')]).toEqual([undefined, false]);
    at(1_001);
    await expect(ask()).rejects.toThrow(RangeError);
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('a tag makes all that have it invalid', async () => {
    await cache.set('a', 1, { tags: ['red'] });
    await cache.getOrSet('b', () => 2, { tags: ['red', 'blue'] });
    await cache.set('c', 3, { tags: ['blue'] });
    await cache.invalidate('red');
    expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual([
      undefined,
      undefined,
      3,
    ]);
    await cache.clear();
    expect(await cache.get('c')).toBeUndefined();
  });

  test.each([
    ['deleted', () => cache.delete('key')],
    ['invalidated', () => cache.invalidate('red')],
    ['set', () => cache.set('key', 'set')],
  ])('C3: what was %s while it was loaded is given to who asked before, and not kept', async (what, undo) => {
    const gate = gateOf<string>();
    const before = cache.getOrSet('key', () => gate.promise, { tags: ['red'] });
    await expect.poll(() => cache.stats().misses, { interval: 1 }).toBe(1);
    await undo();
    gate.resolve('old');
    expect(await before).toBe('old');
    expect(await cache.get('key')).toBe(what === 'set' ? 'set' : undefined);
    expect(await cache.getOrSet('key', () => 'new', { tags: ['red'] })).toBe(what === 'set' ? 'set' : 'new');
  });

  test('jitter only shortens a time to live', async () => {
    await cache.close();
    cache = open({ jitter: 0.5 });
    for (let i = 0; i < 100; i++) await cache.set(`${i}`, i, { ttlMs: 1_000 });
    const left = async (): Promise<number> => {
      const values = await Promise.all(Array.from({ length: 100 }, (_, i) => cache.has(`${i}`)));
      return values.filter(Boolean).length;
    };
    at(499);
    expect(await left()).toBe(100);
    at(750);
    expect(await left()).toBeGreaterThan(20);
    expect(await left()).toBeLessThan(80);
    at(1_000);
    expect(await left()).toBe(0);
  });

  test('an Arrow table is a table again', async () => {
    const table = tableFromArrays({ x: new Float64Array([1, 2, 3]), name: ['a', 'b', 'c'] });
    await cache.set('table', table);
    const back = await cache.get<typeof table>('table');
    expect(back!.toArray().map(String)).toEqual(table.toArray().map(String));
  });

  test('statistics tell hits, misses and loads, and what each tier holds', async () => {
    await cache.getOrSet('key', () => new Uint8Array(10_000));
    await cache.get('key');
    await cache.get('other');
    const stats = cache.stats();
    expect(stats).toMatchObject({ hits: 1, misses: 2, loads: 1, loadFailures: 0 });
    expect(stats.hitRatio).toBeCloseTo(1 / 3);
    const wanted = [...new Set(tiers.filter((tier) => tier !== undefined))];
    expect(Object.keys(stats.tiers)).toEqual(wanted);
    expect(stats.tiers[wanted[0]!]).toMatchObject({
      hits: 1,
      misses: 2,
      writes: 1,
      failures: 0,
      isResting: false,
    });
    for (const tier of wanted) expect(stats.tiers[tier]!.bytes).toBeGreaterThanOrEqual(10_000);
  });
});

test('what was evicted from memory is found on the machine', async () => {
  const node = { directory: temporaryDirectory() };
  const cache = new Cache({ namespace: 'small', memory: { maxBytes: 50_000 }, node });
  const load = vi.fn((n: number) => new Uint8Array(10_000).fill(n));
  for (let round = 0; round < 2; round++)
    for (let n = 0; n < 20; n++) expect((await cache.getOrSet(`${n}`, () => load(n)))[7]).toBe(n);
  expect(load).toHaveBeenCalledTimes(20);
  expect(cache.stats().tiers['memory']!.bytes).toBeLessThanOrEqual(50_000);
  await cache.close();
});

test('large arrays within a value from the machine are views of the one piece that was read', async () => {
  const node = { directory: temporaryDirectory() };
  const cache = new Cache({ namespace: 'views', tiers: ['node'], node });
  await cache.set('model', {
    weights: new Float32Array(50_000).fill(3),
    bias: new Float64Array(5_000).fill(4),
  });
  const { weights, bias } = (await cache.get<{ weights: Float32Array; bias: Float64Array }>('model'))!;
  expect(weights.buffer).toBe(bias.buffer);
  expect([weights[49_999], bias[4_999]]).toEqual([3, 4]);
  await cache.close();
});

test('a value that cannot leave the process is kept in memory, and that is told', async () => {
  const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const cache = new Cache({ namespace: 'sessions', node: { directory: temporaryDirectory() } });
  const session = { run: (): string => 'ran' };
  const [one, two] = [await cache.getOrSet('a', () => session), await cache.getOrSet('b', () => session)];
  expect([one, two, cache.peek('a')]).toEqual([session, session, session]);
  expect(cache.stats().unpackable).toBe(2);
  expect(warning).toHaveBeenCalledOnce();
  expect(String(warning.mock.calls[0])).toContain(
    "cache 'sessions': a value is kept in memory only: cannot ship value → .run",
  );
  await cache.close();
  warning.mockRestore();
});

function gateOf<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
