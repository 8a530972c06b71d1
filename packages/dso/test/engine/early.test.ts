/** Requests that come before one of the same session that is still on its way (D3). */
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/engine/refusal.ts';
import { bytes } from '../../src/objects/bytes.ts';
import { counter } from '../../src/objects/counter.ts';
import { queue } from '../../src/objects/queue.ts';
import { answerOf, isWaiting, refusalOf } from '../objects/answers.ts';
import { Member } from '../objects/member.ts';

const MIB = 2 ** 20;

function setUp(maxMemoryBytes?: number) {
  const member = new Member({ types: [counter, bytes, queue], ...(maxMemoryBytes && { maxMemoryBytes }) });
  return { member, session: member.session('a'), hits: member.object('counter', 'hits') };
}

describe('a request that came too early', () => {
  test('has no effect when it was cancelled before its turn, and those after it go on', () => {
    const { member, session, hits } = setUp();
    const cancelled = member.ask(session, hits, 'add', [10], { sequence: 2 });
    const after = member.ask(session, hits, 'add', [100], { sequence: 3 });
    member.cancel(session, hits, cancelled);
    expect(isWaiting(cancelled)).toBe(true);
    member.ask(session, hits, 'add', [1], { sequence: 1 });
    expect(refusalOf(cancelled).code).toBe('cancelled');
    expect(answerOf(after)).toBe(101);
  });

  test('has none either when its cancellation overtakes it', () => {
    const { member, session, hits } = setUp();
    member.do(session, hits, 'add', [1]);
    member.cancel(session, hits, { sequence: 2, answer: undefined });
    expect(refusalOf(member.ask(session, hits, 'add', [10])).code).toBe('cancelled');
    expect(member.do(session, hits, 'add', [100])).toBe(101);
  });

  test('waits however many there are', () => {
    const { member, session, hits } = setUp();
    const count = 150_000;
    let last = member.ask(session, hits, 'add', [1], { sequence: 2 });
    for (let sequence = 3; sequence <= count; sequence++)
      last = member.ask(session, hits, 'add', [1], { sequence });
    member.ask(session, hits, 'add', [1], { sequence: 1 });
    expect(answerOf(last)).toBe(count);
  });
});

describe('what early requests hold', () => {
  test('has an end: the connection is told, and nothing is left out in silence', () => {
    const { member, session } = setUp(64 * MIB);
    const target = member.object('bytes', 'b');
    const value = new Uint8Array(8 * MIB);
    let ended: unknown;
    let sequence = 2;
    try {
      for (; sequence < 100; sequence++) member.ask(session, target, 'set', [value], { sequence });
    } catch (error) {
      ended = error;
    }
    expect(ended).toBeInstanceOf(Refusal);
    expect(ended).toMatchObject({ code: 'out-of-memory' });
    expect(sequence).toBe(9);
    // By another connection everything comes again, from the beginning.
    for (let again = 1; again <= sequence; again++)
      member.ask(session, target, 'set', [value], { sequence: again, order: 1 });
    expect(member.do(session, target, 'length')).toBe(8 * MIB);
  });

  test('is free again when they have had their turn, and when their session ends', () => {
    const { member } = setUp(64 * MIB);
    const target = member.object('bytes', 'b');
    const value = new Uint8Array(20 * MIB);
    for (let i = 0; i < 20; i++) {
      const session = member.session(`s${i}`);
      const asked = [3, 2].map((sequence) => member.ask(session, target, 'set', [value], { sequence }));
      if (i % 2 === 0) {
        member.end(session);
        for (const one of asked)
          expect(refusalOf(one)).toMatchObject({ code: 'session-lost', details: 'undone' });
      } else {
        member.ask(session, target, 'set', [value], { sequence: 1 });
        for (const one of asked) expect(answerOf(one)).toBe(undefined);
      }
    }
  });
});

describe('an operation that is asked for again', () => {
  test('is answered by the newest connection, whatever comes late by an old one', () => {
    const { member, session } = setUp();
    const mail = member.object('queue', 'mail');
    const first = member.ask(session, mail, 'take', [], { order: 1 });
    const { sequence } = first;
    const newest = member.ask(session, mail, 'take', [], { order: 3, sequence });
    const late = member.ask(session, mail, 'take', [], { order: 2, sequence });
    member.do(member.session('b'), mail, 'put', ['letter']);
    expect(answerOf(newest)).toBe('letter');
    expect([first, late].every(isWaiting)).toBe(true);
  });

  test('is so too before its turn', () => {
    const { member, session, hits } = setUp();
    const newest = member.ask(session, hits, 'add', [1], { order: 3, sequence: 2 });
    const late = member.ask(session, hits, 'add', [1], { order: 2, sequence: 2 });
    member.ask(session, hits, 'add', [1], { order: 3, sequence: 1 });
    expect(answerOf(newest)).toBe(2);
    expect(isWaiting(late)).toBe(true);
  });
});
