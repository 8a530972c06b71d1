import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { semaphore } from '../../src/objects/semaphore.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, randomOf, refusalOf } from './answers.ts';
import { type Asked, Member } from './member.ts';

function setUp(permits: number, ...config: Value[]) {
  const member = new Member({ types: [semaphore] });
  return { member, object: member.object('semaphore', 'x', [permits, ...config]) };
}

describe('semaphore', () => {
  test('first come, first served: small requests do not overtake a large one', () => {
    const { member, object } = setUp(3);
    const session = member.session('a');
    expect(member.do(session, object, 'acquire', [2])).toBe(true);
    const large = member.ask(session, object, 'acquire', [3]);
    const small = member.ask(session, object, 'acquire', [1]);
    expect(member.do(session, object, 'tryAcquire', [1])).toBe(false);
    expect(isWaiting(small)).toBe(true);
    member.do(session, object, 'release', [2]);
    expect(answerOf(large)).toBe(true);
    expect(isWaiting(small)).toBe(true);
    member.do(session, object, 'release', [3]);
    expect(answerOf(small)).toBe(true);
    expect(member.do(session, object, 'available')).toBe(2);
  });

  test('when a large request gives up, those behind it are served', () => {
    const { member, object } = setUp(1);
    const session = member.session('a');
    const large = member.ask(session, object, 'acquire', [5], { timeoutMs: 100 });
    const small = member.ask(session, object, 'acquire', [1]);
    expect(isWaiting(small)).toBe(true);
    member.clock.pass(100);
    expect(refusalOf(large).code).toBe('timeout');
    expect(answerOf(small)).toBe(true);
  });

  test('permits come back when the session ends that holds them, those of its waiters too', () => {
    const { member, object } = setUp(3);
    const dead = member.session('dead');
    const lives = member.session('lives');
    member.do(dead, object, 'acquire', [2]);
    // What its first request leaves must not be granted to its second one.
    member.ask(dead, object, 'acquire', [3]);
    member.ask(dead, object, 'acquire', [1]);
    const waits = member.ask(lives, object, 'acquire', [3]);
    member.end(dead);
    expect(answerOf(waits)).toBe(true);
    member.do(lives, object, 'release', [3]);
    expect(member.do(lives, object, 'available')).toBe(3);
  });

  test('permits of nobody stay taken when a session ends', () => {
    const { member, object } = setUp(1, false);
    const dead = member.session('dead');
    member.do(dead, object, 'acquire', [1]);
    member.end(dead);
    expect(member.do(member.session('lives'), object, 'available')).toBe(0);
  });

  test('who releases what another has acquired signals it', () => {
    const { member, object } = setUp(0);
    const waits = member.ask(member.session('a'), object, 'acquire', [1]);
    member.do(member.session('b'), object, 'release', [1]);
    expect(answerOf(waits)).toBe(true);
    member.end(member.session('b'));
    expect(member.do(member.session('c'), object, 'available')).toBe(0);
  });

  test('there are never more out than there are, whatever happens', () => {
    const random = randomOf(11);
    for (let run = 0; run < 30; run++) {
      const total = 1 + Math.floor(random() * 5);
      const { member, object } = setUp(total);
      const sessions = Array.from({ length: 4 }, (_, i) => member.session(`s${i}`));
      const asked: { session: number; permits: number; asked: Asked }[] = [];
      const over = new Set<number>();
      for (let step = 0; step < 200; step++) {
        const session = Math.floor(random() * sessions.length);
        if (over.has(session)) continue;
        const held = asked.filter(
          (one) => one.session === session && one.asked.answer?.value === true && one.permits > 0,
        );
        const roll = random();
        if (roll < 0.5) {
          const permits = 1 + Math.floor(random() * total);
          asked.push({
            session,
            permits,
            asked: member.ask(sessions[session]!, object, 'acquire', [permits]),
          });
        } else if (roll < 0.9 && held.length > 0) {
          const one = held[Math.floor(random() * held.length)]!;
          member.do(sessions[session]!, object, 'release', [one.permits]);
          one.permits = 0;
        } else if (roll > 0.985 && over.size < 3) {
          member.end(sessions[session]!);
          over.add(session);
        }
        const out = asked
          .filter((one) => !over.has(one.session) && one.asked.answer?.value === true)
          .reduce((sum, one) => sum + one.permits, 0);
        const lives = sessions.find((_, i) => !over.has(i))!;
        expect(out + (member.do(lives, object, 'available') as number)).toBe(total);
      }
    }
  });

  describe('with a bound', () => {
    test('to release more than there may be is refused, and changes nothing', () => {
      const { member, object } = setUp(2, true, 2);
      const [a, b] = [member.session('a'), member.session('b')];
      expectRefusal(
        () => member.do(a, object, 'release', [1]),
        'released-too-often',
        /semaphore "x" was released more often than it was acquired: 2 of at most 2 permits are there/,
      );
      member.do(a, object, 'acquire', [1]);
      expectRefusal(() => member.do(b, object, 'release', [2]), 'released-too-often', /1 of at most 2/);
      member.end(a);
      expect(member.do(b, object, 'available')).toBe(2);
    });

    test('it may begin with fewer, and be filled by whoever has something to give', () => {
      const { member, object } = setUp(0, true, 1);
      const [a, b] = [member.session('a'), member.session('b')];
      const waits = member.ask(a, object, 'acquire', [1]);
      member.do(b, object, 'release', [1]);
      expect(answerOf(waits)).toBe(true);
      member.do(b, object, 'release', [1]);
      member.end(a);
      expect(member.do(b, object, 'available')).toBe(1);
    });

    test('whoever is relieved by another does not bring the permit back once more when it ends', () => {
      const { member, object } = setUp(1, true, 1);
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => member.session(id)) as [
        Session,
        Session,
        Session,
        Session,
      ];
      member.do(a, object, 'acquire', [1]);
      member.do(b, object, 'release', [1]);
      member.do(c, object, 'acquire', [1]);
      const waits = member.ask(d, object, 'acquire', [1]);
      member.end(a);
      expect(isWaiting(waits)).toBe(true);
      member.end(c);
      expect(answerOf(waits)).toBe(true);
      expect(member.do(b, object, 'available')).toBe(0);
    });

    test('who releases gives its own permits first, then those of who has held some for longest', () => {
      const { member, object } = setUp(6, true, 6);
      const [old, young, own, other] = ['old', 'young', 'own', 'other'].map((id) => member.session(id)) as [
        Session,
        Session,
        Session,
        Session,
      ];
      for (const session of [old, young, own]) member.do(session, object, 'acquire', [2]);
      member.do(own, object, 'release', [3]);
      const available = (): Value => member.do(other, object, 'available');
      expect(available()).toBe(3);
      member.end(own);
      expect(available()).toBe(3);
      member.end(old);
      expect(available()).toBe(4);
      member.end(young);
      expect(available()).toBe(6);
    });

    test('more than that are refused, for they would never be there', () => {
      const { member, object } = setUp(1, true, 2);
      const session = member.session('a');
      for (const operation of ['acquire', 'tryAcquire'])
        expectRefusal(
          () => member.do(session, object, operation, [3]),
          'bad-argument',
          /at most 2, for there/,
        );
      expectRefusal(
        () => {
          const other = setUp(3, true, 2);
          other.member.do(other.member.session('a'), other.object, 'available');
        },
        'bad-argument',
        /bound must be at least as many as there are permits, 3, not 2/,
      );
    });

    test('there are never more held than are out, whoever releases what, and whoever ends', () => {
      const random = randomOf(12);
      for (let run = 0; run < 30; run++) {
        const bound = 1 + Math.floor(random() * 4);
        const { member, object } = setUp(bound, true, bound);
        let sessions: Session[] = [];
        let ids = 0;
        for (let step = 0; step < 200; step++) {
          while (sessions.length < 4) sessions.push(member.session(`s${ids++}`));
          const session = sessions[Math.floor(random() * 4)]!;
          const permits = 1 + Math.floor(random() * bound);
          const roll = random();
          if (roll < 0.05) member.end(session);
          else member.ask(session, object, roll < 0.55 ? 'acquire' : 'release', [permits]);
          sessions = sessions.filter(({ ended }) => !ended);
          if (object.cell === undefined) continue;
          const { available, held } = object.cell.state as { available: number; held: Map<string, number> };
          let out = 0;
          for (const [id, count] of held) {
            expect(sessions.map((one) => one.id)).toContain(id);
            out += count;
          }
          expect(available + out).toBe(bound);
        }
      }
    });
  });

  test('bad numbers are refused', () => {
    const { member, object } = setUp(1);
    const session = member.session('a');
    for (const wrong of [0, -1, 0.5, '1', undefined])
      expectRefusal(() => member.do(session, object, 'acquire', [wrong]), 'bad-argument', /permits/);
    expectRefusal(
      () => member.do(session, member.object('semaphore', 'y'), 'available'),
      'bad-argument',
      /permits/,
    );
  });
});
