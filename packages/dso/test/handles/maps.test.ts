import { describe, expect, test } from 'vitest';
import { SharedMap } from '../../src/handles/shared-map.ts';
import { SharedSet } from '../../src/handles/shared-set.ts';
import { SharedTreeMap } from '../../src/handles/shared-tree-map.ts';
import { map } from '../../src/objects/map.ts';
import { set } from '../../src/objects/set.ts';
import { treeMap } from '../../src/objects/tree-map.ts';
import { all, LocalCluster } from './local-cluster.ts';

const openMap = <K, V>() => {
  const cluster = new LocalCluster(map);
  return { cluster, shared: new SharedMap<K, V>(cluster.place('map')) };
};

const openTree = <K extends number | bigint | string, V>() => {
  const cluster = new LocalCluster(treeMap);
  return { cluster, shared: new SharedTreeMap<K, V>(cluster.place('treeMap')) };
};

describe('the handle of a map', () => {
  test('has the methods of a Map, which answer later, and those that need one moment', async () => {
    const { shared } = openMap<unknown, unknown>();
    const key = { user: 7 };
    await shared.set(key, new Date(5));
    expect(await shared.get({ user: 7 })).toEqual(new Date(5));
    expect(await shared.has(key)).toBe(true);
    expect(await shared.setIfAbsent(key, 'other')).toBe(false);
    expect(await shared.setIfAbsent('k', [1])).toBe(true);
    expect(await shared.getAndSet('k', 2)).toEqual([1]);
    expect(await shared.compareAndSet('k', 2, undefined)).toBe(true);
    expect(await shared.compareAndSet('k', undefined, 3)).toBe(true);
    await shared.setMany(
      new Map<unknown, unknown>([
        ['a', 1],
        ['b', { c: 2 }],
      ]),
    );
    expect(await shared.getMany(['a', 'none', 'b', key])).toEqual([1, undefined, { c: 2 }, new Date(5)]);
    expect(await shared.merge('a', 5, 'sum')).toBe(6);
    await shared.mergeAll(
      [
        ['a', 10],
        ['new', 1],
      ],
      'sum',
    );
    expect(await all(shared)).toEqual([
      [key, new Date(5)],
      ['k', 3],
      ['a', 16],
      ['b', { c: 2 }],
      ['new', 1],
    ]);
    expect(await shared.size()).toBe(5);
    expect(await shared.getAndDelete('b')).toEqual({ c: 2 });
    expect([await shared.delete('b'), await shared.delete('a')]).toEqual([false, true]);
    await shared.clear();
    expect(await all(shared)).toEqual([]);
  });

  test('iterates by pages, of keys or values alone when these are asked for', async () => {
    const { cluster, shared } = openMap<number, string>();
    await shared.setMany(Array.from({ length: 25 }, (_, i) => [i, `value ${i}`]));
    cluster.calls.length = 0;
    const keys = await all(shared.keys({ pageSize: 10 }));
    expect(keys).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(cluster.calls.map(({ args }) => args)).toEqual([
      [0, undefined, 10, 'keys'],
      [10, 25, 10, 'keys'],
      [20, 25, 10, 'keys'],
    ]);
    expect((await all(shared.values()))[24]).toBe('value 24');
    expect((await all(shared.entries()))[24]).toEqual([24, 'value 24']);
  });

  test('ships functions, and gives them what more they need', async () => {
    const { cluster, shared } = openMap<string, number>();
    const computed = shared.compute('k', (there: number | undefined, by: number) => (there ?? 0) + by, [5]);
    await cluster.finish([5]);
    expect(await computed).toBe(5);
    expect(cluster.calls.at(-1)!.args).toEqual([
      'k',
      [expect.any(String), expect.any(String), expect.any(Uint8Array)],
      5,
    ]);
    const merged = shared.merge('k', 2, (there, value) => there * value);
    await cluster.finish([10]);
    expect(await merged).toBe(10);
    const many = shared.mergeAll(
      [
        ['k', 1],
        ['l', 1],
      ],
      (there, value) => there + value,
    );
    await cluster.finish([undefined]);
    await many;
    expect(await shared.getMany(['k', 'l'])).toEqual([undefined, 1]);
  });

  test('passes options on, and is told of a stale fence', async () => {
    const { cluster, shared } = openMap<string, number>();
    const { signal } = new AbortController();
    await shared.set('k', 1, { fence: 7, timeoutMs: 5000, signal });
    await shared.get('k', { timeoutMs: 100 });
    expect(cluster.calls.map(({ kind, options }) => [kind, options])).toEqual([
      ['write', { fence: 7, timeoutMs: 5000, signal }],
      ['read', { timeoutMs: 100 }],
    ]);
    await expect(shared.delete('k', { fence: 6 })).rejects.toThrow(/fencing token 6 is of the past/);
  });

  test('refuses before anything is sent', async () => {
    const { cluster, shared } = openMap<unknown, unknown>();
    const wrong: [() => Promise<unknown>, RegExp][] = [
      [() => shared.set('k', undefined), /the value must be something that is there.*, not undefined/],
      [() => shared.set('k', () => {}), /cannot ship/],
      [
        () => shared.merge('k', 1, 'avg' as 'sum'),
        /how to merge must be a function or one of 'sum'.*, not "avg"/,
      ],
      [() => shared.mergeAll([['k', 1]], undefined as never), /how to merge must be .*, not undefined/],
      [() => shared.compute('k', 'code' as never), /what computes must be a function, not "code"/],
      [() => shared.compute('k', () => 1, 5 as never), /what the function is given must be an array/],
      [() => shared.getMany('keys' as never), /the keys must be an array or another iterable, not "keys"/],
      [() => shared.setMany([['k']] as never), /an entry must be \[key, value\], not an array of 1/],
      [
        () => shared.setMany({ k: 1 } as never),
        /the entries must be an array or another iterable, not an object/,
      ],
    ];
    for (const [call, message] of wrong) await expect(call()).rejects.toThrow(message);
    expect(() => shared.entries({ pageSize: 0 })).toThrow(
      /pageSize must be a whole number from 1 to 10,000, not 0/,
    );
    expect(cluster.calls).toEqual([]);
  });
});

describe('the handle of a tree map', () => {
  test('has its entries in order, and parts of them', async () => {
    const { shared } = openTree<number, string>();
    await shared.setMany([5, 3, 9, 1, 7].map((key) => [key, `value ${key}`]));
    const keys = (part: AsyncIterable<[number, string]>) =>
      all(part).then((entries) => entries.map(([key]) => key));
    expect(await keys(shared)).toEqual([1, 3, 5, 7, 9]);
    expect(await shared.first()).toEqual([1, 'value 1']);
    expect(await shared.last()).toEqual([9, 'value 9']);
    expect(await keys(shared.subMap(3, 7))).toEqual([3, 5]);
    expect(await keys(shared.subMap(3, 7, { fromInclusive: false, toInclusive: true }))).toEqual([5, 7]);
    expect(await keys(shared.headMap(5))).toEqual([1, 3]);
    expect(await keys(shared.headMap(5, { toInclusive: true }).reverse())).toEqual([5, 3, 1]);
    expect(await keys(shared.tailMap(5))).toEqual([5, 7, 9]);
    expect(await keys(shared.tailMap(5, { fromInclusive: false }))).toEqual([7, 9]);
    expect(await keys(shared.reverse())).toEqual([9, 7, 5, 3, 1]);
    expect(await shared.reverse().toArray({ pageSize: 2 })).toEqual(
      [9, 7, 5, 3, 1].map((key) => [key, `value ${key}`]),
    );
    expect(await all(shared.keys({ pageSize: 2 }))).toEqual([1, 3, 5, 7, 9]);
    expect(await all(shared.tailMap(7).values({ pageSize: 1 }))).toEqual(['value 7', 'value 9']);
    expect(await shared.top(2)).toEqual([
      [9, 'value 9'],
      [7, 'value 7'],
    ]);
    expect(await shared.top(100)).toHaveLength(5);
    await shared.clear();
    expect([await shared.first(), await shared.last(), await shared.top(1)]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });

  test('refuses before anything is sent', async () => {
    const { cluster, shared } = openTree<number, unknown>();
    await expect(shared.set(Number.NaN, 1)).rejects.toThrow(
      /the key must be a number that is not NaN.*, not NaN/,
    );
    await expect(shared.get({} as never)).rejects.toThrow(/the key must be .*, not an object/);
    await expect(shared.top(0)).rejects.toThrow(/how many must be a whole number, 1 or more, not 0/);
    expect(() => shared.subMap(5, 3)).toThrow(/to must be 5 or above, not 3/);
    expect(() => shared.tailMap(undefined as never)).toThrow(/from must be .*, not undefined/);
    expect(cluster.calls).toEqual([]);
  });
});

describe('the handle of a set', () => {
  test('has the methods of a Set, which answer later', async () => {
    const cluster = new LocalCluster(set);
    const shared = new SharedSet<unknown>(cluster.place('set'));
    expect([await shared.add({ a: 1 }), await shared.add({ a: 1 })]).toEqual([true, false]);
    expect(await shared.addAll([1, 2, { a: 1 }, 2])).toBe(2);
    expect(await shared.has(2)).toBe(true);
    expect(await shared.size()).toBe(3);
    expect(await all(shared)).toEqual([{ a: 1 }, 1, 2]);
    expect(await all(shared.values({ pageSize: 2 }))).toEqual([{ a: 1 }, 1, 2]);
    expect([await shared.delete(2), await shared.delete(2)]).toEqual([true, false]);
    await shared.clear();
    expect(await shared.size()).toBe(0);
    const sent = cluster.calls.length;
    await expect(shared.addAll('abc' as never)).rejects.toThrow(
      /the values must be an array or another iterable/,
    );
    await expect(shared.add(() => {})).rejects.toThrow(/cannot ship/);
    expect(cluster.calls.length).toBe(sent);
  });
});
