/** Recording what concurrent clients do, and keeping it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { type History, historyFromJson, historyToJson, mergeHistories, monotonicClock } from './history.ts';
import { type CounterInput, counterModel } from './models.ts';
import { Recorder, readJournal } from './recorder.ts';

type Output = number | boolean | null;
const increment = { op: 'increment', by: 1 } as const;
const tally = { op: 'tally' } as const;

/** A clock that goes on by one at every look. */
function ticking(): () => number {
  let time = 0;
  return () => time++;
}

describe('a recorder', () => {
  test('keeps when an operation was called, when it returned, and what it answered', async () => {
    const recorder = new Recorder<CounterInput, Output>({ clock: ticking() });
    expect(await recorder.record('a', increment, async () => 1)).toEqual({ kind: 'returned', output: 1 });
    const slow = deferred<Output>();
    const open = recorder.record('a', increment, () => slow.promise);
    await recorder.record('b', tally, async () => 1);
    expect(recorder.history()).toEqual([
      { client: 'a', call: 0, return: 1, input: increment, output: 1 },
      { client: 'a', call: 2, return: undefined, input: increment },
      { client: 'b', call: 3, return: 4, input: tally, output: 1 },
    ]);
    slow.resolve(2);
    await open;
    expect(recorder.history()[1]).toEqual({ client: 'a', call: 2, return: 5, input: increment, output: 2 });
  });

  test('asks what a rejection means: an answer, nothing done, or nobody knows', async () => {
    const recorder = new Recorder<CounterInput, Output>({
      clock: ticking(),
      classify: (error) => {
        if (error === 'answer') return { kind: 'output', output: null };
        return { kind: error === 'refused' ? 'no-effect' : 'unknown' };
      },
    });
    const fail = (reason: string) => recorder.record('a', increment, () => Promise.reject(reason));
    expect(await fail('answer')).toEqual({ kind: 'returned', output: null });
    expect(await fail('refused')).toEqual({ kind: 'no-effect', error: 'refused' });
    expect(await fail('lost')).toEqual({ kind: 'unknown', error: 'lost' });
    expect(recorder.history()).toEqual([
      { client: 'a', call: 0, return: 1, input: increment, output: null },
      { client: 'a', call: 3, return: undefined, input: increment },
    ]);
  });

  test('takes every rejection for unknown, and a synchronous throw for a rejection', async () => {
    const recorder = new Recorder<CounterInput, Output>();
    const thrown = await recorder.record('a', increment, () => {
      throw new Error('early');
    });
    expect(thrown).toMatchObject({ kind: 'unknown', error: { message: 'early' } });
    expect(recorder.history()).toMatchObject([{ return: undefined }]);
  });
});

describe('histories', () => {
  test('survive JSON, unknown outcomes too', () => {
    const history: History<CounterInput, Output> = [
      { client: 'a', call: 1, return: 2, input: increment, output: null },
      { client: 'b', call: 1, return: undefined, input: tally },
    ];
    expect(historyFromJson(historyToJson(history))).toEqual(history);
  });

  test('that are none are refused by the first operation that is wrong', () => {
    const wrong = '[{"client":"a","call":5,"return":4,"input":1,"output":1}]';
    expect(() => historyFromJson(wrong)).toThrow(/history\[0\] is no operation.*"call":5/);
    expect(() => historyFromJson('{}')).toThrow('a history is an array');
  });

  test('of several recorders are merged by their calls', () => {
    const one = { client: 'a', call: 2, return: 3, input: increment, output: 1 };
    const other = { client: 'b', call: 1, return: undefined, input: increment };
    expect(mergeHistories([[one], [other]])).toEqual([other, one]);
  });

  test('of processes of one machine share a clock', async () => {
    const before = monotonicClock();
    const child = spawn(process.execPath, ['-p', 'process.hrtime.bigint().toString()']);
    const [line] = await once(createInterface(child.stdout), 'line');
    expect(Number(line)).toBeGreaterThan(before);
    expect(Number(line)).toBeLessThan(monotonicClock());
  });
});

describe('a journal', () => {
  test('gives the history back', async () => {
    let journal = '';
    const recorder = new Recorder<CounterInput, Output>({
      classify: (error) => ({ kind: error === 'refused' ? 'no-effect' : 'unknown' }),
      journal: (line) => {
        journal += line;
      },
    });
    await recorder.record('a', increment, async () => 1);
    await recorder.record('a', increment, () => Promise.reject('refused'));
    await recorder.record('b', tally, () => Promise.reject('lost'));
    expect(readJournal(journal)).toEqual(recorder.history());
    expect(recorder.history()).toHaveLength(2);
  });

  test('of a process that was killed tells what it had begun', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skein-journal-'));
    try {
      const file = join(folder, 'journal');
      const program = new URL('killed-recorder.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, ['--import', 'tsx', program, file], { stdio: 'inherit' });
      const [, signal] = await once(child, 'exit');
      expect(signal).toBe('SIGKILL');
      const history = readJournal<CounterInput, Output>(await readFile(file, 'utf8'));
      expect(history).toMatchObject([
        { input: increment, output: 1 },
        { input: increment, return: undefined },
      ]);
      // Whoever survived sees the second increment, or does not.
      for (const output of [1, 2]) {
        const call = monotonicClock();
        const seen = [{ client: 'survivor', call, return: call + 1, input: tally, output }];
        expect(check(counterModel(), mergeHistories([history, seen])).linearizable).toBe(true);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('that ends in the middle of a line is read up to that line', () => {
    const call = '{"id":0,"client":"a","call":1,"input":{"op":"tally"}}\n';
    expect(readJournal(`${call}{"id":0,"return":2,"out`)).toMatchObject([{ call: 1, return: undefined }]);
  });
});

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
