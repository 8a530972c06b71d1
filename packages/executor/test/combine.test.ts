/** mapReduce with a combiner: fewer results for the reducer, in the same order, by the same tree whatever ends first. */
import { describe, expect, test } from 'vitest';
import { everyBackend, executorOf, sharedExecutor } from './support/executors.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe.each(everyBackend)('on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('neighbours are combined, and the reducer gets all in order', async () => {
    const job = executor.mapReduce(
      (x: number) => `${x} `,
      range(70),
      (parts) => parts,
      { combine: (a, b) => a + b },
    );
    const text = (from: number, to: number): string =>
      range(to)
        .slice(from)
        .map((x) => `${x} `)
        .join('');
    expect(await job).toEqual([text(0, 32), text(32, 64), ...range(6).map((x) => `${x + 64} `)]);
    expect(job.combineJob!.length).toBe(2);
  });
});

describe('combined results', () => {
  const executor = sharedExecutor({});

  test('of many calls the reducer gets at most 32, of several levels', async () => {
    const job = executor.mapReduce(
      (x: number) => [x],
      range(2_020),
      (parts) => [parts.map(({ length }) => length), parts.flat().every((x, i) => x === i)],
      { combine: (a, b) => [...a, ...b] },
    );
    expect(await job).toEqual([[1_024, 996], true]);
    // 63 of 32 neighbours each and one of the four that are left; and of those 64 two of 32.
    expect(job.combineJob!.length).toBe(66);
  });

  test('few are left as they are; of none the reducer gets none', async () => {
    const job = executor.mapReduce(
      (x: number) => x,
      range(31),
      (parts) => parts,
      { combine: (a, b) => a + b },
    );
    expect(await job).toEqual(range(31));
    expect(job.combineJob!.length).toBe(0);
    const one = executor.mapReduce(
      (x: number) => x,
      range(33),
      (parts) => parts,
      { combine: (a, b) => a + b },
    );
    expect(await one).toEqual([496, 32]);
    const none = executor.mapReduce(
      (x: number) => x,
      [],
      (parts) => parts,
      { combine: (a, b) => a + b },
    );
    expect(await none).toEqual([]);
  });

  test('sums of floating point numbers are the same to the last bit, whichever call ends first', async () => {
    const sum = (pauseMs: number): PromiseLike<number> =>
      executor.mapReduce(
        async (x: number, most: number) => {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * most));
          return 1 / (x + 1) + (x % 7) * 1e10;
        },
        range(200),
        (parts) => parts.reduce((a, b) => a + b),
        { combine: (a, b) => a + b, extraArgs: [pauseMs], chunksize: 1 },
      );
    expect(await sum(5)).toBe(await sum(0));
  });

  test('each group is combined by itself, of data of any length', async () => {
    async function* numbers(): AsyncGenerator<number> {
      yield* range(300);
    }
    const job = executor.mapReduce(
      (x: number) => x,
      numbers(),
      (parts) => [parts.length, parts.reduce((a, b) => a + b)],
      { combine: (a, b) => a + b, reducerOnePerObject: (x: number) => x % 3 },
    );
    // 100 numbers: three of 32 neighbours, and four that are left.
    expect(await job).toEqual([0, 1, 2].map((rest) => [7, 3 * 4_950 + 100 * rest]));
  });

  test('large results are combined where they are', async () => {
    const job = executor.mapReduce(
      (x: number) => new Float64Array(200_000).fill(x),
      range(40),
      (parts) => parts.map((part) => [part.length, part[0], part.at(-1)]),
      { combine: (a, b) => a.map((value, i) => value + b[i]!) },
    );
    expect(await job).toEqual([[200_000, 496, 496], ...range(8).map((x) => [200_000, x + 32, x + 32])]);
  });

  test('a failure of a call, or of combining, is that of the reduction', async () => {
    const executor = executorOf();
    const failing = executor.mapReduce(
      (x: number) => {
        if (x === 50) throw new RangeError('call 50');
        return x;
      },
      range(100),
      (parts) => parts,
      { combine: (a, b) => a + b },
    );
    await expect(failing).rejects.toThrow('call 50');
    const combining = executor.mapReduce(
      (x: number) => x,
      range(100),
      (parts) => parts,
      {
        combine: (a, b) => {
          if (b === 40) throw new RangeError('not 40');
          return a + b;
        },
      },
    );
    await expect(combining).rejects.toThrow('not 40');
    const retried = executor.mapReduce(
      (x: number, ctx) => {
        if (x % 10 === 0 && (ctx as { attempt: number }).attempt === 1) throw new Error('again');
        return x;
      },
      range(100),
      (parts) => parts.reduce((a, b) => a + b),
      { combine: (a, b) => a + b, retries: 1 },
    );
    expect(await retried).toBe(4_950);
    await executor.close();
  });

  test('cancel() ends all three', async () => {
    const job = executor.mapReduce(
      async (x: number) => {
        if (x === 40) await new Promise(() => setInterval(() => {}, 1_000));
        return x;
      },
      range(100),
      (parts) => parts,
      { combine: (a, b) => a + b },
    );
    await job.mapJob.futures[20];
    job.cancel();
    await expect(job).rejects.toMatchObject({ name: 'CallCancelledError' });
    for (const one of [job.mapJob, job.combineJob!, job.reduceJob]) expect(one.done).toBe(true);
  });
});
