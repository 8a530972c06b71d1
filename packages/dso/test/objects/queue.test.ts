import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { queue } from '../../src/objects/queue.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, randomOf, refusalOf } from './answers.ts';
import { type Asked, Member } from './member.ts';
import { bytesOf, move } from './values.ts';

const open = (capacity?: number) => {
  const member = new Member({ types: [queue] });
  const session = member.session('a');
  const target = member.object('queue', 'q', [capacity]);
  const ask = (operation: string, ...args: Value[]): Asked => member.ask(session, target, operation, args);
  const run = (operation: string, ...args: Value[]): Value => member.do(session, target, operation, args);
  return { member, session, target, ask, run };
};

type Step =
  | { readonly kind: 'ask'; readonly who: number; readonly operation: string; readonly most?: number }
  | { readonly kind: 'cancel' | 'time-out'; readonly which: number }
  | { readonly kind: 'end'; readonly who: number }
  | { readonly kind: 'move' };

const who = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('ask'),
    who,
    operation: fc.constantFrom('put', 'put', 'take', 'take', 'offer', 'poll', 'peek', 'size'),
  }),
  fc.record({
    kind: fc.constant('ask'),
    who,
    operation: fc.constant('drain'),
    most: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constantFrom('cancel', 'time-out'), which: fc.nat(20) }),
  fc.record({ kind: fc.constant('end'), who }),
  fc.constant({ kind: 'move' }),
  fc.record({ kind: fc.constant('ask'), who, operation: fc.constant('clear') }),
);

interface Waiting {
  readonly who: number;
  readonly item: Value;
  readonly asked: Asked;
}

/** A plain queue with those who wait at it; what each is to be told is noted beside what it was told. */
class Model {
  items: Value[] = [];
  putters: Waiting[] = [];
  takers: Waiting[] = [];
  readonly told = new Map<Asked, Value | 'GONE'>();
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  ask(operation: string, who: number, item: Value, most: number | undefined, asked: Asked): void {
    const waiting = { who, item, asked };
    const tell = (answer: Value): void => {
      this.told.set(asked, answer);
    };
    switch (operation) {
      case 'put':
        if (this.#accept(item)) tell(undefined);
        else this.putters.push(waiting);
        break;
      case 'offer':
        tell(this.#accept(item));
        break;
      case 'take':
        if (this.items.length > 0) tell(this.items.shift());
        else this.takers.push(waiting);
        break;
      case 'poll':
        tell(this.items.splice(0, 1));
        break;
      case 'peek':
        tell(this.items.slice(0, 1));
        break;
      case 'drain':
        tell(this.items.splice(0, most));
        break;
      case 'clear':
        this.items = [];
        tell(undefined);
        break;
      case 'size':
        tell(this.items.length);
    }
    while (this.putters.length > 0 && this.items.length < this.capacity) {
      const next = this.putters.shift()!;
      this.items.push(next.item);
      this.told.set(next.asked, undefined);
    }
  }

  gone(which: (waiting: Waiting) => boolean): void {
    for (const one of [...this.putters, ...this.takers]) if (which(one)) this.told.set(one.asked, 'GONE');
    this.putters = this.putters.filter((one) => !which(one));
    this.takers = this.takers.filter((one) => !which(one));
  }

  #accept(item: Value): boolean {
    const taker = this.takers.shift();
    if (taker !== undefined) this.told.set(taker.asked, item);
    else if (this.items.length < this.capacity) this.items.push(item);
    else return false;
    return true;
  }
}

describe('a queue', () => {
  test('gives each item once, in order, whoever waits, gives up, times out, dies or moves', () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        fc.array(step, { maxLength: 60 }),
        (capacity, steps) => {
          const { member, target } = open(capacity);
          member.do(member.session('first'), target, 'size');
          const base = bytesOf(member, target);
          const model = new Model(capacity ?? Number.POSITIVE_INFINITY);
          const all: Asked[] = [];
          const sessionOf = new Map<Asked, Session>();
          let names = 0;
          const sessions = [0, 1, 2].map(() => member.session(`${names++}`));
          for (const [number, one] of steps.entries()) {
            if (one.kind === 'ask') {
              const item = `item ${number}`;
              const args = one.operation === 'drain' ? [one.most] : [item];
              const session = sessions[one.who]!;
              const asked = member.ask(session, target, one.operation, args, { timeoutMs: 1e6 });
              all.push(asked);
              sessionOf.set(asked, session);
              model.ask(one.operation, one.who, item, one.most, asked);
            } else if (one.kind === 'cancel') {
              const asked = all[one.which];
              if (asked === undefined) continue;
              member.cancel(sessionOf.get(asked)!, target, asked);
              model.gone((waiting) => waiting.asked === asked);
            } else if (one.kind === 'time-out') {
              if (one.which > 2) continue;
              member.clock.pass(1e6);
              model.gone(() => true);
            } else if (one.kind === 'end') {
              member.end(sessions[one.who]!);
              sessions[one.who] = member.session(`${names++}`);
              model.gone((waiting) => waiting.who === one.who);
            } else move(target);
            for (const asked of all) {
              if (!model.told.has(asked)) expect(isWaiting(asked)).toBe(true);
              else if (model.told.get(asked) === 'GONE')
                expect(['timeout', 'cancelled', 'session-lost']).toContain(refusalOf(asked).code);
              else expect(answerOf(asked)).toEqual(model.told.get(asked));
            }
          }
          model.gone(() => true);
          for (const session of sessions) member.end(session);
          expect(member.do(member.session('last'), target, 'drain')).toEqual(model.items);
          expect(bytesOf(member, target)).toBe(base);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('lets those in who wait with an item as soon as there is room', () => {
    const { ask, run } = open(2);
    const puts = ['a', 'b', 'c', 'd', 'e'].map((item) => ask('put', item));
    expect(puts.map(isWaiting)).toEqual([false, false, true, true, true]);
    expect(run('offer', 'x')).toBe(false);
    expect(run('size')).toBe(2);
    expect(run('take')).toBe('a');
    expect(puts.map(isWaiting)).toEqual([false, false, false, true, true]);
    expect(run('drain')).toEqual(['b', 'c']);
    expect(puts.every((put) => answerOf(put) === undefined)).toBe(true);
    expect(run('drain')).toEqual(['d', 'e']);
    expect(run('poll')).toEqual([]);
    expect(run('peek')).toEqual([]);
  });

  test('hands an item to who has waited longest', () => {
    const { member, session, target, ask } = open(1);
    const other = member.session('b');
    const first = member.ask(other, target, 'take');
    const second = ask('take');
    const third = member.ask(session, target, 'take', [], { timeoutMs: 50 });
    const fourth = ask('take');
    member.end(other);
    expect(refusalOf(first).code).toBe('session-lost');
    ask('put', 1);
    expect([answerOf(second), isWaiting(third)]).toEqual([1, true]);
    member.clock.pass(50);
    expect(refusalOf(third)).toMatchObject({
      code: 'timeout',
      message: 'queue "q".take was not possible in time',
    });
    ask('put', 2);
    expect(answerOf(fourth)).toBe(2);
  });

  test('keeps nothing of a put that was given up, whose session died, or that timed out', () => {
    const { member, session, target, ask, run } = open(1);
    ask('put', 'in');
    const bytes = bytesOf(member, target);
    const other = member.session('b');
    const dead = member.ask(other, target, 'put', ['dead']);
    const late = member.ask(session, target, 'put', ['late'], { timeoutMs: 50 });
    const cancelled = ask('put', 'cancelled');
    const patient = ask('put', 'patient');
    member.end(other);
    member.clock.pass(50);
    member.cancel(session, target, cancelled);
    expect([dead, late, cancelled].map((asked) => refusalOf(asked).code)).toEqual([
      'session-lost',
      'timeout',
      'cancelled',
    ]);
    expect(run('drain')).toEqual(['in']);
    expect(answerOf(patient)).toBeUndefined();
    expect(run('take')).toBe('patient');
    expect(run('size')).toBe(0);
    expect(bytes).toBeGreaterThan(bytesOf(member, target));
  });

  test('tells apart an undefined item and none, and holds items of about a mebibyte a drain', () => {
    const { run } = open();
    run('put', undefined);
    expect(run('peek')).toEqual([undefined]);
    expect(run('poll')).toEqual([undefined]);
    expect(run('poll')).toEqual([]);
    for (let i = 0; i < 5; i++) run('put', new Uint8Array(400_000));
    expect([run('drain'), run('drain'), run('drain')].map((items) => (items as Value[]).length)).toEqual([
      3, 2, 0,
    ]);
  });

  test('whose object is deleted tells those who wait', () => {
    const { ask, run } = open();
    const taking = ask('take');
    run('DELETE');
    expect(refusalOf(taking).code).toBe('object-deleted');
  });

  test('is made with a capacity that is a whole number, 1 or more', () => {
    for (const capacity of [0, -1, 1.5, '5', null])
      expectRefusal(() => open(capacity as number).run('size'), 'bad-argument', /capacity must be/);
    expectRefusal(() => open().run('drain', 0), 'bad-argument', /how many to take/);
  });
});

describe('unfinished items', () => {
  test('Q2: are those that were put and not marked as done, taken or not; who joins waits for them', () => {
    const { ask, run } = open();
    expect(run('join')).toBe(true);
    for (const item of ['a', 'b', 'c']) run('put', item);
    const joins = [ask('join'), ask('join')];
    run('take');
    expect(run('unfinished')).toBe(3);
    expect([run('taskDone'), run('taskDone', 1)]).toEqual([2, 1]);
    expect(joins.every(isWaiting)).toBe(true);
    run('put', 'd');
    expect(run('taskDone', 2)).toBe(0);
    expect(joins.map(answerOf)).toEqual([true, true]);
  });

  test('Q2: are not those that wait to be put', () => {
    const { ask, run } = open(1);
    run('put', 'in');
    ask('put', 'waits');
    expect(run('unfinished')).toBe(1);
    run('take');
    expect(run('unfinished')).toBe(2);
  });

  test('Q2: are also those that were handed to who waited', () => {
    const { ask, run } = open();
    ask('take');
    run('put', 'a');
    expect(run('unfinished')).toBe(1);
  });

  test('Q2: that are removed are done', () => {
    const { ask, run } = open(2);
    run('put', 'a');
    run('take');
    run('put', 'b');
    const joins = ask('join');
    run('clear');
    expect(run('unfinished')).toBe(1);
    run('taskDone');
    expect(answerOf(joins)).toBe(true);
  });

  test('cannot be marked more often than they were put', () => {
    const { run } = open();
    run('put', 'a');
    expectRefusal(
      () => run('taskDone', 2),
      'too-many-done',
      /queue "q": 2 items cannot be marked as done, of those that were put 1 are unfinished/,
    );
    expect(run('taskDone')).toBe(0);
    expectRefusal(() => run('taskDone'), 'too-many-done', /0 are unfinished/);
    expectRefusal(() => run('taskDone', 0), 'bad-argument', /how many are done/);
  });
});

describe('items that are put together', () => {
  test('come in as far as there is room, then one by one, before those of others', () => {
    const { ask, run } = open(2);
    const all = ask('put', 1, 2, 3, 4);
    const other = ask('put', 5);
    expect([run('size'), run('unfinished')]).toEqual([2, 2]);
    expect([run('take'), run('take'), isWaiting(all)]).toEqual([1, 2, false]);
    expect(isWaiting(other)).toBe(true);
    expect(run('drain')).toEqual([3, 4]);
    expect(run('drain')).toEqual([5]);
  });

  test('go to who waits for them, and those that have come in stay when the rest is given up', () => {
    const { member, session, target, ask, run } = open(1);
    const takes = ask('take');
    const all = ask('put', 'a', 'b', 'c', 'd');
    const bytes = bytesOf(member, target);
    move(target);
    member.cancel(session, target, all);
    expect([answerOf(takes), run('drain')]).toEqual(['a', ['b']]);
    expect(bytes - bytesOf(member, target)).toBe(3 * (8 + 24 + 1));
    expect(run('unfinished')).toBe(2);
  });
});

describe('with redelivery', () => {
  const openWith = (capacity?: number) => {
    const member = new Member({ types: [queue] });
    const target = member.object('queue', 'q', [capacity, true]);
    const ask = (session: Session, operation: string, ...args: Value[]): Asked =>
      member.ask(session, target, operation, args);
    const run = (session: Session, operation: string, ...args: Value[]): Value =>
      member.do(session, target, operation, args);
    return {
      member,
      target,
      ask,
      run,
      a: member.session('a'),
      b: member.session('b'),
      c: member.session('c'),
    };
  };

  test('Q3: what a session has taken and not marked comes back to where it was when it ends', () => {
    const { member, a, b, c, run } = openWith();
    run(c, 'put', 1, 2, 3, 4, 5, 6);
    expect([run(a, 'take'), run(b, 'poll'), run(a, 'drain', 2)]).toEqual([1, [2], [3, 4]]);
    expect(run(a, 'taskDone')).toBe(5);
    member.end(a);
    expect([run(c, 'size'), run(c, 'peek')]).toEqual([4, [3]]);
    member.end(b);
    expect([run(c, 'peek'), run(c, 'drain')]).toEqual([[2], [2, 3, 4, 5, 6]]);
    expect(run(c, 'taskDone', 5)).toBe(0);
  });

  test('Q3: what comes back goes to who waits for an item, who has it then', () => {
    const { member, a, b, c, ask, run } = openWith();
    const first = ask(a, 'take');
    run(c, 'put', 'handed');
    expect(answerOf(first)).toBe('handed');
    const waits = ask(b, 'take');
    member.end(a);
    expect(answerOf(waits)).toBe('handed');
    member.end(b);
    expect(run(c, 'take')).toBe('handed');
    run(c, 'taskDone');
    member.end(c);
    expect(run(member.session('d'), 'size')).toBe(0);
  });

  test('marks only what the caller has, the oldest first', () => {
    const { member, a, b, run } = openWith();
    run(a, 'put', 1, 2, 3);
    run(a, 'take');
    run(a, 'take');
    expectRefusal(() => run(b, 'taskDone'), 'too-many-done', /those that the caller has taken 0 are unfin/);
    expectRefusal(() => run(a, 'taskDone', 3), 'too-many-done', /2 are unfinished/);
    run(a, 'taskDone');
    member.end(a);
    expect(run(b, 'drain')).toEqual([2, 3]);
  });

  test('items count until they are done, however often they come back', () => {
    const { member, target, a, b, c, ask, run } = openWith(1);
    run(b, 'size');
    const base = bytesOf(member, target);
    run(a, 'put', 'a');
    const one = bytesOf(member, target) - base;
    run(a, 'take');
    // It is not in the queue: there is room.
    run(b, 'put', 'b');
    const waits = ask(b, 'put', 'c');
    expect(bytesOf(member, target) - base).toBe(3 * one);
    const joins = ask(c, 'join');
    member.end(a);
    expect([run(b, 'take'), isWaiting(waits)]).toEqual(['a', true]);
    expect([run(b, 'take'), isWaiting(waits)]).toEqual(['b', false]);
    run(b, 'taskDone', 2);
    expect(bytesOf(member, target) - base).toBe(one);
    run(b, 'clear');
    expect([answerOf(joins), bytesOf(member, target) - base]).toEqual([true, 0]);
  });

  test('what its taker cannot know that it has comes back to where it was', () => {
    const { member, a, b, run } = openWith();
    run(a, 'put', 'same', 'x', 'same', 'last');
    run(a, 'drain', 3);
    run(a, 'giveBack', 'same', 'unknown');
    expect(run(b, 'peek')).toEqual(['same']);
    expect(run(a, 'taskDone', 2)).toBe(2);
    member.end(a);
    expect(run(b, 'drain')).toEqual(['same', 'last']);
    expect(open().run('giveBack', 1)).toBeUndefined();
  });

  test('no item is lost, none is done twice, and each session gets them in order, whoever dies or moves', () => {
    const random = randomOf(5);
    for (let round = 0; round < 60; round++) {
      const { member, target } = openWith(random() < 0.5 ? 3 : undefined);
      const sessions: Session[] = [];
      const held = new Map<Session, number[]>();
      const takes = new Map<Asked, Session>();
      const done = new Set<number>();
      let [ids, offered, put] = [0, 0, 0];
      for (let step = 0; step < 120; step++) {
        while (sessions.length < 3) {
          const session = member.session(`s${ids++}`);
          sessions.push(session);
          held.set(session, []);
        }
        const session = sessions[Math.floor(random() * 3)]!;
        const roll = random();
        if (roll < 0.35) put += member.do(session, target, 'offer', [offered++]) === true ? 1 : 0;
        else if (roll < 0.7) takes.set(member.ask(session, target, 'take'), session);
        else if (roll < 0.85 && held.get(session)!.length > 0) {
          const item = held.get(session)!.shift()!;
          member.do(session, target, 'taskDone');
          expect(done).not.toContain(item);
          done.add(item);
        } else if (roll < 0.92) {
          member.end(session);
          sessions.splice(sessions.indexOf(session), 1);
        } else if (target.cell?.created === true) move(target);
        for (const [asked, taker] of takes) {
          if (isWaiting(asked)) continue;
          takes.delete(asked);
          if (!taker.ended) held.get(taker)!.push(answerOf(asked) as number);
        }
      }
      for (const session of sessions) member.end(session);
      const rest = member.do(member.session('last'), target, 'drain') as number[];
      expect(rest).toEqual([...rest].sort((x, y) => x - y));
      expect(rest.length + done.size).toBe(put);
      expect(member.do(member.session('look'), target, 'unfinished')).toBe(rest.length);
      for (const item of rest) expect(done).not.toContain(item);
    }
  });
});
