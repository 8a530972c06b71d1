import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { lock } from '../../src/objects/lock.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, randomOf, refusalOf } from './answers.ts';
import { type Asked, Member } from './member.ts';

function setUp() {
  const member = new Member({ types: [lock] });
  const object = member.object('lock', 'x');
  return {
    member,
    object,
    a: member.session('a'),
    b: member.session('b'),
    acquire: (session: Session, ...args: Value[]): Asked => member.ask(session, object, 'acquire', args),
    release: (session: Session, ...args: Value[]): Value => member.do(session, object, 'release', args),
    waitOn: (session: Session, condition: string, token: number, timeoutMs?: number): Asked =>
      member.ask(session, object, 'waitOn', [condition, token], timeoutMs === undefined ? {} : { timeoutMs }),
    notify: (session: Session, condition: string, token: number, most?: number): Value =>
      member.do(session, object, 'notify', [condition, token, most]),
    statusOf: () => member.do(member.session('status'), object, 'status'),
  };
}

describe('L1, L2, L3: one holder at a time, in order, with higher and higher tokens', () => {
  test('each acquisition without a name is a holder of its own', () => {
    const { a, acquire, release, statusOf } = setUp();
    expect(answerOf(acquire(a))).toEqual([1, 1]);
    const second = acquire(a);
    const third = acquire(a);
    expect([second, third].every(isWaiting)).toBe(true);
    expect(statusOf()).toEqual([1, 1, 2]);
    expect(release(a, 1)).toBe(0);
    expect(answerOf(second)).toEqual([2, 1]);
    expect(isWaiting(third)).toBe(true);
    release(a, 2);
    expect(answerOf(third)).toEqual([3, 1]);
    release(a);
    expect(statusOf()).toEqual([undefined, 0, 0]);
  });

  test('it is released as a whole by any session, if it is to be', () => {
    const { member, object, a, b, acquire, statusOf } = setUp();
    const releaseAny = (): Value => member.do(b, object, 'releaseAny');
    acquire(a, 'me');
    acquire(a, 'me');
    const next = acquire(b);
    expect(releaseAny()).toBe(true);
    expect(answerOf(next)).toEqual([2, 1]);
    expect(refusalOf(member.ask(a, object, 'release', [1])).code).toBe('not-holder');
    expect(releaseAny()).toBe(true);
    expect(releaseAny()).toBe(false);
    expect(statusOf()).toEqual([undefined, 0, 0]);
  });

  test('the same name of the same session enters again, and releases as often', () => {
    const { a, b, acquire, release } = setUp();
    expect(answerOf(acquire(a, 'me'))).toEqual([1, 1]);
    expect(answerOf(acquire(a, 'me'))).toEqual([1, 2]);
    const namesake = acquire(b, 'me');
    const other = acquire(a, 'you');
    expect(release(a, 1)).toBe(1);
    expect(isWaiting(namesake)).toBe(true);
    expect(release(a, 1)).toBe(0);
    expect(answerOf(namesake)).toEqual([2, 1]);
    expect(isWaiting(other)).toBe(true);
  });

  test('whoever would enter again need not wait because it asked before it held it', () => {
    const { a, b, acquire, release } = setUp();
    acquire(b);
    const both = [acquire(a, 'me'), acquire(a, 'me')];
    release(b);
    expect(both.map(answerOf)).toEqual([
      [1 + 1, 1],
      [2, 2],
    ]);
  });

  test('whoever shows the token that it still holds it with changes nothing', () => {
    const { a, b, acquire, release } = setUp();
    acquire(a);
    expect(answerOf(acquire(a, undefined, 1, 1))).toEqual([1, 1]);
    const waits = acquire(b, undefined, 1, 1);
    expect(isWaiting(waits)).toBe(true);
    release(a, 1);
    expect(answerOf(waits)).toEqual([2, 1]);
  });

  test('tryAcquire does not wait', () => {
    const { member, object, a, b, release } = setUp();
    expect(member.do(a, object, 'tryAcquire', ['me'])).toEqual([1, 1]);
    expect(member.do(b, object, 'tryAcquire')).toBe(undefined);
    expect(member.do(a, object, 'tryAcquire', ['me'])).toEqual([1, 2]);
    release(a, 1);
    release(a, 1);
    expect(member.do(b, object, 'tryAcquire')).toEqual([2, 1]);
  });

  test('the end of a session frees what it holds, and takes it out of the queue', () => {
    const { member, a, b, acquire } = setUp();
    const dead = member.session('dead');
    acquire(a);
    const deadWaits = acquire(dead);
    const waits = acquire(b);
    member.end(dead);
    expect(refusalOf(deadWaits).code).toBe('session-lost');
    member.end(a);
    expect(answerOf(waits)).toEqual([2, 1]);
  });

  test('a session that dies with a second request in the queue is not granted it', () => {
    const { member, b, acquire } = setUp();
    const dead = member.session('dead');
    acquire(dead);
    acquire(dead);
    const waits = acquire(b);
    member.end(dead);
    expect(answerOf(waits)).toEqual([2, 1]);
  });

  test('who is no holder is told why', () => {
    const { member, object, a, b, acquire, release } = setUp();
    expectRefusal(() => release(a), 'not-holder', /lock "x" is not held/);
    acquire(a);
    expectRefusal(() => release(b, 1), 'not-holder', /held by another session, with token 1/);
    expectRefusal(() => release(b), 'not-holder', /held by another session/);
    expectRefusal(() => release(a, 9), 'not-holder', /never been granted with token 9: the last was 1/);
    release(a, 1);
    expectRefusal(() => release(a, 1), 'not-holder', /token 1 is of the past: lock "x" is not held/);
    acquire(a);
    expectRefusal(() => release(a, 1), 'not-holder', /token 1 is of the past: lock "x" is held with token 2/);
    expectRefusal(() => release(a, 'x'), 'bad-argument', /the token/);
    expectRefusal(() => member.do(a, object, 'acquire', [7]), 'bad-argument', /holder's name/);
  });

  test('a write that shows the token of an earlier holder is refused', () => {
    const { member, object, a, b, acquire, release } = setUp();
    acquire(a);
    const waits = acquire(b);
    release(a);
    const [token] = answerOf(waits) as number[];
    const data = member.object('lock', 'data');
    member.ask(b, data, 'tryAcquire', [], { fence: token! });
    expectRefusal(() => member.do(a, data, 'release', [], { fence: token! - 1 }), 'stale-fence', /token 1/);
    expect(object.key).toBe('x');
  });

  test('mutual exclusion holds whatever happens', () => {
    const random = randomOf(5);
    for (let run = 0; run < 40; run++) {
      const { member, object, acquire } = setUp();
      const sessions = Array.from({ length: 5 }, (_, i) => member.session(`s${i}`));
      const asked: { session: number; asked: Asked; released: boolean }[] = [];
      const over = new Set<number>();
      let last = 0;
      for (let step = 0; step < 150; step++) {
        const session = Math.floor(random() * 5);
        if (over.has(session)) continue;
        const roll = random();
        const holds = asked.find((one) => one.session === session && isHeld(one));
        if (roll < 0.4) asked.push({ session, asked: acquire(sessions[session]!), released: false });
        else if (roll < 0.9 && holds !== undefined) {
          member.do(sessions[session]!, object, 'release', [(answerOf(holds.asked) as number[])[0]]);
          holds.released = true;
        } else if (roll > 0.98 && over.size < 4) {
          member.end(sessions[session]!);
          over.add(session);
        } else if (roll > 0.94) {
          const waits = asked.find((one) => one.session === session && isWaiting(one.asked));
          if (waits !== undefined) member.cancel(sessions[session]!, object, waits.asked);
        }
        const holders = asked.filter((one) => !over.has(one.session) && isHeld(one));
        expect(holders.length).toBeLessThanOrEqual(1);
        const waits = asked.some((one) => !over.has(one.session) && isWaiting(one.asked));
        if (waits) expect(holders).toHaveLength(1);
        for (const one of holders) {
          const [token] = answerOf(one.asked) as number[];
          expect(token).toBeGreaterThanOrEqual(last);
          last = token!;
        }
      }
    }
  });
});

function isHeld(one: { readonly asked: Asked; readonly released: boolean }): boolean {
  return !one.released && Array.isArray(one.asked.answer?.value);
}

describe('conditions', () => {
  test('waiting releases the lock, and a notification gives it back, as deep, with another token', () => {
    const { a, b, acquire, release, waitOn, notify, statusOf } = setUp();
    acquire(a, 'me');
    acquire(a, 'me');
    const waits = waitOn(a, 'ready', 1);
    expect(answerOf(acquire(b))).toEqual([2, 1]);
    expect(notify(b, 'other', 2)).toBe(0);
    expect(notify(b, 'ready', 2)).toBe(1);
    expect(isWaiting(waits)).toBe(true);
    release(b, 2);
    expect(answerOf(waits)).toEqual([3, 2]);
    expect(release(a, 3)).toBe(1);
    expect(release(a, 3)).toBe(0);
    expect(statusOf()).toEqual([undefined, 0, 0]);
  });

  test('so many are notified as was said, in the order in which they wait', () => {
    const { member, a, acquire, release, waitOn, notify } = setUp();
    const waits = Array.from({ length: 5 }, (_, i) => {
      const session = member.session(`w${i}`);
      const [token] = answerOf(acquire(session)) as number[];
      return { session, asked: waitOn(session, 'c', token!) };
    });
    acquire(a);
    expect(notify(a, 'c', 6, 2)).toBe(2);
    release(a);
    expect(waits.map(({ asked }) => isWaiting(asked))).toEqual([false, true, true, true, true]);
    release(waits[0]!.session);
    expect(answerOf(waits[1]!.asked)).toEqual([8, 1]);
    expect(notify(waits[1]!.session, 'c', 8)).toBe(3);
    for (let i = 1; i < 5; i++) release(waits[i]!.session);
    expect(waits.map(({ asked }) => (answerOf(asked) as number[])[0])).toEqual([7, 8, 9, 10, 11]);
  });

  test('notified ones queue behind those who ask for the lock already', () => {
    const { member, a, b, acquire, release, waitOn, notify } = setUp();
    acquire(a);
    const waits = waitOn(a, 'c', 1);
    acquire(b);
    const queued = acquire(member.session('c'));
    notify(b, 'c', 2, 1);
    release(b);
    expect(answerOf(queued)).toEqual([3, 1]);
    expect(isWaiting(waits)).toBe(true);
  });

  test('who waits too long is told so, and does not hold the lock', () => {
    const { member, a, b, acquire, waitOn, notify } = setUp();
    acquire(a);
    const waits = waitOn(a, 'c', 1, 100);
    member.clock.pass(100);
    expect(refusalOf(waits).code).toBe('timeout');
    acquire(b);
    expect(notify(b, 'c', 2)).toBe(0);
  });

  test.each(['timeout', 'cancel', 'death'])('L4: a notification goes on to the next after a %s', (how) => {
    const { member, a, b, acquire, release, waitOn, notify } = setUp();
    const first = member.session('first');
    acquire(first);
    const gone = waitOn(first, 'c', 1, 100);
    acquire(a);
    const next = waitOn(a, 'c', 2);
    acquire(b);
    expect(notify(b, 'c', 3, 1)).toBe(1);
    if (how === 'timeout') member.clock.pass(100);
    else if (how === 'cancel') member.cancel(first, member.object('lock', 'x'), gone);
    else member.end(first);
    release(b);
    expect(answerOf(next)).toEqual([4, 1]);
  });

  test('only the holder may wait or notify', () => {
    const { member, object, a, b, acquire, notify } = setUp();
    acquire(a);
    expectRefusal(() => notify(b, 'c', 1), 'not-holder', /another session/);
    expectRefusal(() => member.do(b, object, 'waitOn', ['c', 1]), 'not-holder', /another session/);
    expectRefusal(() => member.do(a, object, 'waitOn', ['c', 5]), 'not-holder', /never been granted/);
    expectRefusal(() => member.do(a, object, 'waitOn', [3, 1]), 'bad-argument', /the condition/);
  });

  test('a bounded buffer of many producers and consumers loses nothing and never stands still', () => {
    const { member, object } = setUp();
    const random = randomOf(9);
    const SIZE = 2;
    let buffer = 0;
    let produced = 0;
    let consumed = 0;
    /** Each is where it is in: acquire, while (not possible) wait, do, notify, release. */
    const workers = Array.from({ length: 8 }, (_, i) => ({
      session: member.session(`w${i}`),
      produces: i % 2 === 0,
      asked: undefined as Asked | undefined,
    }));
    for (let step = 0; step < 5000; step++) {
      const worker = workers[Math.floor(random() * workers.length)]!;
      worker.asked ??= member.ask(worker.session, object, 'acquire');
      if (isWaiting(worker.asked)) continue;
      const [token] = answerOf(worker.asked) as number[];
      const blocked = worker.produces ? buffer === SIZE : buffer === 0;
      if (blocked) {
        const condition = worker.produces ? 'not full' : 'not empty';
        worker.asked = member.ask(worker.session, object, 'waitOn', [condition, token]);
        continue;
      }
      buffer += worker.produces ? 1 : -1;
      if (worker.produces) produced++;
      else consumed++;
      member.do(worker.session, object, 'notify', [worker.produces ? 'not empty' : 'not full', token, 1]);
      member.do(worker.session, object, 'release', [token]);
      worker.asked = undefined;
    }
    expect(produced - consumed).toBe(buffer);
    expect(produced).toBeGreaterThan(200);
  });
});
