/** What a node and its slots know of sessions. */
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/engine/refusal.ts';
import type { Session } from '../../src/engine/session.ts';
import { restoreSnapshot, takeSnapshot } from '../../src/engine/snapshot.ts';
import { Stepper } from '../../src/engine/step.ts';
import { counter } from '../../src/objects/counter.ts';
import { lock } from '../../src/objects/lock.ts';
import { queue } from '../../src/objects/queue.ts';
import { isWaiting } from '../objects/answers.ts';
import { Member } from '../objects/member.ts';

function part(member: Member, id: string, parent: string): Session {
  const session = member.engine.sessions.open(id, 1000, parent, false);
  if (session instanceof Refusal) throw new Error(session.message);
  return session;
}

describe('sessions', () => {
  test('are parts of others one deep: no end goes down without end', () => {
    const member = new Member({ types: [] });
    member.session('process');
    part(member, 'call', 'process');
    expect(member.engine.sessions.open('deeper', 1000, 'call', false)).toMatchObject({ code: 'protocol' });
    expect(member.engine.sessions.size).toBe(2);
  });

  test('that end with every call do not make that of a process be forgotten', () => {
    const member = new Member({ types: [] });
    member.end(member.session('gone'));
    member.session('process');
    for (let i = 0; i < 120_000; i++) member.end(part(member, `call ${i}`, 'process'));
    expect(member.engine.sessions.open('gone', 1000, undefined, false)).toMatchObject({
      code: 'session-lost',
    });
    expect(member.engine.sessions.open('call 119999', 1000, 'process', false)).toMatchObject({
      code: 'session-lost',
    });
  });
});

describe('a slot', () => {
  test('does not know of sessions that only read, or only come too early', () => {
    const member = new Member({ types: [counter] });
    const hits = member.object('counter', 'hits');
    member.do(member.session('writes'), hits, 'add', [1]);
    const reads = member.session('reads');
    expect(member.do(reads, hits, 'tally')).toBe(1);
    const early = member.session('early');
    member.ask(early, hits, 'add', [1], { sequence: 2 });
    expect([...member.engine.slot(hits.slot)!.sessions.keys()]).toEqual(['writes']);
    for (const session of [reads, early]) member.end(session);
    expect(member.do(member.session('more'), hits, 'tally')).toBe(1);
  });

  test('lets the waiters of a session go in the order of their calls, also after a snapshot', () => {
    const member = new Member({ types: [lock, queue] });
    const session = member.session('a');
    const items = member.object('queue', 'q', [1]);
    const filler = member.session('b');
    member.do(filler, items, 'put', [0]);
    // They stand in two lanes in turns: those that put, and those of another object of the slot.
    const asked = ['put', 'put', 'put'].map((operation) => member.ask(session, items, operation, [1]));
    expect(asked.every(isWaiting)).toBe(true);
    const slot = member.engine.slot(items.slot)!;
    // As a snapshot that was taken lane by lane may have them.
    const copy = restoreSnapshot(takeSnapshot(slot), new Map([['queue', queue]]));
    const known = copy.session('a');
    const waiters = [...known.waiters].reverse();
    known.waiters.clear();
    for (const [sequence, waiter] of waiters) known.waiters.set(sequence, waiter);
    const order: number[] = [];
    const stepper = new Stepper({
      answered: (waiter) => void order.push(waiter.sequence),
      parked() {},
      begun() {},
      grew() {},
      gone() {},
      leased() {},
      unleased() {},
      print() {},
    });
    stepper.step(copy, { kind: 'end', at: 0, session: known, expired: false });
    expect(order).toEqual([1, 2, 3]);
  });

  test('keeps no lane for each condition that was ever waited for', () => {
    const member = new Member({ types: [lock] });
    const session = member.session('a');
    const till = member.object('lock', 'till');
    for (let i = 0; i < 1000; i++) {
      member.do(session, till, 'acquire');
      const waits = member.ask(session, till, 'waitOn', [`condition ${i}`], { timeoutMs: 10 });
      expect(isWaiting(waits)).toBe(true);
      member.clock.pass(10);
    }
    expect(till.cell!.lanes.size).toBeLessThan(20);
  });
});
