import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matrix } from '../../src/objects/matrix.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, refusalOf } from './answers.ts';
import { FakeTasks } from './fake-tasks.ts';
import { CODE } from './keyed-model.ts';
import { Member } from './member.ts';
import { move } from './values.ts';

const open = (...config: Value[]) => {
  const tasks = new FakeTasks();
  const member = new Member({ types: [matrix], tasks });
  const [session, target] = [member.session('a'), member.object('matrix', 'm', config)];
  const ask = (operation: string, ...args: Value[]): Value => member.do(session, target, operation, args);
  return { member, session, target, tasks, ask };
};

const [ROWS, COLUMNS] = [3, 2];
const i = fc.integer({ min: 0, max: ROWS - 1 });
const j = fc.integer({ min: 0, max: COLUMNS - 1 });
const element = fc.double();
const array = (length: number): fc.Arbitrary<Float64Array> =>
  fc.array(element, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
const step: fc.Arbitrary<readonly [operation: string, ...args: Value[]]> = fc.oneof(
  fc.tuple(fc.constantFrom('shape', 'toArray', 'MOVE')),
  fc.tuple(fc.constant('get'), i, j),
  fc.tuple(fc.constantFrom('set', 'add'), i, j, element),
  fc.tuple(fc.constant('row'), i),
  fc.tuple(fc.constant('column'), j),
  fc.tuple(fc.constant('setRow'), i, array(COLUMNS)),
  fc.tuple(fc.constant('setColumn'), j, array(ROWS)),
  fc.tuple(fc.constant('setAll'), array(ROWS * COLUMNS)),
  fc.tuple(fc.constant('fill'), element),
);

/** What rows of numbers do. */
function model(rows: number[][], operation: string, [first, second, third]: readonly Value[]): Value {
  const [a, b, c] = [first, second, third] as [number, number, number];
  const numbers = (value: Value): number[] => [...(value as Float64Array)];
  switch (operation) {
    case 'shape':
      return [ROWS, COLUMNS];
    case 'toArray':
      return [ROWS, COLUMNS, Float64Array.from(rows.flat())];
    case 'get':
      return rows[a]![b];
    case 'set':
      rows[a]![b] = c;
      return undefined;
    case 'add':
      rows[a]![b]! += c;
      return rows[a]![b];
    case 'row':
      return Float64Array.from(rows[a]!);
    case 'column':
      return Float64Array.from(rows, (row) => row[a]!);
    case 'setRow':
      rows[a] = numbers(second);
      return undefined;
    case 'setColumn':
      for (const [at, value] of numbers(second).entries()) rows[at]![a] = value;
      return undefined;
    case 'setAll':
      for (const [at, value] of numbers(first).entries())
        rows[Math.floor(at / COLUMNS)]![at % COLUMNS] = value;
      return undefined;
    case 'fill':
      for (const row of rows) row.fill(a);
      return undefined;
    default:
      throw new Error(operation);
  }
}

describe('a matrix', () => {
  test('does what rows of numbers do, also after it has moved; no answer changes later', () => {
    fc.assert(
      fc.property(
        fc.option(element, { nil: undefined }),
        fc.array(step, { maxLength: 40 }),
        (fill, steps) => {
          const { target, ask } = open(ROWS, COLUMNS, fill);
          ask('shape');
          const rows = Array.from({ length: ROWS }, () => new Array<number>(COLUMNS).fill(fill ?? 0));
          const answers: [Value, Value][] = [];
          for (const [operation, ...args] of [...steps, ['toArray'] as const]) {
            if (operation === 'MOVE') move(target);
            else answers.push([ask(operation, ...args), model(rows, operation, args)]);
          }
          for (const [answer, expected] of answers) expect(answer).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('keeps none of the memory that it was given', () => {
    const { ask } = open(1, 2);
    const given = Float64Array.of(1, 2);
    for (const args of [['setRow', 0], ['setAll']] as const) {
      ask(args[0], ...args.slice(1), given);
      given[0] = 9;
      expect(ask('get', 0, 0)).toBe(1);
      given[0] = 1;
    }
  });

  test('counts its bytes from the first', () => {
    const { target, ask } = open(100, 100);
    ask('shape');
    const before = target.cell!.bytes;
    expect(before).toBeGreaterThan(80_000);
    ask('fill', 5);
    ask('setRow', 0, new Float64Array(100));
    expect(target.cell!.bytes).toBe(before);
  });

  test('refuses places outside of it, and arrays that do not fit', () => {
    const { ask } = open(3, 2);
    for (const [operation, ...args] of [
      ['get', 3, 0],
      ['set', 3, 0, 1],
      ['add', 3, 0, 1],
      ['row', 3],
      ['setRow', 3, Float64Array.of(1, 2)],
    ] as const)
      expectRefusal(() => ask(operation, ...args), 'bad-argument', /there is no row 3 in a matrix of 3 rows/);
    expectRefusal(() => ask('column', 2), 'bad-argument', /there is no column 2 in a matrix of 2 columns/);
    expectRefusal(() => ask('get', -1, 0), 'bad-argument', /a row must be a whole number, 0 or more, not -1/);
    expectRefusal(() => ask('set', 0, 0, '1'), 'bad-argument', /an element must be a number/);
    expectRefusal(
      () => ask('setRow', 0, Float64Array.of(1)),
      'bad-argument',
      /a row must be 2 numbers, not 1/,
    );
    expectRefusal(
      () => ask('setColumn', 0, Float64Array.of(1)),
      'bad-argument',
      /a column must be 3 numbers, not 1/,
    );
    expectRefusal(() => ask('setAll', [1, 2]), 'bad-argument', /all elements must be a Float64Array/);
    expectRefusal(
      () => ask('setAll', new Float64Array(6), 2, 3),
      'bad-argument',
      /3 x 2 cannot take elements of 2 x 3/,
    );
    expect((ask('toArray') as Value[])[2]).toEqual(new Float64Array(6));
  });

  test.each<[Value[], RegExp]>([
    [[], /made with numbers of rows and columns/],
    [[0, 5], /rows must be a whole number, 1 or more/],
    [[2, 'a'], /columns must be/],
    [[2, 2, '0'], /fill must be a number/],
  ])('is not made with %j', (config, message) => {
    expectRefusal(() => open(...config).ask('shape'), 'bad-argument', message);
  });

  test('is not made larger than a member can take', () => {
    expectRefusal(
      () => open(2 ** 20, 2 ** 20).ask('shape'),
      'too-large',
      /8796093022208 more would be over the limit of 67108864 for an object/,
    );
  });
});

describe('user code of a matrix', () => {
  test('gives an element its next value; reads go on, writes wait', async () => {
    const { member, session, target, tasks, ask } = open(2, 2, 5);
    const computed = member.ask(session, target, 'compute', [1, 0, CODE, 'more']);
    const added = member.ask(session, target, 'add', [1, 0, 1]);
    expect(tasks.next('each').calls).toEqual([[5, 'more']]);
    expect([ask('get', 1, 0), isWaiting(added)]).toEqual([5, true]);
    await tasks.finish({ kind: 'done', results: [7] });
    expect([answerOf(computed), answerOf(added)]).toEqual([7, 8]);
  });

  test('that throws, or gives no number, leaves it as it was', async () => {
    const { member, session, target, tasks, ask } = open(2, 2, 5);
    const threw = member.ask(session, target, 'compute', [1, 0, CODE]);
    await tasks.finish({ kind: 'threw', error: Uint8Array.of(1) });
    expect(refusalOf(threw)).toMatchObject({ code: 'user-code-failed', details: Uint8Array.of(1) });
    const wrong = member.ask(session, target, 'compute', [1, 0, CODE]);
    await tasks.finish({ kind: 'done', results: ['7'] });
    expect(refusalOf(wrong)).toMatchObject({
      code: 'user-code-failed',
      message: expect.stringContaining('a number for the element, not "7"'),
    });
    expect(ask('get', 1, 0)).toBe(5);
  });
});
