/** groupBy, reduceByKey and cogroup: what comes together, in which order, and what is left behind. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { everyBackend, executorOf, sharedExecutor } from './support/executors.ts';
import { eventually } from './support/processes.ts';
import { Amount } from './support/registered.ts';
import { folderOfTest } from './support/workers.ts';

const texts = ['to be or not to be', 'that is the question', 'to sleep to dream'];

describe.each(everyBackend)('on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('words are counted, in order of the words', async () => {
    const counts = executor.reduceByKey(
      (text: string) => text.split(' ').map((word) => [word, 1]),
      texts,
      (a, b) => a + b,
    );
    expect(await counts).toEqual([
      ['be', 2],
      ['dream', 1],
      ['is', 1],
      ['not', 1],
      ['or', 1],
      ['question', 1],
      ['sleep', 1],
      ['that', 1],
      ['the', 1],
      ['to', 4],
    ]);
  });

  test('values come in the order of the calls that gave them, whichever ends first', async () => {
    const groups = await executor.groupBy(
      async function* (call: number, ctx): AsyncGenerator<[number, string]> {
        // The first one ends last.
        if (call === 0) await new Promise((resolve) => setTimeout(resolve, 300));
        for (let i = 0; i < 4; i++) yield [i % 2, `${call}.${i} ${ctx.index}`];
      },
      [0, 1, 2],
      async (key, values, ctx) => ({ key, values: await values.toArray(), attempt: ctx.attempt }),
      { chunksize: 1 },
    );
    expect(groups).toEqual([
      { key: 0, values: ['0.0 0', '0.2 0', '1.0 1', '1.2 1', '2.0 2', '2.2 2'], attempt: 1 },
      { key: 1, values: ['0.1 0', '0.3 0', '1.1 1', '1.3 1', '2.1 2', '2.3 2'], attempt: 1 },
    ]);
  });

  test('two inputs are joined, by values that are read in any order', async () => {
    interface Order {
      readonly customer: number;
      readonly what: string;
    }
    const orders: Order[][] = [
      [
        { customer: 1, what: 'tea' },
        { customer: 3, what: 'jam' },
      ],
      [
        { customer: 1, what: 'milk' },
        { customer: 9, what: 'nothing' },
      ],
    ];
    const rows = await executor.cogroup(
      { map: (part: Order[]) => part.map((order) => [order.customer, order.what]), data: orders },
      {
        map: (names: Map<number, string>) => names,
        data: [
          new Map([
            [1, 'Ada'],
            [2, 'Bob'],
            [3, 'Cy'],
          ]),
        ],
      },
      async (id, whats, names, mark: string) => {
        const [name] = await names.toArray();
        return [id, name, await whats.toArray(), mark];
      },
      { extraArgsReduce: ['!'] },
    );
    expect(rows).toEqual([
      [1, 'Ada', ['tea', 'milk'], '!'],
      [2, 'Bob', [], '!'],
      [3, 'Cy', ['jam'], '!'],
      [9, undefined, ['nothing'], '!'],
    ]);
  });
});

describe('what is grouped', () => {
  const executor = sharedExecutor({});

  test('keys of every type, told apart as in a Map and in order of type and value; arrays by their members', async () => {
    const keys = [
      ['b', 2],
      'z',
      'ä',
      'é\0x',
      -1.5,
      7n,
      undefined,
      true,
      'a',
      ['b'],
      null,
      Number.NaN,
      -0,
      0,
      -7n,
      false,
      '\ud800 alone',
      [],
      ['b', [null, 1n]],
      10,
      '',
      Number.NaN,
      ['b', 2],
      Number.NEGATIVE_INFINITY,
      2n ** 70n,
      1,
      1n,
    ];
    const seen = await executor.groupBy(
      (part: unknown[]) => part.map((key) => [key as string, 1]),
      [keys.slice(0, 9), keys.slice(9)],
      async (key, ones) => [key, (await ones.toArray()).length],
    );
    expect(seen).toEqual([
      [undefined, 1],
      [null, 1],
      [false, 1],
      [true, 1],
      [Number.NEGATIVE_INFINITY, 1],
      [-1.5, 1],
      [0, 2],
      [1, 1],
      [10, 1],
      [Number.NaN, 2],
      [-7n, 1],
      [1n, 1],
      [7n, 1],
      [2n ** 70n, 1],
      ['', 1],
      ['a', 1],
      ['z', 1],
      ['ä', 1],
      ['é\0x', 1],
      ['\ud800 alone', 1],
      [[], 1],
      [['b'], 1],
      [['b', 2], 2],
      [['b', [null, 1n]], 1],
    ]);
  });

  test('values of any data arrive as they were when they were given', async () => {
    const [values] = await executor.groupBy(
      function* (): Generator<[string, unknown]> {
        const reused = { n: 0, bytes: new Uint8Array(3), at: new Date(5) };
        for (let n = 1; n <= 2; n++) {
          reused.n = n;
          reused.bytes.fill(n);
          yield ['k', reused];
        }
        yield ['k', new Map([['x', new Set([1n])]])];
        yield ['k', 'text \ud800'];
        yield ['k', undefined];
        yield ['k', 'x'.repeat(300_000)]; // longer than any block
      },
      [0],
      (_key, values) => values.toArray(),
    );
    expect(values).toEqual([
      { n: 1, bytes: new Uint8Array([1, 1, 1]), at: new Date(5) },
      { n: 2, bytes: new Uint8Array([2, 2, 2]), at: new Date(5) },
      new Map([['x', new Set([1n])]]),
      'text \ud800',
      undefined,
      'x'.repeat(300_000),
    ]);
  });

  test('values of registered classes, however many functions have loaded the module that registers them', async () => {
    // One group for each way of loading it: the map's function and the reduction's have copies of their own.
    for (const round of [1, 2]) {
      const sums = await executor.groupBy(
        (call: number): [string, Amount][] => [['all', new Amount(call * round)]],
        Array.from({ length: 30 }, (_, call) => call),
        async (_key, values) => {
          let sum = new Amount(0);
          for await (const value of values) sum = sum.plus(value);
          return sum.cents;
        },
      );
      expect(sums).toEqual([435 * round]);
      expect(await executor.map((cents: number) => new Amount(cents), [7])).toEqual([new Amount(7)]);
    }
  });

  test('nothing: no calls, calls without pairs, and no call for them', async () => {
    const none = executor.groupBy(
      (x: number): [number, number][] => [[x, x]],
      [],
      (key) => key,
    );
    expect(await none).toEqual([]);
    const empty = executor.groupBy(
      (): [number, number][] => [],
      [1, 2],
      (key) => key,
    );
    expect(await empty).toEqual([]);
    expect(empty.reduceJob.length).toBe(0);
  });

  test('one key that has everything, combined where it is given: the reducer reads one value', async () => {
    const sums = executor.groupBy(
      function* (call: number): Generator<[string, { sum: number; count: number }]> {
        for (let i = 0; i < 20_000; i++) yield ['all', { sum: call, count: 1 }];
      },
      [1, 2, 3],
      async (key, values) => [key, await values.toArray()],
      { memory: '1MiB', combine: (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count }) },
    );
    expect(await sums).toEqual([['all', [{ sum: 120_000, count: 60_000 }]]]);
  });

  test('what is combined is combined in order: it need not be commutative', async () => {
    const joined = executor.reduceByKey(
      (call: number) => [0, 1, 2, 3].map((i) => [i % 2, `${call}${i} `]),
      [0, 1, 2, 3],
      (a, b) => a + b,
    );
    expect(await joined).toEqual([
      [0, '00 02 10 12 20 22 30 32 '],
      [1, '01 03 11 13 21 23 31 33 '],
    ]);
  });

  test('more runs than are merged at a time: in several passes, in order', async () => {
    // 1 MiB has room for windows of eight runs.
    const groups = await executor.groupBy(
      (call: number) => Array.from({ length: 50 }, (_, i) => [i % 5, call]),
      Array.from({ length: 70 }, (_, call) => call),
      async (key, calls) => {
        const all = await calls.toArray();
        return [key, all.length, all.every((call, i) => i === 0 || call >= all[i - 1]!)];
      },
      { memory: '1MiB', partitions: 2 },
    );
    expect(groups).toEqual([0, 1, 2, 3, 4].map((key) => [key, 700, true]));
  });

  test('options: partitions are calls, extra arguments go to both functions', async () => {
    const job = executor.groupBy(
      (x: number, offset: number) => [[x + offset, x]],
      Array.from({ length: 40 }, (_, x) => x),
      async (key, values, factor: number) => key * factor + (await values.toArray())[0]!,
      { partitions: 7, extraArgs: [100], extraArgsReduce: [1000] },
    );
    expect(await job).toEqual(Array.from({ length: 40 }, (_, x) => (x + 100) * 1000 + x));
    expect(job.reduceJob.length).toBe(7);
    expect(job.mapJobs).toEqual([job.mapJob]);
  });

  test('values are read once, and while the function runs', async () => {
    const twice = executor.groupBy(
      () => [['k', 1]],
      [0],
      async (_key, values) => [await values.toArray(), await values.toArray()],
    );
    await expect(twice).rejects.toThrow(/values of a key are read once.*toArray/);
    const late = executor.groupBy(
      () => ['a', 'b'].map((key) => [key, 1]),
      [0],
      async (key, values) => {
        const all = globalThis as { left?: AsyncIterator<number> };
        if (key === 'b') return await all.left!.next();
        all.left = values[Symbol.asyncIterator]();
        return 0;
      },
      { partitions: 1 },
    );
    await expect(late).rejects.toThrow(/there until its function returns/);
  });

  test('values themselves are no result', async () => {
    const returned = executor.groupBy(
      (x: number): [string, number][] => [['k', x]],
      [1],
      (_key, values) => values,
    );
    await expect(returned).rejects.toThrow('gave its values back, which are there while it runs');
  });

  test('a function may leave values unread', async () => {
    const keys = executor.groupBy(
      () => Array.from({ length: 30_000 }, (_, i) => [i % 3, `value ${i}`]),
      [0, 1],
      async (key, values) => {
        for await (const first of values) return [key, first];
        return undefined;
      },
    );
    expect(await keys).toEqual([0, 1, 2].map((key) => [key, `value ${key}`]));
  });
});

test('executors within functions group too', async () => {
  const executor = executorOf({ workers: 1 });
  const counts = executor.callAsync(
    (all: string[]) =>
      executor.reduceByKey(
        (text: string) => text.split(' ').map((word) => [word, 1]),
        all,
        (a, b) => a + b,
      ),
    texts,
  );
  expect((await counts).at(-1)).toEqual(['to', 4]);
});

test('runs are gone when the groups have been reduced, and all else when the executor is', async () => {
  const folder = await folderOfTest();
  const executor = executorOf({ storage: `file:${folder}` });
  const objects = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const runs = (): string[] => objects().filter((path) => path.includes('/runs/'));
  const gate = join(await mkdtemp(join(tmpdir(), 'skein-test-')), 'open');
  onTestFinished(() => rm(gate, { recursive: true, force: true }));
  const job = executor.groupBy(
    (x: number) => [[x % 2, x]],
    [1, 2, 3, 4],
    async (key, values, path: string) => {
      const { existsSync } = await import('node:fs');
      while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
      return [key, await values.toArray()];
    },
    { extraArgsReduce: [gate] },
  );
  await executor.wait(job.mapJob);
  await eventually(() => runs().length === 4, 'each call has stored a run');
  // What finished jobs have left goes; these runs are still to be read.
  await executor.clean();
  expect(runs()).toHaveLength(4);
  const { writeFile } = await import('node:fs/promises');
  await writeFile(gate, '');
  expect(await job).toEqual([
    [0, [2, 4]],
    [1, [1, 3]],
  ]);
  await eventually(() => runs().length === 0, 'the runs are gone');
  await executor.close();
  expect(objects()).toEqual([]);
});
