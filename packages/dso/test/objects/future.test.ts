import { expect, test } from 'vitest';
import { future } from '../../src/objects/future.ts';
import { answerOf, isWaiting, refusalOf } from './answers.ts';
import { Member } from './member.ts';

function setUp() {
  const member = new Member({ types: [future] });
  return { member, session: member.session('a'), object: member.object('future', 'x') };
}

test('all who wait get the value, and all who come later', () => {
  const { member, session, object } = setUp();
  const early = [member.ask(session, object, 'get'), member.ask(session, object, 'get')];
  expect(member.do(session, object, 'status')).toBe('pending');
  expect(early.every(isWaiting)).toBe(true);
  expect(member.do(session, object, 'set', ['v'])).toBe(true);
  expect(early.map(answerOf)).toEqual([
    [true, 'v'],
    [true, 'v'],
  ]);
  expect(member.do(session, object, 'get')).toEqual([true, 'v']);
  expect(member.do(session, object, 'status')).toBe('set');
});

test('it is set once: later values and errors change nothing', () => {
  const { member, session, object } = setUp();
  expect(member.do(session, object, 'set', [undefined])).toBe(true);
  expect(member.do(session, object, 'set', [2])).toBe(false);
  expect(member.do(session, object, 'fail', ['oops'])).toBe(false);
  expect(member.do(session, object, 'get')).toEqual([true, undefined]);
});

test('an error reaches all who wait', () => {
  const { member, session, object } = setUp();
  const waits = member.ask(session, object, 'get');
  expect(member.do(session, object, 'fail', ['oops'])).toBe(true);
  expect(answerOf(waits)).toEqual([false, 'oops']);
  expect(member.do(session, object, 'status')).toBe('failed');
  expect(member.do(session, object, 'set', [1])).toBe(false);
});

test('who does not want to wait for ever need not', () => {
  const { member, session, object } = setUp();
  const waits = member.ask(session, object, 'get', [], { timeoutMs: 10 });
  member.clock.pass(10);
  expect(refusalOf(waits).code).toBe('timeout');
  member.do(session, object, 'set', [1]);
});
