import { expect, test } from 'vitest';
import { logger } from '../../src/objects/logger.ts';
import { expectRefusal } from './answers.ts';
import { Member } from './member.ts';

function setUp(capacity?: number) {
  const member = new Member({ types: [logger], maxObjectBytes: 1_000_000 });
  return { member, session: member.session('a'), object: member.object('logger', 'x', [capacity]) };
}

test('lines are kept in order with their time, and said to the operator', () => {
  const { member, session, object } = setUp();
  member.do(session, object, 'log', ['info', 'one']);
  member.clock.pass(5);
  member.do(session, object, 'log', ['error', 'two']);
  const began = member.clock.now() - 5;
  expect(member.do(session, object, 'lines')).toEqual([
    [began, 'info', 'one'],
    [began + 5, 'error', 'two'],
  ]);
  expect(member.do(session, object, 'lines', [1])).toEqual([[began + 5, 'error', 'two']]);
  expect(member.do(session, object, 'lines', [0])).toEqual([]);
  expect(member.printed).toEqual(['logger "x": info one', 'logger "x": error two']);
});

test('the last ones stay, in the room that they take', () => {
  const { member, session, object } = setUp(3);
  member.do(session, object, 'lines');
  const empty = member.engine.stats().bytes;
  for (let i = 0; i < 10; i++) member.do(session, object, 'log', ['info', 'x'.repeat(i)]);
  const lines = member.do(session, object, 'lines') as [number, string, string][];
  expect(lines.map(([, , line]) => line.length)).toEqual([7, 8, 9]);
  expect(member.engine.stats().bytes - empty).toBe(3 * 80 + (7 + 8 + 9) * 2);
  member.do(session, object, 'clear');
  expect(member.engine.stats().bytes).toBe(empty);
  expect(member.do(session, object, 'lines')).toEqual([]);
  member.do(session, object, 'log', ['info', 'again']);
  expect(member.do(session, object, 'lines')).toHaveLength(1);
});

test('no line can look like another, nor command a terminal', () => {
  const { member, session, object } = setUp();
  member.do(session, object, 'log', ['warn', 'a\nlock "y": info b\u001b[31m\tc']);
  expect(member.printed).toEqual(['logger "x": warn a', 'logger "x": warn lock "y": info b\u{fffd}[31m\tc']);
});

test('what is no line is refused', () => {
  const { member, session, object } = setUp();
  expectRefusal(() => member.do(session, object, 'log', ['loud', 'x']), 'bad-argument', /debug, info, warn/);
  expectRefusal(() => member.do(session, object, 'log', ['info', 7]), 'bad-argument', /the line/);
  expectRefusal(
    () => member.do(session, object, 'log', ['info', 'x'.repeat(70_000)]),
    'bad-argument',
    /65536 characters/,
  );
  expectRefusal(
    () => member.do(session, member.object('logger', 'y', [0]), 'lines'),
    'bad-argument',
    /capacity/,
  );
});
