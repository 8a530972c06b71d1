import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { set } from '../../src/objects/set.ts';
import { sameValue, type Value } from '../../src/value/value.ts';
import { Member } from './member.ts';
import { bytesOf, move, someValue } from './values.ts';

type Page = [next: number | undefined, until: number, items: Value[]];

const step: fc.Arbitrary<readonly [operation: string, ...args: Value[]]> = fc.oneof(
  fc.tuple(fc.constantFrom('size', 'MOVE', 'clear')),
  fc.tuple(fc.constantFrom('add', 'add', 'delete', 'has'), someValue),
  fc.array(someValue, { maxLength: 5 }).map((values): [string, ...Value[]] => ['addAll', ...values]),
);

const open = () => {
  const member = new Member({ types: [set] });
  const [session, target] = [member.session('a'), member.object('set', 's')];
  const ask = (operation: string, ...args: Value[]): Value => member.do(session, target, operation, args);
  const all = (limit: number): Value[] => {
    const values: Value[] = [];
    let [next, until]: [number | undefined, number | undefined] = [0, undefined];
    while (next !== undefined) {
      const page = ask('page', next, until, limit) as Page;
      [next, until] = page;
      values.push(...page[2]);
    }
    return values;
  };
  return { member, target, ask, all };
};

describe('a set', () => {
  test('does what a Set does, with the values in the order in which they came, also after it has moved', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (steps, limit) => {
        const { member, target, ask, all } = open();
        ask('size');
        const base = bytesOf(member, target);
        let model: Value[] = [];
        const has = (value: Value): boolean => model.some((other) => sameValue(value, other));
        const add = (value: Value): boolean => {
          if (has(value)) return false;
          model.push(value === 0 ? 0 : value);
          return true;
        };
        for (const [operation, ...args] of steps) {
          if (operation === 'MOVE') {
            move(target);
            continue;
          }
          const was = has(args[0]);
          const answer = ask(operation, ...args);
          if (operation === 'size') expect(answer).toBe(model.length);
          else if (operation === 'add') expect(answer).toBe(add(args[0]));
          else if (operation === 'addAll') expect(answer).toBe(args.filter(add).length);
          else if (operation === 'clear') model = [];
          else expect(answer).toBe(was);
          if (operation === 'delete') model = model.filter((value) => !sameValue(value, args[0]));
        }
        expect(all(limit)).toEqual(model);
        for (const value of model) expect(ask('delete', value)).toBe(true);
        expect(bytesOf(member, target)).toBe(base);
      }),
      { numRuns: 300 },
    );
  });

  test('is added to by many at once, and tells one of them about each value', () => {
    const member = new Member({ types: [set] });
    const target = member.object('set', 's');
    let added = 0;
    for (const name of ['a', 'b', 'c']) {
      const session = member.session(name);
      for (let i = 0; i < 5000; i++) if (member.do(session, target, 'add', [i]) === true) added++;
    }
    expect(added).toBe(5000);
  });

  test('is iterated while others change it: what stays is seen exactly once, what is added is not', () => {
    const { ask } = open();
    for (let i = 0; i < 1000; i++) ask('add', i);
    const seen: Value[] = [];
    let [next, until]: [number | undefined, number | undefined] = [0, undefined];
    for (let round = 0; next !== undefined; round++) {
      const page = ask('page', next, until, 10) as Page;
      [next, until] = page;
      seen.push(...page[2]);
      ask('delete', seen.length - 1);
      ask('add', seen.length - 1);
      ask('delete', seen.length + 500);
      ask('add', 5000 + round);
    }
    const gone = new Set(Array.from({ length: 100 }, (_, i) => 510 + 10 * i));
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i).filter((i) => !gone.has(i)));
  });
});
