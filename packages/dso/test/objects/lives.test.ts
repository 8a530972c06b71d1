/** Sessions and deadlines, by a clock that is moved by hand. */
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/engine/refusal.ts';
import type { Session } from '../../src/engine/session.ts';
import { lock } from '../../src/objects/lock.ts';
import { queue } from '../../src/objects/queue.ts';
import { answerOf, isWaiting, refusalOf } from './answers.ts';
import { Member } from './member.ts';

function setUp() {
  const member = new Member({ types: [lock, queue] });
  return { member, object: member.object('lock', 'x'), sessions: member.engine.sessions };
}

/** Lets time pass in small steps, as it does: one long step would be a node that stood still. */
function live(member: Member, ms: number, each: () => void = () => {}): void {
  for (let passed = 0; passed < ms; passed += 100) {
    member.clock.pass(100);
    each();
  }
}

function open(member: Member, id: string, parent?: string): Session | Refusal {
  return member.engine.sessions.open(id, 1000, parent, false);
}

describe('a session', () => {
  test('ends when nothing is heard of it for its time, and frees what it holds', () => {
    const { member, object } = setUp();
    const [a, b] = [member.session('a', 1000), member.session('b', 1e9)];
    member.do(a, object, 'acquire');
    const waits = member.ask(b, object, 'acquire');
    live(member, 900);
    expect(isWaiting(waits)).toBe(true);
    live(member, 500);
    expect(a.ended).toBe(true);
    expect(answerOf(waits)).toEqual([2, 1]);
  });

  test('lives as long as it is renewed', () => {
    const { member, sessions } = setUp();
    const a = member.session('a', 1000);
    live(member, 10_000, () => sessions.renew(a));
    expect(a.ended).toBe(false);
    live(member, 1500);
    expect(a.ended).toBe(true);
  });

  test('whose connection ended has a grace, in which it may come back', () => {
    const { member, sessions } = setUp();
    const [gone, back] = [member.session('gone', 60_000), member.session('back', 60_000)];
    for (const session of [gone, back]) sessions.shorten(session, 2000);
    live(member, 1500);
    expect(sessions.open('back', 60_000, undefined, true)).toBe(back);
    live(member, 1000);
    expect([gone.ended, back.ended]).toEqual([true, false]);
  });

  test('that is over never comes back to life, whether it resumes or begins', () => {
    const { member, sessions } = setUp();
    member.end(member.session('a', 1000));
    for (const resume of [true, false])
      expect(sessions.open('a', 1000, undefined, resume)).toMatchObject({ code: 'session-lost' });
    expect(sessions.open('unknown', 1000, undefined, true)).toMatchObject({ code: 'session-lost' });
  });

  test('takes those along that are part of it, and lives on without them', () => {
    const { member, object, sessions } = setUp();
    const parent = member.session('process', 1000);
    const [one, two] = [open(member, 'one', 'process'), open(member, 'two', 'process')];
    if (one instanceof Refusal || two instanceof Refusal) throw new Error('refused');
    member.do(one, object, 'acquire');
    const waits = member.ask(two, object, 'acquire');
    sessions.end(one);
    expect(answerOf(waits)).toEqual([2, 1]);
    expect(parent.ended).toBe(false);
    // A call's own time does not count while its process lives.
    live(member, 5000, () => sessions.renew(parent));
    expect(two.ended).toBe(false);
    live(member, 1500);
    expect([parent.ended, two.ended]).toEqual([true, true]);
    expect(open(member, 'three', 'process')).toMatchObject({ code: 'session-lost' });
  });

  test('does not end because the node stood still: its signs of life wait in the sockets', () => {
    const { member, sessions } = setUp();
    const a = member.session('a', 1000);
    live(member, 300);
    // The node's thread was held up, and its timers fire late, all at once.
    member.clock.time += 30_000;
    member.clock.pass(1);
    expect(a.ended).toBe(false);
    sessions.renew(a);
    live(member, 800);
    expect(a.ended).toBe(false);
  });
});

describe('a deadline', () => {
  test('is kept to the millisecond, those of others before it or not', () => {
    const { member } = setUp();
    const items = member.object('queue', 'q');
    const a = member.session('a', 1e9);
    const late = member.ask(a, items, 'take', [], { timeoutMs: 500 });
    const soon = member.ask(a, items, 'take', [], { timeoutMs: 20 });
    const never = member.ask(a, items, 'take');
    member.clock.pass(19);
    expect(isWaiting(soon)).toBe(true);
    member.clock.pass(1);
    expect(refusalOf(soon).code).toBe('timeout');
    member.clock.pass(479);
    expect(isWaiting(late)).toBe(true);
    member.clock.pass(1);
    expect(refusalOf(late).code).toBe('timeout');
    // Its session would end then.
    member.clock.pass(1e6);
    expect(isWaiting(never)).toBe(true);
  });

  test('of what was answered before means nothing, however many there are', () => {
    const { member } = setUp();
    const items = member.object('queue', 'q');
    const a = member.session('a', 1e9);
    for (let i = 0; i < 5000; i++) {
      const taken = member.ask(a, items, 'take', [], { timeoutMs: 10 + (i % 7) * 1000 });
      member.do(a, items, 'put', [i]);
      expect(answerOf(taken)).toBe(i);
    }
    const last = member.ask(a, items, 'take', [], { timeoutMs: 3000 });
    member.clock.pass(2999);
    expect(isWaiting(last)).toBe(true);
    member.clock.pass(1);
    expect(refusalOf(last).code).toBe('timeout');
    expect(member.engine.stats().waiting).toBe(0);
  });

  test('that is a hundred days away is not reached before', () => {
    const { member } = setUp();
    const a = member.session('a', 1e12);
    // Sessions are looked at four times a second, which would be all that this test does.
    member.engine.sessions.stop();
    const day = 86_400_000;
    const waits = member.ask(a, member.object('queue', 'q'), 'take', [], { timeoutMs: 100 * day });
    for (let i = 0; i < 99; i++) member.clock.pass(day);
    expect(isWaiting(waits)).toBe(true);
    member.clock.pass(day);
    expect(refusalOf(waits).code).toBe('timeout');
  });
});
