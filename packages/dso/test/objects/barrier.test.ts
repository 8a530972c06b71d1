import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { barrier } from '../../src/objects/barrier.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, randomOf, refusalOf, shuffled } from './answers.ts';
import { type Asked, Member } from './member.ts';

function setUp(parties: number) {
  const member = new Member({ types: [barrier] });
  const object = member.object('barrier', 'x', [parties]);
  return {
    member,
    object,
    session: member.session('a'),
    wait: (session: Session, args: readonly Value[] = [], timeoutMs?: number): Asked =>
      member.ask(session, object, 'wait', args, timeoutMs === undefined ? {} : { timeoutMs }),
    statusOf: () => member.do(member.session('status'), object, 'status') as readonly Value[],
  };
}

describe('B1: nobody passes before all have come', () => {
  test.each([1, 2, 3, 7, 50, 100, 200])('%i parties, many generations, in random order', (parties) => {
    const { member, wait } = setUp(parties);
    const random = randomOf(parties);
    const sessions = Array.from({ length: parties }, (_, i) => member.session(`s${i}`));
    for (let generation = 0; generation < 40; generation++) {
      const waits: Asked[] = [];
      for (const session of shuffled(sessions, random)) {
        expect(waits.every(isWaiting)).toBe(true);
        waits.push(wait(session));
      }
      expect(waits.map(answerOf)).toEqual(waits.map((_, index) => [index, generation]));
    }
  });

  test('parties that wait again and again, each at its own pace, are never a generation apart', () => {
    const { member, wait } = setUp(5);
    const random = randomOf(3);
    const sessions = Array.from({ length: 5 }, (_, i) => member.session(`s${i}`));
    const passed = [0, 0, 0, 0, 0];
    const waits: (Asked | undefined)[] = sessions.map(() => undefined);
    for (let step = 0; step < 3000; step++) {
      const i = Math.floor(random() * 5);
      waits[i] ??= wait(sessions[i]!);
      waits.forEach((asked, j) => {
        if (asked?.answer === undefined) return;
        expect(answerOf(asked)).toEqual([expect.any(Number), passed[j]]);
        passed[j]!++;
        waits[j] = undefined;
      });
      expect(new Set(passed).size).toBe(1);
    }
    expect(passed[0]).toBeGreaterThan(100);
  });
});

describe('B2: it breaks for all who wait, and stays so until it is reset', () => {
  const ways: readonly [string, RegExp, (set: ReturnType<typeof setUp>) => void][] = [
    [
      'a party times out',
      /a party timed out/,
      ({ member, session, wait }) => {
        wait(session, [], 50);
        member.clock.pass(50);
      },
    ],
    [
      'a party is cancelled',
      /a party was cancelled/,
      ({ member, session, object, wait }) => member.cancel(session, object, wait(session)),
    ],
    [
      'the session of a party ends',
      /the session of the party of rank 2 ended/,
      ({ member, wait }) => {
        const dead = member.session('dead');
        wait(dead, [2]);
        member.end(dead);
      },
    ],
    ['it is aborted', /it was aborted/, ({ member, session, object }) => member.do(session, object, 'abort')],
  ];

  test.each(ways)('%s', (_, why, breakIt) => {
    const set = setUp(4);
    const { member, object, wait, statusOf } = set;
    const other = member.session('other');
    const waits = [wait(other), wait(other)];
    breakIt(set);
    for (const one of waits)
      expect(refusalOf(one)).toMatchObject({ code: 'broken-barrier', message: expect.stringMatching(why) });
    expect(statusOf()).toEqual([4, 0, 0, expect.stringMatching(why)]);
    expectRefusal(() => member.do(other, object, 'wait'), 'broken-barrier', why);
    expect(member.do(other, object, 'reset')).toBe(1);
    expect(statusOf()).toEqual([4, 0, 1, undefined]);
    const again = Array.from({ length: 4 }, () => wait(other));
    expect(again.map(answerOf)).toEqual([0, 1, 2, 3].map((index) => [index, 1]));
  });

  test('a reset breaks it for those who wait, and the next to come are a new generation', () => {
    const { member, object, session, wait } = setUp(2);
    const waits = wait(session);
    expect(member.do(session, object, 'reset')).toBe(1);
    expect(refusalOf(waits)).toMatchObject({
      code: 'broken-barrier',
      message: expect.stringMatching(/reset/),
    });
    expect([wait(session), wait(session)].map(answerOf)).toEqual([
      [0, 1],
      [1, 1],
    ]);
    // Nobody waits: there is nothing to do.
    expect(member.do(session, object, 'reset')).toBe(2);
  });

  test('who has passed may die, or be cancelled: nothing happens', () => {
    const { member, object, session, wait, statusOf } = setUp(2);
    const dead = member.session('dead');
    const first = wait(dead);
    wait(session);
    member.cancel(dead, object, first);
    member.end(dead);
    expect(statusOf()).toEqual([2, 0, 1, undefined]);
  });
});

describe('B3: a rank counts once in a generation', () => {
  test('a call that runs again waits along, and gets the same index', () => {
    const { member, session, wait } = setUp(3);
    const other = member.session('other');
    const first = wait(session, [1]);
    const again = wait(other, [1]);
    const explicit = wait(other, [1, 0]);
    wait(session, [0]);
    expect(isWaiting(first)).toBe(true);
    const last = wait(session, [2]);
    expect([first, again, explicit, last].map(answerOf)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [2, 0],
    ]);
  });

  test('the death of a party that another session has taken over breaks nothing', () => {
    const { member, session, wait } = setUp(2);
    const dead = member.session('dead');
    wait(dead, [0]);
    const taken = wait(session, [0]);
    member.end(dead);
    expect(isWaiting(taken)).toBe(true);
    wait(session, [1]);
    expect(answerOf(taken)).toEqual([0, 0]);
  });

  test('an earlier round gives what it came to', () => {
    const { member, object, session, wait } = setUp(2);
    for (let round = 0; round < 70; round++) {
      wait(session, [1, round]);
      wait(session, [0, round]);
    }
    expect(answerOf(wait(session, [0, 69]))).toEqual([1, 69]);
    expect(answerOf(wait(session, [1, 6]))).toEqual([0, 6]);
    expectRefusal(() => member.do(session, object, 'wait', [1, 5]), 'outcome-unknown', /last 64/);
    expectRefusal(() => member.do(session, object, 'wait', [1, 71]), 'bad-argument', /has not begun/);
    expectRefusal(() => member.do(session, object, 'wait', [undefined, 3]), 'bad-argument', /a rank/);
  });

  test('an earlier round that broke is broken for a call that runs again', () => {
    const { member, object, session, wait } = setUp(2);
    wait(session, [0]);
    member.do(session, object, 'abort');
    member.do(session, object, 'reset');
    expectRefusal(() => member.do(session, object, 'wait', [0, 0]), 'broken-barrier', /aborted/);
  });

  test('an earlier round in which a rank was not says so', () => {
    const { member, object, session, wait } = setUp(2);
    wait(session, [0]);
    wait(session);
    expectRefusal(
      () => member.do(session, object, 'wait', [1, 0]),
      'bad-argument',
      /rank 1 has not taken part/,
    );
  });

  test('ranks and parties that cannot be are refused', () => {
    const { member, object, session } = setUp(2);
    for (const wrong of [2, -1, 0.5, '0'])
      expectRefusal(() => member.do(session, object, 'wait', [wrong]), 'bad-argument', /the rank/);
    expectRefusal(
      () => member.do(session, member.object('barrier', 'y', [0]), 'abort'),
      'bad-argument',
      /parties/,
    );
    expectRefusal(
      () => member.do(session, member.object('barrier', 'z'), 'abort'),
      'bad-argument',
      /parties/,
    );
  });
});

describe('an action runs before anybody passes', () => {
  const ACTION = [undefined, undefined, true];

  function gather(parties = 3) {
    const set = setUp(parties);
    const actor = set.member.session('actor');
    const waits = Array.from({ length: parties - 1 }, () => set.wait(set.session, ACTION));
    const last = set.wait(actor, ACTION);
    return { ...set, actor, waits, last };
  }

  test('the last to come runs it, then all pass', () => {
    const { member, object, actor, waits, last } = gather();
    expect(answerOf(last)).toEqual(['action', 0]);
    expect(waits.every(isWaiting)).toBe(true);
    const keeper = member.ask(actor, object, 'acting', [0]);
    expect(member.do(actor, object, 'proceed', [0])).toEqual([2, 0]);
    expect(waits.map(answerOf)).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(answerOf(keeper)).toBe(true);
    expectRefusal(() => member.do(actor, object, 'proceed', [0]), 'not-holder', /does not run the action/);
  });

  test('when only some have one, it is the last of those', () => {
    const { session, member, wait } = setUp(3);
    const first = wait(session, ACTION);
    const second = wait(member.session('b'), ACTION);
    const third = wait(session);
    expect(answerOf(second)).toEqual(['action', 0]);
    expect([first, third].every(isWaiting)).toBe(true);
  });

  test('who comes while it runs is of the next generation', () => {
    const { member, object, actor, wait, session } = gather(2);
    const early = [wait(session), wait(session, ACTION), wait(session, ACTION), wait(session)];
    expect(early.every(isWaiting)).toBe(true);
    member.do(actor, object, 'proceed', [0]);
    // Two of them were all parties of generation 1: its action runs, and the others wait for generation 2.
    expect(answerOf(early[1]!)).toEqual(['action', 1]);
    expect([early[0]!, early[2]!, early[3]!].every(isWaiting)).toBe(true);
    expect(member.do(session, object, 'proceed', [1])).toEqual([1, 1]);
    expect(answerOf(early[0]!)).toEqual([0, 1]);
    expect(answerOf(early[2]!)).toEqual(['action', 2]);
    member.do(session, object, 'proceed', [2]);
    expect(answerOf(early[3]!)).toEqual([1, 2]);
  });

  test('many generations without an action may be waiting behind one', () => {
    const { member, object, actor, wait, session } = gather(1);
    const early = Array.from({ length: 20_000 }, () => wait(session));
    member.do(actor, object, 'proceed', [0]);
    expect(answerOf(early.at(-1)!)).toEqual([0, 20_000]);
  });

  test('when it fails, nobody passes', () => {
    const { member, object, actor, waits, statusOf } = gather();
    member.do(actor, object, 'fail', [0, 'disk full']);
    for (const one of waits) expect(refusalOf(one).message).toMatch(/the action failed: disk full/);
    expect(statusOf()).toEqual([3, 0, 0, 'the action failed: disk full']);
    expectRefusal(() => member.do(actor, object, 'proceed', [0]), 'broken-barrier', /disk full/);
  });

  test('when the session dies that runs it, nobody passes', () => {
    const { member, actor, waits, wait, session } = gather();
    const early = wait(session);
    member.end(actor);
    for (const one of [...waits, early])
      expect(refusalOf(one).message).toMatch(/the session ended that ran the action/);
  });

  test('when it takes too long, nobody passes', () => {
    const { member, object, actor, waits } = gather();
    member.ask(actor, object, 'acting', [0], { timeoutMs: 100 });
    member.clock.pass(99);
    expect(waits.every(isWaiting)).toBe(true);
    member.clock.pass(1);
    for (const one of waits) expect(refusalOf(one).message).toMatch(/the action timed out/);
    expectRefusal(() => member.do(actor, object, 'proceed', [0]), 'broken-barrier', /timed out/);
  });

  test('when a party that waits for it goes, nobody passes', () => {
    const { member, object, actor, waits, session } = gather();
    member.cancel(session, object, waits[0]!);
    expect(refusalOf(waits[1]!).message).toMatch(/cancelled/);
    expectRefusal(() => member.do(actor, object, 'proceed', [0]), 'broken-barrier', /cancelled/);
  });

  test('only the session that runs it may proceed, and only once', () => {
    const { member, object, session, actor } = gather();
    expectRefusal(() => member.do(session, object, 'proceed', [0]), 'not-holder', /generation 0/);
    expectRefusal(() => member.do(actor, object, 'proceed', [1]), 'not-holder', /generation 1/);
    member.do(session, object, 'reset');
    expectRefusal(() => member.do(actor, object, 'proceed', [0]), 'broken-barrier', /reset/);
  });

  test('a session that has run it may end later without harm', () => {
    const { member, object, actor, statusOf } = gather();
    member.do(actor, object, 'proceed', [0]);
    member.end(actor);
    expect(statusOf()).toEqual([3, 0, 1, undefined]);
  });
});
