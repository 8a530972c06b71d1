import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { allReduce } from '../../src/objects/all-reduce.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, randomOf, refusalOf, shuffled } from './answers.ts';
import { FakeTasks } from './fake-tasks.ts';
import { type Asked, Member } from './member.ts';

function setUp(parties: number, op: Value = 'sum') {
  const tasks = new FakeTasks();
  const member = new Member({ types: [allReduce], tasks });
  const object = member.object('allReduce', 'x', [parties, op]);
  return {
    member,
    tasks,
    object,
    session: member.session('a'),
    reduce: (
      session: Session,
      numbers: readonly number[],
      rank?: number,
      round?: number,
      shape = 's',
    ): Asked => member.ask(session, object, 'reduce', [rank, round, shape, Float64Array.from(numbers)]),
    statusOf: () => member.do(member.session('status'), object, 'status'),
  };
}

const numbersOf = (asked: Asked): number[] => [...((answerOf(asked) as Value[])[0] as Float64Array)];

describe('A1: all get the same combination, once all have given their part', () => {
  test.each([
    ['sum', [9, 12]],
    ['prod', [24, 60]],
    ['min', [2, 3]],
    ['max', [4, 5]],
  ])('%s', (op, expected) => {
    const { session, reduce } = setUp(3, op);
    const early = [reduce(session, [3, 4]), reduce(session, [2, 3])];
    expect(early.every(isWaiting)).toBe(true);
    const all = [...early, reduce(session, [4, 5])];
    for (const one of all) expect(numbersOf(one)).toEqual(expected);
    // One object for all: what it takes to hold does not grow with the parties.
    expect(new Set(all.map(answerOf)).size).toBe(1);
  });

  test.each([1, 2, 7, 50, 200])('%i parties, round after round', (parties) => {
    const { member, object, reduce } = setUp(parties);
    const random = randomOf(parties);
    const sessions = Array.from({ length: parties }, (_, i) => member.session(`s${i}`));
    for (let round = 0; round < 10; round++) {
      const asked: Asked[] = [];
      for (const [i, session] of shuffled([...sessions.entries()], random)) {
        expect(asked.every(isWaiting)).toBe(true);
        asked.push(reduce(session, [1, i]));
      }
      for (const one of asked)
        expect(answerOf(one)).toEqual([new Float64Array([parties, (parties * (parties - 1)) / 2]), round]);
    }
    expect(object.key).toBe('x');
  });

  test('an answer does not change afterwards, and no contribution ever does', () => {
    const { member, object, session } = setUp(2);
    const mine = new Float64Array([1]);
    const first = member.ask(session, object, 'reduce', [0, undefined, 's', mine]);
    member.ask(session, object, 'reduce', [1, undefined, 's', new Float64Array([2])]);
    const again = member.ask(session, object, 'reduce', [0, undefined, 's', mine]);
    member.ask(session, object, 'reduce', [1, undefined, 's', new Float64Array([5])]);
    expect([...mine]).toEqual([1]);
    expect(numbersOf(first)).toEqual([3]);
    expect(numbersOf(again)).toEqual([6]);
  });
});

const COMBINE = {
  sum: (a: number, b: number): number => a + b,
  prod: (a: number, b: number): number => a * b,
  min: (a: number, b: number): number => Math.min(a, b),
  max: (a: number, b: number): number => Math.max(a, b),
};

test('A2: ranks combine in their order, so that rounding does not depend on who was faster', () => {
  const number = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(1e100, -1e100, 1, 1e-100));
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 1, maxLength: 12 }),
      fc.integer(),
      fc.constantFrom('sum' as const, 'prod' as const, 'min' as const, 'max' as const),
      (parts, seed, op) => {
        const { session, reduce } = setUp(parts.length, op);
        const asked = shuffled([...parts.entries()], randomOf(seed)).map(([rank, part]) =>
          reduce(session, [part], rank),
        );
        const combined = parts.reduce((a, b) => COMBINE[op](a, b));
        for (const one of asked) expect(numbersOf(one)).toEqual([combined]);
      },
    ),
    { numRuns: 200 },
  );
});

test('parts that were combined are not kept while their parties wait', () => {
  const { member, session, reduce } = setUp(3);
  reduce(session, new Array(1000).fill(1));
  reduce(session, new Array(1000).fill(1));
  const { cell } = [...member.engine.cells()][0]!;
  const waiters = [...cell.lanes.values()].flatMap((lane) => [...lane]);
  expect(waiters.map(({ args }) => args)).toEqual([[], []]);
  expect(member.engine.stats().bytes).toBeLessThan(9000);
});

describe('A3: when one goes who has joined, the round begins afresh', () => {
  test.each(['timeout', 'cancel', 'death', 'reset'])('%s', (how) => {
    const { member, object, session, reduce, statusOf } = setUp(3);
    const other = member.session('other');
    const dead = member.session('dead');
    const stays = reduce(session, [1]);
    const gone = member.ask(dead, object, 'reduce', [undefined, undefined, 's', new Float64Array([100])], {
      timeoutMs: 50,
    });
    if (how === 'timeout') member.clock.pass(50);
    else if (how === 'cancel') member.cancel(dead, object, gone);
    else if (how === 'death') member.end(dead);
    else expect(member.do(other, object, 'reset')).toBe(0);
    expect(refusalOf(stays)).toMatchObject({
      code: 'broken-barrier',
      message: expect.stringMatching(/afresh/),
    });
    expect(statusOf()).toEqual([3, 0, 0]);
    const again = [1, 2, 3].map((n) => reduce(other, [n]));
    for (const one of again) expect(answerOf(one)).toEqual([new Float64Array([6]), 0]);
  });

  test('what a broken round has held is let go', () => {
    const { member, object, session, reduce } = setUp(3);
    member.do(session, object, 'reset');
    const empty = member.engine.stats().bytes;
    reduce(session, new Array(1000).fill(1), 2);
    reduce(session, new Array(1000).fill(1), 0);
    expect(member.engine.stats().bytes - empty).toBe(16_000);
    member.do(session, object, 'reset');
    expect(member.engine.stats().bytes).toBe(empty);
  });
});

describe('A4: a rank counts once', () => {
  test('a call that runs again waits along; the death of the first breaks nothing', () => {
    const { member, session, reduce } = setUp(2);
    const dead = member.session('dead');
    reduce(dead, [1], 0);
    const again = reduce(session, [1000], 0);
    member.end(dead);
    const last = reduce(session, [2], 1);
    expect(numbersOf(again)).toEqual([3]);
    expect(numbersOf(last)).toEqual([3]);
  });

  test('an earlier round gives what it came to', () => {
    const { member, object, session, reduce } = setUp(2);
    for (let round = 0; round < 70; round++) {
      reduce(session, [round], 0, round);
      reduce(session, [1], 1, round);
    }
    expect(answerOf(reduce(session, [0], 1, 69))).toEqual([new Float64Array([70]), 69]);
    expect(answerOf(reduce(session, [0], 1, 6))).toEqual([new Float64Array([7]), 6]);
    const ask = (...args: Value[]) => member.do(session, object, 'reduce', args);
    const one = new Float64Array(1);
    expectRefusal(() => ask(1, 5, 's', one), 'outcome-unknown', /last 64/);
    expectRefusal(() => ask(1, 71, 's', one), 'bad-argument', /has not begun/);
    expectRefusal(() => ask(undefined, 3, 's', one), 'bad-argument', /a rank/);
    expectRefusal(() => ask(1, 69, 'other', one), 'bad-argument', /built alike/);
  });

  test('outcomes take at most 32 MiB', () => {
    const { member, object, session } = setUp(1);
    const large = new Float64Array(2 ** 20);
    for (let round = 0; round < 8; round++) member.do(session, object, 'reduce', [0, round, 's', large]);
    expect(member.engine.stats().bytes).toBeLessThanOrEqual(2 ** 25 + 1000);
    expectRefusal(
      () => member.do(session, object, 'reduce', [0, 4, 's', large]),
      'outcome-unknown',
      /not kept/,
    );
    expect((member.do(session, object, 'reduce', [0, 5, 's', large]) as Value[])[1]).toBe(5);
  });
});

describe('what does not fit is refused, and spoils nothing', () => {
  test('another structure', () => {
    const { member, object, session, reduce } = setUp(2);
    const waits = reduce(session, [1, 2], undefined, undefined, '[number, number]');
    expectRefusal(
      () => member.do(session, object, 'reduce', [undefined, undefined, '[number]', new Float64Array(1)]),
      'bad-argument',
      /in round 0 they are \[number, number\], this one is \[number\]/,
    );
    reduce(session, [1, 1], undefined, undefined, '[number, number]');
    expect(numbersOf(waits)).toEqual([2, 3]);
  });

  test('ranks for some only, ranks and operators that cannot be', () => {
    const { member, object, session, reduce } = setUp(2);
    const part = new Float64Array(1);
    reduce(session, [1], 1);
    const ask = (...args: Value[]) => member.do(session, object, 'reduce', args);
    expectRefusal(() => ask(undefined, undefined, 's', part), 'bad-argument', /all of them ranks, or none/);
    expectRefusal(() => ask(2, undefined, 's', part), 'bad-argument', /0 to 1/);
    expectRefusal(() => ask(0, undefined, 's', [1]), 'bad-argument', /Float64Array/);
    const other = member.object('allReduce', 'y', [2, 'avg']);
    expectRefusal(() => member.do(session, other, 'reset'), 'bad-argument', /'sum', 'min', 'max', 'prod'/);
    expectRefusal(
      () => member.do(session, member.object('allReduce', 'z'), 'reset'),
      'bad-argument',
      /parties/,
    );
  });
});

describe('with a function', () => {
  const CODE: Value = ['join', 'hash', new Uint8Array([1])];
  const ask = ({ member, session, object }: ReturnType<typeof setUp>, value: Value, rank?: number): Asked =>
    member.ask(session, object, 'reduce', [rank, undefined, undefined, value]);

  test('it is given all values in the order of ranks', async () => {
    const set = setUp(3, CODE);
    const asked = [ask(set, 'c', 2), ask(set, 'a', 0), ask(set, 'b', 1)];
    expect(set.tasks.next('fold')).toMatchObject({ values: ['a', 'b', 'c'], code: { hash: 'hash' } });
    expect(asked.every(isWaiting)).toBe(true);
    await set.tasks.finish({ kind: 'done', results: ['abc'] });
    for (const one of asked) expect(answerOf(one)).toEqual(['abc', 0]);
    expect(answerOf(set.member.ask(set.session, set.object, 'reduce', [1, 0, undefined, 'b']))).toEqual([
      'abc',
      0,
    ]);
  });

  test('without ranks it is the order of arrival; who comes while it runs is of the next round', async () => {
    const set = setUp(2, CODE);
    const asked = [ask(set, 'x'), ask(set, 'y'), ask(set, 'z')];
    expect(set.tasks.next('fold').values).toEqual(['x', 'y']);
    await set.tasks.finish({ kind: 'done', results: ['xy'] });
    expect(answerOf(asked[1]!)).toEqual(['xy', 0]);
    expect(isWaiting(asked[2]!)).toBe(true);
  });

  test('who goes while it runs misses the answer, and only that', async () => {
    const set = setUp(2, CODE);
    const asked = [ask(set, 'a', 0), ask(set, 'b', 1)];
    set.member.cancel(set.session, set.object, asked[0]!);
    await set.tasks.finish({ kind: 'done', results: ['ab'] });
    expect(refusalOf(asked[0]!).code).toBe('cancelled');
    expect(answerOf(asked[1]!)).toEqual(['ab', 0]);
  });

  test('when it throws or fails all are told, and the round begins afresh', async () => {
    const set = setUp(2, CODE);
    const error = new Uint8Array([7]);
    const first = [ask(set, 'a'), ask(set, 'b')];
    await set.tasks.finish({ kind: 'threw', error });
    for (const one of first)
      expect(refusalOf(one)).toMatchObject({ code: 'user-code-failed', details: error });
    const second = [ask(set, 'a'), ask(set, 'b')];
    await set.tasks.finish({ kind: 'failed', code: 'time-limit', message: 'too long' });
    for (const one of second)
      expect(refusalOf(one)).toMatchObject({
        code: 'user-code-failed',
        details: 'time-limit',
        message: expect.stringMatching(/too long/),
      });
    const third = [ask(set, 'a'), ask(set, 'b')];
    await set.tasks.finish({ kind: 'done', results: ['ab'] });
    for (const one of third) expect(answerOf(one)).toEqual(['ab', 0]);
  });

  test('the newest code is used, and other parties are another object', () => {
    const set = setUp(2, CODE);
    ask(set, 'a');
    const newer = set.member.object('allReduce', 'x', [2, ['join', 'newer', new Uint8Array()]]);
    set.member.ask(set.session, newer, 'reduce', [undefined, undefined, undefined, 'b']);
    expect(set.tasks.next('fold').code).toMatchObject({ hash: 'newer' });
    const other = set.member.object('allReduce', 'x', [3, CODE]);
    expectRefusal(() => set.member.do(set.session, other, 'status'), 'config-mismatch', /allReduce "x"/);
    const sums = set.member.object('allReduce', 'x', [2, 'sum']);
    expectRefusal(() => set.member.do(set.session, sums, 'status'), 'config-mismatch', /this use says/);
  });
});
