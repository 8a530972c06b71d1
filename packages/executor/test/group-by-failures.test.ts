/** What is grouped when calls fail, are killed or are cancelled: all of it once, or the failure. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { GroupKey } from '../src/index.ts';
import { everyBackend, executorOf, processBackends, sharedExecutor } from './support/executors.ts';
import { eventually } from './support/processes.ts';
import { folderOfTest } from './support/workers.ts';

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe.each(everyBackend)('on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('an attempt that fails when it has stored half of its pairs adds none of them', async () => {
    const sums = await executor.groupBy(
      function* (call: number, ctx): Generator<[number, string]> {
        for (let i = 0; i < 3_000; i++) {
          yield [i % 10, 'x'.repeat(1_000)];
          if (i === 2_500 && ctx.attempt === 1 && call !== 1) throw new Error('not yet');
        }
      },
      [0, 1, 2],
      async (key, values, ctx) => {
        let bytes = 0;
        for await (const value of values) {
          bytes += value.length;
          if (bytes === 500_000 && ctx.attempt === 1) throw new Error('nor yet');
        }
        return [key, bytes];
      },
      { memory: '1MiB', retries: 1, partitions: 2 },
    );
    expect(sums).toEqual(Array.from({ length: 10 }, (_, key) => [key, 900_000]));
  });

  test('a failure is the own error of the user, at the line where it was thrown', async () => {
    const map = executor.groupBy(
      (x: number): [number, number][] => {
        if (x === 2) throw new RangeError('no pairs for 2');
        return [[x, x]];
      },
      [1, 2, 3],
      (key) => key,
    );
    const error = (await map.catch((reason: unknown) => reason)) as Error;
    expect(error).toBeInstanceOf(RangeError);
    const source = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n');
    const line = 1 + source.findIndex((text) => text.includes("new RangeError('no pairs for 2')"));
    expect(error.stack).toContain(`group-by-failures.test.ts:${line}:`);
    const reduce = executor.groupBy(
      (x: number) => [[x, x]],
      [1, 2, 3],
      (key) => {
        if (key === 3) throw new RangeError('not this key');
        return key;
      },
    );
    await expect(reduce).rejects.toThrow('not this key');
    await expect(
      executor.reduceByKey(
        (x: number) => [['k', x]],
        [1, 2],
        () => {
          throw new RangeError('cannot combine');
        },
      ),
    ).rejects.toThrow('cannot combine');
  });
});

describe.each(processBackends)('workers that are killed, on %s', (_name, options) => {
  test('in the middle of a map and of a reduction: everything is there once', async () => {
    const executor = executorOf(options);
    const file = join(await folderOfTest(), 'kills');
    const kill = (path: string, what: string): void => {
      const killed = existsSync(path) ? readFileSync(path, 'utf8') : '';
      if (killed.includes(`${what}\n`)) return;
      appendFileSync(path, `${what}\n`);
      process.kill(process.pid, 'SIGKILL');
    };
    const sums = await executor.groupBy(
      function* (call: number, path: string): Generator<[string, number]> {
        for (let i = 0; i < 40_000; i++) {
          if (i === 30_000 && call < 2) kill(path, `map ${call}`);
          yield [`key ${i % 100}`, i];
        }
      },
      [0, 1, 2],
      async (key, values, path: string) => {
        let [sum, count] = [0, 0];
        for await (const value of values) {
          sum += value;
          if (++count === 600 && (key === 'key 7' || key === 'key 8')) kill(path, key);
        }
        return [key, sum, count];
      },
      { memory: '1MiB', retries: 3, extraArgs: [file], extraArgsReduce: [file] },
    );
    const expected = Array.from({ length: 100 }, (_, key) => {
      // Of one call: key, key + 100, … 400 times.
      return [`key ${key}`, 3 * (400 * key + (100 * 400 * 399) / 2), 1_200];
    });
    expect(sums).toEqual(expected.sort(([a], [b]) => (a! < b! ? -1 : 1)));
    expect(readFileSync(file, 'utf8').trim().split('\n').sort()).toEqual([
      'key 7',
      'key 8',
      'map 0',
      'map 1',
    ]);
  });
});

test('what is no pair, no key or no data fails its call, and says which', async () => {
  const executor = executorOf();
  const of = (pairs: () => unknown): PromiseLike<unknown> =>
    executor.groupBy(pairs as () => [GroupKey, unknown][], [0], (key) => key);
  await expect(of(() => 'text')).rejects.toThrow(/gives pairs \[key, value\].*got a string/);
  await expect(of(() => [['a', 1], ['b']])).rejects.toThrow(/pair 1 .*got an array of 1/);
  await expect(of(() => [[new Date(0), 1]])).rejects.toThrow(/key of a group .*got a Date/);
  class Own {
    readonly n = 1;
  }
  await expect(of(() => [['a', new Own()]])).rejects.toThrow(/value.*class Own/);
  const later = executor.reduceByKey(
    () => [
      ['a', 1],
      ['a', 2],
    ],
    [0],
    (async () => 3) as unknown as (a: number, b: number) => number,
  );
  await expect(later).rejects.toThrow('combine gives a value; it gave a promise');
});

test('wrong arguments are refused at the call, and nothing has run', async () => {
  const executor = executorOf();
  const group = (options: object, reduce: unknown = () => 1): unknown =>
    (executor.groupBy as (...args: unknown[]) => unknown).call(executor, () => [], [], reduce, options);
  expect(() => group({}, null)).toThrow(/reduce function is a function; got null/);
  expect(() => group({ partition: 3 })).toThrow(
    /groupBy has no option 'partition'; did you mean 'partitions'/,
  );
  expect(() => group({ stream: true })).toThrow(/groupBy has no option 'stream'/);
  expect(() => group({ partitions: 0 })).toThrow(/partitions is a whole number from 1; got 0/);
  expect(() => group({ memory: 5 })).toThrow(/memory: must be bytes from 1 MiB to 1 GiB.*not 5/);
  expect(() => group({ memory: '2GiB' })).toThrow(/memory: must be bytes/);
  expect(() => group({ combine: 3 })).toThrow(/combine is a function; got number/);
  expect(() => group({ spawnReducer: 101 })).toThrow(/spawnReducer is a percentage from 0 to 100; got 101/);
  expect(() => group({ reduceRuntimeMemory: 5 })).toThrow(/reduceRuntimeMemory: must be bytes/);
  expect(() => (executor.reduceByKey as (...args: unknown[]) => unknown)(() => [], [1])).toThrow();
  expect(() => executor.map((x: number) => x, [1], { partitions: 3 } as object)).toThrow(
    /no option 'partitions'/,
  );
  // The map has been captured when it turns out that the reducer cannot be.
  const { port1 } = new MessageChannel();
  expect(() => group({}, () => port1)).toThrow(/port1/);
  port1.close();
  expect(executor.jobSummary().filter(({ calls }) => calls > 0)).toEqual([]);
  await executor.close();
});

test('a failure ends the maps, whose pairs are of no use any more; so does cancel(). Nothing is left', async () => {
  const folder = await folderOfTest();
  const executor = executorOf({ storage: `file:${folder}` });
  let closed = 0;
  const source = (): Iterable<number> => ({
    *[Symbol.iterator]() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed++;
      }
    },
  });
  const failing = executor.groupBy(
    (x: number) => {
      if (x === 20) throw new Error('enough');
      return [[x, x]];
    },
    source(),
    (key) => key,
  );
  await expect(failing).rejects.toThrow('enough');
  expect(failing.mapJob.done).toBe(true);
  expect(closed).toBe(1);
  const cancelled = executor.groupBy(
    (x: number) => [[x, x]],
    source(),
    (key) => key,
  );
  await eventually(
    () => filesOf(folder).some((path) => path.includes(`${cancelled.reduceJob.jobId}/runs/`)),
    'a call has stored a run',
  );
  cancelled.cancel('not wanted');
  await expect(cancelled).rejects.toMatchObject({ name: 'CallCancelledError' });
  expect(closed).toBe(2);
  await executor.close();
  expect(filesOf(folder)).toEqual([]);
});

test('a reduction whose runs are gone fails, and does not take them for empty', async () => {
  const folder = await folderOfTest();
  const executor = executorOf({ storage: `file:${folder}` });
  const gate = join(folder, 'open');
  const job = executor.groupBy(
    (x: number) => [[x, x]],
    [1, 2],
    async (key, values, path: string) => {
      const { existsSync: exists } = await import('node:fs');
      while (!exists(path)) await new Promise((resolve) => setTimeout(resolve, 5));
      return [key, await values.toArray()];
    },
    { extraArgsReduce: [gate], partitions: 1, reduceRuntimeMemory: '300MiB' },
  );
  await executor.wait(job.mapJob);
  const { rm } = await import('node:fs/promises');
  for (const path of filesOf(folder)) if (path.includes('/runs/')) await rm(path);
  await writeFile(gate, '');
  await expect(job).rejects.toThrow(/runs/);
});
