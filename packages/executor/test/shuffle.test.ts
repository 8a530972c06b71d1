/** The parts of a shuffle by themselves, with any keys, any values and windows of any size. */
import { Storage } from '@skein/storage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupKey } from '../src/index.ts';
import { keyOf, partitionOf, sortableKey } from '../src/shuffle/key.ts';
import { merged } from '../src/shuffle/merge.ts';
import { partitionPairs } from '../src/shuffle/partition-pairs.ts';
import { reduceGroups } from '../src/shuffle/reduce-groups.ts';
import { SegmentReader, type StoredRun } from '../src/shuffle/run.ts';
import { RunStore } from '../src/shuffle/run-store.ts';

const primitive: fc.Arbitrary<GroupKey> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '\x01', 'ÿ', 'a', '\ud800', '\udc00') }),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
);
const { key: anyKey } = fc.letrec<{ key: GroupKey }>((tie) => ({
  key: fc.oneof({ maxDepth: 3 }, primitive, fc.array(tie('key'), { maxLength: 4 })),
}));

const RANKS = ['undefined', 'null', 'false', 'true', 'number', 'bigint', 'string', 'units', 'list'];
const rank = (key: GroupKey): number =>
  RANKS.indexOf(
    Array.isArray(key)
      ? 'list'
      : key === null || typeof key === 'boolean'
        ? String(key)
        : typeof key === 'string' && /\p{Surrogate}/u.test(key)
          ? 'units'
          : typeof key,
  );

/** The order that is promised, said in another way. */
function compare(a: GroupKey, b: GroupKey): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compare(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (typeof a === 'string') {
    const encoding = rank(a) === RANKS.indexOf('units') ? 'utf16le' : 'utf8';
    const bytes = (text: GroupKey): Buffer => Buffer.from(text as string, encoding);
    return encoding === 'utf8' ? Buffer.compare(bytes(a), bytes(b)) : a < b! ? -1 : a === b ? 0 : 1;
  }
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

describe('a key as bytes', () => {
  test('sorts as the key does, and equals that of an equal key alone', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        const [one, other] = [sortableKey(a), sortableKey(b)];
        expect(Math.sign(one < other ? -1 : one > other ? 1 : 0)).toBe(Math.sign(compare(a, b)));
      }),
      { numRuns: 3_000 },
    );
  });

  test('is the key again, without the sign of zero', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        expect(compare(keyOf(sortableKey(key)), key)).toBe(0);
        expect(sortableKey(keyOf(sortableKey(key)))).toBe(sortableKey(key));
      }),
      { numRuns: 1_000 },
    );
  });

  test('is spread evenly over partitions', () => {
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) counts[partitionOf(sortableKey(`user-${i}`), 16)]!++;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test.each([
    ['a Date', new Date(0), /key of a group is text, .*; got a Date: give date.getTime\(\)/],
    ['an object', { a: 1 }, /got an object of Object: give an array of what it is told by/],
    ['a symbol within', ['x', [Symbol('s')]], /the key\[1\]\[0\] of a group .* got a symbol/],
    ['a function', () => 1, /got a function/],
  ])('is refused for %s', (_what, key, message) => {
    expect(() => sortableKey(key)).toThrow(message);
  });
});

const storage = new Storage({ kind: 'memory' });
await storage.createBucket('runs');
let shuffles = 0;
const storeOf = (folder: string, call: number): RunStore =>
  new RunStore({ storage, bucket: 'runs', folder, prefix: `call${call}` });

describe('pairs that are partitioned and merged', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(5), fc.tuple(fc.nat(2), fc.nat(2)));
  const value = fc.oneof(
    fc.string(),
    fc.double(),
    fc.uint8Array(),
    fc.constant({ deep: [null] }),
    fc.constant(Buffer.from('b')),
  );
  const calls = fc.array(fc.array(fc.tuple(key, value), { maxLength: 30 }), { maxLength: 6 });

  test('are as a Map would group them, for any memory and window', async () => {
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 4_000 }), async (given, memory) => {
        const folder = `shuffle${shuffles++}`;
        const runs: StoredRun[] = [];
        for (const [call, pairs] of given.entries()) {
          const store = storeOf(folder, call);
          runs.push(...(await partitionPairs(pairs, { store, partitions: 2, memory, combine: undefined })));
        }
        const expected = new Map<string, { key: GroupKey; values: unknown[] }>();
        for (const [key, value] of given.flat()) {
          const form = sortableKey(key);
          if (!expected.has(form)) expected.set(form, { key: keyOf(form), values: [] });
          expected.get(form)!.values.push(value);
        }
        for (const partition of [0, 1]) {
          const segments = runs.flatMap(({ name, offsets }) => {
            const [start, end] = [offsets[partition]!, offsets[partition + 1]!];
            return start === end ? [] : [{ name, start, end }];
          });
          // Two runs at a time, in windows of 64 KiB: many passes.
          const options = { store: storeOf(folder, 1_000 + partition), memory: 1, combine: undefined };
          const { results } = await reduceGroups(
            async (key, values) => ({ key, values: await (values as { toArray(): unknown }).toArray() }),
            [segments],
            [],
            options,
          );
          const own = [...expected].filter(([form]) => partitionOf(form, 2) === partition);
          expect(results).toEqual(own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are read through windows that end anywhere', async () => {
    const store = storeOf(`shuffle${shuffles++}`, 0);
    const pairs = Array.from({ length: 60 }, (_, i) => [i % 7, 'v'.repeat(i)]);
    const [run] = await partitionPairs(pairs, { store, partitions: 1, memory: 2 ** 20, combine: undefined });
    const segment = { name: run!.name, start: 0, end: run!.offsets[1]! };
    for (let window = 1; window < 90; window++) {
      const reader = new SegmentReader(segment, store.read, window);
      const seen: [GroupKey, number[]][] = [];
      for (await reader.advance(); reader.key !== undefined; await reader.advance()) {
        const lengths: number[] = [];
        // Of every other group the rest is left unread.
        for (let value = await reader.next(); value !== undefined; value = await reader.next()) {
          lengths.push(value.length - 1);
          if (seen.length % 2 === 1) break;
        }
        seen.push([keyOf(reader.key), lengths]);
      }
      expect(seen).toEqual(
        [0, 1, 2, 3, 4, 5, 6].map((key) => [
          key,
          pairs.flatMap(([own], i) => (own === key ? [i] : [])).slice(0, key % 2 === 1 ? 1 : undefined),
        ]),
      );
    }
  });

  test('a run that is cut off is an error, and no end', async () => {
    const store = storeOf(`shuffle${shuffles++}`, 0);
    const [run] = await partitionPairs([['key', 'value']], {
      store,
      partitions: 1,
      memory: 2 ** 20,
      combine: undefined,
    });
    const groups = merged([[{ name: run!.name, start: 0, end: run!.offsets[1]! - 1 }]], {
      store,
      memory: 2 ** 20,
      combine: undefined,
    });
    await expect(
      (async () => {
        for await (const { inputs } of groups) while (await inputs[0]![0]!.next());
      })(),
    ).rejects.toThrow(/call0\/0 ends within a group/);
  });

  test.each([
    ['text', 'abc', /gives pairs \[key, value\]: .*; got a string/],
    ['nothing', undefined, /got undefined/],
    ['a pair itself', ['a', 1], /pair 0 .* is \[key, value\]; got a string/],
    [
      'three',
      [
        ['a', 1],
        ['a', 1, 2],
      ],
      /pair 1 .* got an array of 3/,
    ],
    ['a function as value', [['a', () => 1]], /value: .*function/],
    [
      'a storage as value',
      [['a', new Storage('file:/tmp/x')]],
      /value of a group holds a handle of @skein\/storage/,
    ],
  ])('are refused that are none: %s', async (_what, given, message) => {
    const store = storeOf('refused', 0);
    const options = { store, partitions: 1, memory: 2 ** 20, combine: undefined };
    await expect(partitionPairs(given, options)).rejects.toThrow(message);
  });
});
