import { expect, test } from 'vitest';
import { event } from '../../src/objects/event.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, isWaiting, refusalOf } from './answers.ts';
import { type Asked, Member } from './member.ts';
import { move } from './values.ts';

const open = () => {
  const member = new Member({ types: [event] });
  const [session, target] = [member.session('a'), member.object('event', 'e')];
  const ask = (operation: string): Asked => member.ask(session, target, operation);
  const run = (operation: string): Value => member.do(session, target, operation);
  return { member, session, target, ask, run };
};

test('lets all who wait go on when it is set, and then everybody until it is cleared', () => {
  const { target, ask, run } = open();
  expect(run('isSet')).toBe(false);
  const waits = [ask('wait'), ask('wait')];
  run('clear');
  expect(waits.every(isWaiting)).toBe(true);
  run('set');
  expect(waits.map(answerOf)).toEqual([true, true]);
  run('set');
  move(target);
  expect([run('isSet'), run('wait')]).toEqual([true, true]);
  run('clear');
  expect(isWaiting(ask('wait'))).toBe(true);
});

test('lets those go on who waited when it was set, although it is cleared at once', () => {
  const { ask, run } = open();
  const waits = ask('wait');
  run('set');
  run('clear');
  expect([answerOf(waits), run('isSet')]).toEqual([true, false]);
});

test('whoever gives up or times out is told, and the others wait on', () => {
  const { member, session, target, ask, run } = open();
  const late = member.ask(session, target, 'wait', [], { timeoutMs: 50 });
  const cancelled = ask('wait');
  const patient = ask('wait');
  member.clock.pass(50);
  member.cancel(session, target, cancelled);
  expect([late, cancelled].map((asked) => refusalOf(asked).code)).toEqual(['timeout', 'cancelled']);
  run('set');
  expect(answerOf(patient)).toBe(true);
});
