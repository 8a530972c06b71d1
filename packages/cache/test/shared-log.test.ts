/** What the processes of a machine tell each other arrives, whoever dies while a log is begun anew. */
import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { History } from '../src/node/history.ts';
import { type LogRecord, lineOf, readLine } from '../src/node/log-record.ts';
import { SharedLog } from '../src/node/shared-log.ts';
import type { Invalidation } from '../src/tier.ts';
import { temporaryDirectory } from './support/directory.ts';

interface Listener {
  readonly log: SharedLog;
  readonly history: History;
  readonly heard: Invalidation[];
}

/** @param alone how it waits until it may make the first log: others may be quicker */
function listener(folder: string, alone: (work: () => void) => void = (work) => work()): Listener {
  const heard: Invalidation[] = [];
  const history = new History((invalidation) => heard.push(invalidation));
  const temporary = join(folder, 'temporary');
  const log = new SharedLog(
    { folder, temporary, make: () => void mkdirSync(temporary, { recursive: true }), alone },
    history,
  );
  heard.length = 0;
  return { log, history, heard };
}

const rotate = ({ log }: Listener): void => log.rotate(() => {});
const logsOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('log.'))
    .sort();
/** What a process that is no listener, and may die at any time, writes. */
const write = (folder: string, name: string, ...records: LogRecord[]): void =>
  appendFileSync(join(folder, name), records.map((record) => lineOf({ by: 'other', record })).join(''));

test('what one says others hear in order, and it does not itself', () => {
  const folder = temporaryDirectory();
  const [one, two] = [listener(folder), listener(folder)];
  one.log.append(['key', 'ä "quoted"\n']);
  two.log.append(['tag', '💧']);
  one.log.append(['all']);
  two.log.poll();
  one.log.poll();
  expect(two.heard).toEqual([{ kind: 'key', key: 'ä "quoted"\n' }, { kind: 'all' }]);
  expect(one.heard).toEqual([{ kind: 'tag', tag: '💧' }]);
  expect(one.history.position).toBe(two.history.position);
});

test('L4: of two who find no log one makes it, however long the other one stands still meanwhile', () => {
  const folder = temporaryDirectory();
  let quick: Listener | undefined;
  const slow = listener(folder, (work) => {
    quick = listener(folder);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    work();
    vi.restoreAllMocks();
  });
  expect(logsOf(folder)).toHaveLength(1);
  slow.log.append(['key', 'said']);
  quick!.log.poll();
  expect(quick!.heard).toEqual([{ kind: 'key', key: 'said' }]);
});

test('N1: an entry is valid unless something has happened since it was begun', () => {
  const { log, history } = listener(temporaryDirectory());
  const before = history.position;
  expect(history.isValid('a', ['red'], before)).toBe(true);
  const after = log.append(['tag', 'red']);
  expect([history.isValid('a', ['red'], before), history.isValid('a', ['blue'], before)]).toEqual([
    false,
    true,
  ]);
  expect(history.isValid('a', ['red'], after)).toBe(true);
  log.append(['key', 'a']);
  expect([history.isValid('a', [], after), history.isValid('b', [], after)]).toEqual([false, true]);
});

test('a line that was torn may have said anything: all is invalid, and what follows is heard', () => {
  const folder = temporaryDirectory();
  const one = listener(folder);
  const mark = one.history.position;
  const [name = ''] = logsOf(folder);
  appendFileSync(join(folder, name), lineOf({ by: 'other', record: ['key', 'a'] }).slice(0, -9));
  one.log.poll();
  expect(one.heard).toEqual([]); // it may be whole in a moment
  write(folder, name, ['key', 'glued to it'], ['tag', 'red']);
  one.log.poll();
  expect(one.heard).toEqual([{ kind: 'all' }, { kind: 'tag', tag: 'red' }]);
  expect(one.history.isValid('z', [], mark)).toBe(false);
  expect(one.history.isValid('z', [], one.history.position)).toBe(true);
});

describe('a log that is begun anew', () => {
  test('says what the one before said, to who was there and to who comes', () => {
    const folder = temporaryDirectory();
    const [one, two] = [listener(folder), listener(folder)];
    const mark = one.history.position;
    one.log.append(['tag', 'red']);
    one.log.append(['reserve', 100]);
    rotate(one);
    rotate(one);
    one.log.append(['key', 'a']);
    const three = listener(folder);
    two.log.poll();
    for (const { history } of [one, two, three]) {
      expect(history.position).toBe(one.history.position);
      expect([history.isValid('z', ['red'], mark), history.isValid('a', [], mark)]).toEqual([false, false]);
      expect(history.bytes).toBe(100);
    }
    expect(two.heard).toEqual([
      { kind: 'tag', tag: 'red' },
      { kind: 'key', key: 'a' },
    ]);
    expect(logsOf(folder)).toHaveLength(2);
  });

  test('L2: what was said in the one before after it was folded is heard by all', () => {
    const folder = temporaryDirectory();
    const [one, late] = [listener(folder), listener(folder)];
    const [name = ''] = logsOf(folder);
    rotate(one);
    // Of a process that saw a seal and no next log, before this one was published.
    write(folder, name, ['tag', 'red'], ['reserve', 7]);
    late.log.poll();
    const comes = listener(folder);
    expect(late.heard).toEqual([{ kind: 'tag', tag: 'red' }]);
    for (const { history } of [late, comes]) {
      expect(history.isValid('z', ['red'], 1)).toBe(false);
      expect(history.bytes).toBe(7);
    }
  });

  test('L1: one that was sealed, and not begun anew, goes on until somebody does', () => {
    const folder = temporaryDirectory();
    const [one, two] = [listener(folder), listener(folder)];
    write(folder, logsOf(folder)[0]!, ['seal']); // and its writer died
    one.log.append(['key', 'a']);
    two.log.poll();
    expect(two.heard).toEqual([{ kind: 'key', key: 'a' }]);
    rotate(two);
    two.log.append(['key', 'b']);
    one.log.append(['key', 'c']);
    two.log.poll();
    expect(one.heard).toEqual([{ kind: 'key', key: 'b' }]);
    expect(two.heard.at(-1)).toEqual({ kind: 'key', key: 'c' });
  });

  test('L3: who has missed several is told what was kept, and of what was forgotten that all is invalid', () => {
    const folder = temporaryDirectory();
    const [one, few, many] = [listener(folder), listener(folder), listener(folder)];
    one.log.append(['tag', 'red']);
    for (let i = 0; i < 3; i++) rotate(one);
    few.log.poll();
    expect(few.heard).toEqual([{ kind: 'tag', tag: 'red' }]);
    const mark = one.history.position;
    const forgotten = new Map<string, number>();
    for (let i = 0; i < 700; i++) one.log.append(['key', `${i}`]);
    for (let i = 0; i < 3; i++) {
      one.log.rotate((some) => {
        for (const [key, at] of some) forgotten.set(key, at);
      });
    }
    many.log.poll();
    expect(many.heard).toContainEqual({ kind: 'all' });
    expect(forgotten.size).toBe(200);
    expect(forgotten.has('0')).toBe(true);
    for (const { history } of [one, listener(folder)]) {
      // A load that began before may not fill a gap: nobody knows whether it is valid.
      expect([history.remembers(mark), history.remembers(history.position)]).toEqual([false, true]);
      expect(history.isValid('699', [], mark)).toBe(false);
    }
  });
});

test('a line is read as it was written, and not when a byte of it is another', () => {
  const said = { by: 'one', record: ['key', 'ünï\u2028code'] as LogRecord };
  const line = lineOf(said).slice(0, -1);
  expect(readLine(line)).toEqual(said);
  for (let i = 0; i < line.length; i++)
    expect(readLine(`${line.slice(0, i)}~${line.slice(i + 1)}`)).toBeUndefined();
});
