/** How objects come to be, and what those who use them are told when they are not there. */
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/engine/clock.ts';
import type { ObjectType } from '../../src/engine/object-type.ts';
import { counter } from '../../src/objects/counter.ts';
import { lock } from '../../src/objects/lock.ts';
import { queue } from '../../src/objects/queue.ts';
import { userClass } from '../../src/objects/user-class.ts';
import { answerOf, expectRefusal, isWaiting, refusalOf } from '../objects/answers.ts';
import { FakeTasks } from '../objects/fake-tasks.ts';
import { Member } from '../objects/member.ts';

describe('D5: an object that was lost with another life of its node', () => {
  test('stays lost when another client makes one of the name, until it is deleted', () => {
    const member = new Member({ types: [counter] });
    const [old, fresh] = [member.session('old'), member.session('fresh')];
    const lost = { ...member.object('counter', 'hits'), seenIn: 'another life' };
    const hits = member.object('counter', 'hits');
    expect(refusalOf(member.ask(old, lost, 'add', [1]))).toMatchObject({ code: 'object-lost' });
    expect(member.do(fresh, hits, 'add', [1])).toBe(1);
    expectRefusal(() => member.do(old, lost, 'add', [1]), 'object-lost', /made by another client since/);
    expectRefusal(() => member.do(old, lost, 'tally'), 'object-lost', /connect anew/);
    expect(member.do(fresh, hits, 'tally')).toBe(1);
    expect(member.do(old, lost, 'DELETE')).toBe(true);
    expect(member.do(old, lost, 'add', [5])).toBe(5);
  });
});

describe('an object that has not been made yet', () => {
  test('is not called lost when it is read', () => {
    const member = new Member({ types: [counter] });
    const travelled = { ...member.object('counter', 'hits'), mode: 'await' as const };
    expectRefusal(
      () => member.do(member.session('a'), travelled, 'tally'),
      'not-made',
      /has not been made yet by the program that made this handle/,
    );
  });

  test('is waited for, although somebody asks for one that cannot be', () => {
    const member = new Member({ types: [queue] });
    const [a, b] = [member.session('a'), member.session('b')];
    const travelled = { ...member.object('queue', 'mail'), mode: 'await' as const };
    const waits = member.ask(a, travelled, 'put', ['letter']);
    const wrong = member.ask(b, member.object('queue', 'mail', [-1]), 'size');
    expect(refusalOf(wrong).code).toBe('bad-argument');
    expect(isWaiting(waits)).toBe(true);
    expect(member.do(b, member.object('queue', 'mail', [10]), 'size')).toBe(1);
    expect(answerOf(waits)).toBe(undefined);
    // Without anybody who waits nothing is left of it.
    expect(refusalOf(member.ask(b, member.object('queue', 'other', [-1]), 'size')).code).toBe('bad-argument');
    expect(member.engine.stats()).toMatchObject({ objects: 1, waiting: 0 });
  });

  test('whose constructor throws is waited for in vain, and all are told', async () => {
    const tasks = new FakeTasks();
    const member = new Member({ types: [userClass], tasks });
    const session = member.session('a');
    const config = [['Cart', 'h1', Uint8Array.of()], Uint8Array.of(1), [], 'Cart'] as const;
    const travelled = { ...member.object('class:Cart', 'x'), mode: 'await' as const };
    const waits = member.ask(session, travelled, 'invoke', ['add', Uint8Array.of(2)]);
    member.do(session, member.object('class:Cart', 'x', config), 'begin');
    await tasks.finish({ kind: 'threw', error: Uint8Array.of(9) });
    expect(refusalOf(waits).code).toBe('user-code-failed');
  });
});

describe("a type's own mistake", () => {
  const boom = (): never => {
    throw new Error('boom');
  };

  test('when a waiter or a session goes ends nothing but that', () => {
    const faulty: ObjectType = { ...lock, abandoned: boom, sessionEnded: boom };
    const member = new Member({ types: [faulty] });
    const till = member.object('lock', 'till');
    const [a, b] = [member.session('a'), member.session('b')];
    member.do(a, till, 'acquire');
    const waits = member.ask(b, till, 'acquire', [], { timeoutMs: 10 });
    const waitsToo = member.ask(b, till, 'acquire');
    member.clock.pass(10);
    expect(refusalOf(waits).code).toBe('timeout');
    member.end(b);
    expect(refusalOf(waitsToo).code).toBe('session-lost');
    member.end(a);
    expect(member.printed).toEqual(Array(3).fill('lock "till": failed: boom'));
  });

  test('when an object is configured anew is an answer', () => {
    const faulty: ObjectType = { ...userClass, reconfigured: boom };
    const tasks = new FakeTasks();
    const member = new Member({ types: [faulty], tasks });
    const session = member.session('a');
    const target = (hash: string) =>
      member.object('class:Cart', 'x', [['Cart', hash, Uint8Array.of()], Uint8Array.of(1), [], 'Cart']);
    member.do(session, target('h1'), 'begin');
    expectRefusal(() => member.do(session, target('h2'), 'begin'), 'internal', /failed: boom/);
    expect(member.do(session, target('h1'), 'begin')).toBe(undefined);
  });
});

test('time does not jump when the clock of the machine is set', () => {
  const before = systemClock.now();
  const clock = vi.spyOn(Date, 'now').mockReturnValue(5);
  try {
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(Math.abs(systemClock.now() - new Date(before).getTime())).toBeLessThan(60_000);
  } finally {
    clock.mockRestore();
  }
});
