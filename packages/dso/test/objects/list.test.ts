import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { list } from '../../src/objects/list.ts';
import { sameValue, type Value } from '../../src/value/value.ts';
import { expectRefusal } from './answers.ts';
import { Member } from './member.ts';
import { bytesOf, move, someValue } from './values.ts';

type Step = readonly [operation: string, ...args: Value[]];

const index = fc.integer({ min: -8, max: 8 });
const end = fc.option(index, { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom('length', 'pop', 'shift', 'reverse', 'MOVE', 'clear')),
  fc.tuple(fc.constantFrom('get', 'removeAt'), index),
  fc.tuple(fc.constantFrom('set'), index, someValue),
  fc.tuple(fc.constantFrom('remove', 'indexOf'), someValue),
  fc.tuple(fc.constant('indexOf'), someValue, index),
  fc.tuple(fc.constant('slice'), end, end),
  fc.array(someValue, { maxLength: 4 }).map((items): Step => ['push', ...items]),
  fc.tuple(index, fc.array(someValue, { maxLength: 3 })).map(([at, items]): Step => ['insert', at, ...items]),
);

/** What an array does; a refusal is `undefined` here, as `set` answers. */
function model(items: Value[], [operation, ...args]: Step): Value {
  const [first, second] = args as [number, number];
  const find = (from = 0): number => items.findIndex((item, i) => i >= from && sameValue(item, args[0]));
  switch (operation) {
    case 'length':
      return items.length;
    case 'get':
      return items.at(first);
    case 'push':
      return items.push(...args);
    case 'pop':
      return items.pop();
    case 'shift':
      return items.shift();
    case 'set':
      if (items.at(first) !== undefined) items[first < 0 ? items.length + first : first] = args[1];
      return undefined;
    case 'insert':
      items.splice(first, 0, ...args.slice(1));
      return items.length;
    case 'removeAt':
      return first < -items.length ? undefined : items.splice(first, 1)[0];
    case 'remove': {
      const at = find();
      if (at !== -1) items.splice(at, 1);
      return at !== -1;
    }
    case 'indexOf':
      return find(second !== undefined && second < 0 ? Math.max(0, items.length + second) : second);
    case 'slice':
      return items.slice(first, second);
    case 'reverse':
      items.reverse();
      return undefined;
    case 'clear':
      items.length = 0;
      return undefined;
    default:
      throw new Error(operation);
  }
}

describe('a list', () => {
  const open = () => {
    const member = new Member({ types: [list] });
    return { member, session: member.session('a'), target: member.object('list', 'l') };
  };

  test('does what an array does, also after it has moved', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { member, session, target } = open();
        const items: Value[] = [];
        member.do(session, target, 'length');
        const base = bytesOf(member, target);
        for (const one of [...steps, ['slice'] as const]) {
          const [operation, ...args] = one;
          if (operation === 'MOVE') {
            move(target);
            continue;
          }
          const expected = model(items, one);
          if (operation === 'set' && items.at(args[0] as number) === undefined) {
            expectRefusal(() => member.do(session, target, 'set', args), 'bad-argument', /there is no item/);
            continue;
          }
          const answer = member.do(session, target, operation, args);
          expect(operation === 'slice' ? (answer as Value[])[2] : answer).toEqual(expected);
        }
        while (member.do(session, target, 'pop') !== undefined);
        expect(bytesOf(member, target)).toBe(base);
      }),
      { numRuns: 300 },
    );
  });

  test('takes a hundred thousand items at once, and gives them by pages of about a mebibyte', () => {
    const { member, session, target } = open();
    const items = Array.from({ length: 200_000 }, (_, i) => i);
    expect(member.do(session, target, 'push', items)).toBe(200_000);
    expect(member.do(session, target, 'insert', [1, ...items.slice(0, 150_000)])).toBe(350_000);
    let seen: Value[] = [];
    let pages = 0;
    for (let from = -350_000; seen.length < 350_000; from = seen.length) {
      const [at, until, some] = member.do(session, target, 'slice', [from]) as [number, number, Value[]];
      expect([at, until]).toEqual([seen.length, 350_000]);
      seen = [...seen, ...some];
      pages++;
    }
    expect(pages).toBe(3);
    expect(seen).toEqual([0, ...items.slice(0, 150_000), ...items.slice(1)]);
  });

  test('is emptied from its front or its back, and takes nothing then', () => {
    const { member, session, target } = open();
    member.do(session, target, 'length');
    const base = bytesOf(member, target);
    for (const remove of ['shift', 'pop', 'clear']) {
      const items = Array.from({ length: 5000 }, (_, i) => `item ${i}`);
      member.do(session, target, 'push', items);
      for (let i = 0; i < 2500; i++) expect(member.do(session, target, 'shift')).toBe(`item ${i}`);
      member.do(session, target, 'insert', [0, 'first']);
      expect(member.do(session, target, 'get', [0])).toBe('first');
      expect(member.do(session, target, 'get', [-1])).toBe('item 4999');
      for (let i = 0; i < 2501; i++) member.do(session, target, remove);
      expect(member.do(session, target, 'length')).toBe(0);
      expect(bytesOf(member, target)).toBe(base);
    }
  });

  test('is sorted where its items have an order, and else stays as it is', () => {
    const { member, session, target } = open();
    const sorted = (items: readonly Value[], ...args: Value[]): Value => {
      member.do(session, target, 'clear');
      member.do(session, target, 'push', items);
      member.do(session, target, 'sort', args);
      return (member.do(session, target, 'slice') as Value[])[2];
    };
    expect(sorted([10, 9, -1, 0.5])).toEqual([-1, 0.5, 9, 10]);
    expect(sorted(['b', 'a', 'aa'], true)).toEqual(['b', 'aa', 'a']);
    expect(sorted([3n, 1n])).toEqual([1n, 3n]);
    expect(sorted([])).toEqual([]);
    for (const unordered of [[1, 'a'], [1, Number.NaN], [true], [1, 2n]]) {
      expectRefusal(() => sorted(unordered), 'bad-argument', /can be sorted/);
      expect((member.do(session, target, 'slice') as Value[])[2]).toEqual(unordered);
    }
  });

  test('refuses what is no index', () => {
    const { member, session, target } = open();
    for (const operation of ['get', 'set', 'insert', 'removeAt']) {
      for (const index of [0.5, '0', undefined, Number.NaN, 2 ** 53])
        expectRefusal(
          () => member.do(session, target, operation, [index, 1]),
          'bad-argument',
          /an index must be a whole number/,
        );
    }
    expectRefusal(() => member.do(session, target, 'slice', ['a']), 'bad-argument', /the start of a slice/);
  });

  test('replaces an item also when it is full', () => {
    const member = new Member({ types: [list], maxObjectBytes: 1000 });
    const [session, target] = [member.session('a'), member.object('list', 'l')];
    while (!isFull(() => member.do(session, target, 'push', ['x'.repeat(30)])));
    member.do(session, target, 'set', [0, 'y'.repeat(30)]);
    expect(member.do(session, target, 'get', [0])).toBe('y'.repeat(30));
    expectRefusal(
      () => member.do(session, target, 'set', [0, 'y'.repeat(500)]),
      'too-large',
      /over the limit/,
    );
  });
});

function isFull(push: () => unknown): boolean {
  try {
    push();
    return false;
  } catch {
    return true;
  }
}
