import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SortedBlocks } from '../../src/objects/sorted-blocks.ts';
import { treeMap } from '../../src/objects/tree-map.ts';
import type { Value } from '../../src/value/value.ts';
import { expectRefusal } from './answers.ts';
import { pairsOf, play, steps } from './keyed-model.ts';
import { Member } from './member.ts';
import { move, someValue } from './values.ts';

type Key = number | bigint | string;
type Page = [last: Key | undefined, items: Value[]];

const KEYS = {
  numbers: fc.constantFrom<Key[]>(0, -0, 1, -1, 2, 0.5, 1e300, Number.POSITIVE_INFINITY, -5),
  bigints: fc.constantFrom<Key[]>(0n, -1n, 1n, 2n ** 70n, 5n),
  strings: fc.constantFrom<Key[]>('', 'a', 'b', 'ab', 'B', 'é', '😀', '\0'),
} as const;

const order = (a: Key, b: Key): number => (a < b ? -1 : a > b ? 1 : 0);
const byKey = (a: readonly Value[], b: readonly Value[]): number => order(a[0] as Key, b[0] as Key);

const open = () => {
  const member = new Member({ types: [treeMap] });
  const [session, target] = [member.session('a'), member.object('treeMap', 't')];
  const ask = (operation: string, ...args: Value[]): Value => member.do(session, target, operation, args);
  /** A range by pages of `limit`. */
  const range = (
    [from, fromInclusive, to, toInclusive, reverse]: readonly Value[],
    limit: number,
    between = (): void => {},
  ): Value[][] => {
    const pages: Value[][] = [];
    let ends = [from, fromInclusive, to, toInclusive];
    for (;;) {
      const [last, items] = ask('page', ...ends, reverse, limit, 'entries') as Page;
      pages.push(items);
      if (last === undefined) return pages;
      ends = reverse === true ? [from, fromInclusive, last, false] : [last, false, to, toInclusive];
      between();
    }
  };
  return { member, session, target, ask, range };
};

describe.each(Object.entries(KEYS))('a tree map of %s', (_kind, key) => {
  test('does what a Map does, with the pairs in the order of their keys, also after it has moved', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps(key, someValue), { maxLength: 50 }), (some) =>
        play(treeMap, some, (ask, { pairs }) => {
          const sorted = [...pairs].sort(byKey);
          const [last, items] = ask('page', [undefined, true, undefined, true, false, 1000]) as Page;
          expect(last).toBeUndefined();
          expect(pairsOf(items)).toEqual(sorted);
          expect(ask('first', [])).toEqual(sorted[0]);
          expect(ask('last', [])).toEqual(sorted.at(-1));
        }),
      ),
      { numRuns: 150 },
    );
  });

  test('gives any range in both orders, page by page', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { comparator: 'SameValueZero' }),
        fc.option(key, { nil: undefined }),
        fc.boolean(),
        fc.option(key, { nil: undefined }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        (keys, from, fromInclusive, to, toInclusive, reverse, limit) => {
          const { ask, range } = open();
          ask('setMany', ...keys.flatMap((one) => [one, `${one}`]));
          const expected = keys
            .map((one) => (one === 0 ? 0 : one))
            .filter((one) => from === undefined || one > from || (fromInclusive && order(one, from) === 0))
            .filter((one) => to === undefined || one < to || (toInclusive && order(one, to) === 0))
            .sort(order);
          if (reverse) expected.reverse();
          const pages = range([from, fromInclusive, to, toInclusive, reverse], limit);
          expect(pages.flat()).toEqual(expected.flatMap((one) => [one, `${one}`]));
          for (const page of pages.slice(0, -1)) expect(page.length).toBe(2 * limit);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a tree map', () => {
  test('has keys of one kind as long as it has any', () => {
    const { ask } = open();
    ask('set', 1, 'one');
    for (const [operation, ...args] of [
      ['set', 'a', 1],
      ['get', 1n],
      ['setMany', 2, 2, 'a', 1],
      ['delete', '1'],
    ] as const)
      expectRefusal(() => ask(operation, ...args), 'bad-argument', /of one kind, and this one has numbers: /);
    expectRefusal(
      () => ask('page', 'a', true, undefined, true, false, 10),
      'bad-argument',
      /this one has numbers: "a" is a string/,
    );
    expect(ask('size')).toBe(1);
    ask('delete', 1);
    expectRefusal(() => ask('setMany', 2, 2, 'a', 1), 'bad-argument', /of one kind/);
    expect(ask('size')).toBe(0);
    ask('set', 'a', 1);
    expect(ask('first')).toEqual(['a', 1]);
  });

  test.each([Number.NaN, undefined, null, true, Uint8Array.of(1), ['a']])('refuses %s as a key', (key) => {
    const { ask } = open();
    expectRefusal(
      () => ask('set', key, 1),
      'bad-argument',
      /a key of a tree map must be a number that is not NaN, a bigint or a string/,
    );
  });

  test('is iterated while others change it: what stays is seen exactly once', () => {
    const key = fc.integer({ min: 0, max: 40 });
    const change = fc.tuple(fc.constantFrom('set', 'delete', 'MOVE'), key);
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }),
        (keys, reverse, limit, changes) => {
          const { ask, range, target } = open();
          for (const one of keys) ask('set', one, one);
          const always = new Set<Value>(keys);
          let i = 0;
          const pages = range([undefined, true, undefined, true, reverse], limit, () => {
            for (const [operation, one] of changes[i++] ?? []) {
              if (operation === 'MOVE') move(target);
              else if (operation === 'delete') always.delete(ask('delete', one) ? one : undefined);
              else ask('set', one, one);
            }
          });
          const seen = pairsOf(pages.flat()).map(([one]) => one as number);
          for (const one of always) expect(seen).toContain(one);
          expect(seen).toEqual([...new Set(seen)].sort((a, b) => (reverse ? b - a : a - b)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('blocks of sorted entries', () => {
  test('keep their order when they are split and joined', () => {
    const key = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), key, fc.integer({ min: 1, max: 900 })), { maxLength: 30 }),
        (runs) => {
          const blocks = new SortedBlocks<number>();
          const plain = new Set<number>();
          let wrong = false;
          // Runs of neighbours fill blocks and empty them.
          for (const [adds, start, count] of runs) {
            for (let one = start; one < start + count; one++) {
              if (!adds) wrong ||= blocks.remove(one) !== (plain.delete(one) ? one : undefined);
              else if (!plain.has(one)) {
                blocks.add(one, one);
                plain.add(one);
              }
            }
          }
          const sorted = [...plain].sort((a, b) => a - b);
          expect(wrong).toBe(false);
          expect([...blocks]).toEqual(sorted);
          expect([...blocks.down()]).toEqual(sorted.toReversed());
          expect(blocks.size).toBe(sorted.length);
          expect(sorted.filter((one) => blocks.find(one) !== one)).toEqual([]);
          for (const probe of [0, 100, 1500, 3899]) {
            expect(blocks.find(probe)).toBe(plain.has(probe) ? probe : undefined);
            const above = sorted.filter((one) => one > probe);
            expect([...blocks.up({ key: probe, inclusive: false })]).toEqual(above);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
