import { expect, test } from 'vitest';
import { latch } from '../../src/objects/latch.ts';
import { answerOf, expectRefusal, isWaiting, refusalOf } from './answers.ts';
import { Member } from './member.ts';

function setUp(count: number) {
  const member = new Member({ types: [latch] });
  return { member, session: member.session('a'), object: member.object('latch', 'x', [count]) };
}

test('who waits passes when it has been counted down, and not before; waiting counts nothing', () => {
  const { member, session, object } = setUp(3);
  const waiters = Array.from({ length: 10 }, () => member.ask(session, object, 'wait'));
  expect(member.do(session, object, 'count')).toBe(3);
  expect(member.do(session, object, 'countDown')).toBe(2);
  expect(member.do(session, object, 'countDown', [1])).toBe(1);
  expect(waiters.every(isWaiting)).toBe(true);
  expect(member.do(session, object, 'countDown')).toBe(0);
  expect(waiters.map(answerOf)).toEqual(waiters.map(() => true));
  expect(member.do(session, object, 'wait')).toBe(true);
  expect(member.do(session, object, 'count')).toBe(0);
});

test('it does not go below 0', () => {
  const { member, session, object } = setUp(2);
  expect(member.do(session, object, 'countDown', [5])).toBe(0);
  expect(member.do(session, object, 'countDown')).toBe(0);
});

test('one that begins at 0 is open', () => {
  const { member, session, object } = setUp(0);
  expect(member.do(session, object, 'wait')).toBe(true);
});

test('who gives up waiting changes nothing for the others', () => {
  const { member, session, object } = setUp(1);
  const dead = member.session('dead');
  const timed = member.ask(session, object, 'wait', [], { timeoutMs: 50 });
  const cancelled = member.ask(session, object, 'wait');
  const gone = member.ask(dead, object, 'wait');
  const stays = member.ask(session, object, 'wait');
  member.clock.pass(50);
  member.cancel(session, object, cancelled);
  member.end(dead);
  expect([timed, cancelled, gone].map((one) => refusalOf(one).code)).toEqual([
    'timeout',
    'cancelled',
    'session-lost',
  ]);
  expect(member.do(session, object, 'count')).toBe(1);
  member.do(session, object, 'countDown');
  expect(answerOf(stays)).toBe(true);
});

test('bad numbers are refused', () => {
  const { member, session, object } = setUp(1);
  for (const wrong of [0, -1, 1.5, '1'])
    expectRefusal(() => member.do(session, object, 'countDown', [wrong]), 'bad-argument', /1 or more/);
  expectRefusal(
    () => member.do(session, member.object('latch', 'y', [-1]), 'count'),
    'bad-argument',
    /count/,
  );
  expectRefusal(() => member.do(session, member.object('latch', 'z'), 'count'), 'bad-argument', /latch\(key/);
});
