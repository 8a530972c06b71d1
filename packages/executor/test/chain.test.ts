import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CallCancelledError } from '../src/index.ts';
import { everyBackend, executorOf, sharedExecutor } from './support/executors.ts';
import { Point } from './support/helper.ts';
import { total } from './support/loads.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(everyBackend)('chains, on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('job.map runs on the results of a job, and so on', async () => {
    const last = executor
      .map((x: number) => x + 1, [1, 2, 3])
      .map((x) => x * 10)
      .map((x, suffix: string) => `${x}${suffix}`, { extraArgs: ['!'] });
    expect(await last).toEqual(['20!', '30!', '40!']);
    expect(last.length).toBe(3);
  });

  test('what is large goes from worker to worker through storage, and is there for the client too', async () => {
    const first = executor.map((n: number) => new Uint8Array(2 * 2 ** 20).fill(n), [1, 2]);
    const sums = first.map((bytes) => bytes.reduce((sum, byte) => sum + byte, 0));
    expect(await sums).toEqual([2 * 2 ** 20, 4 * 2 ** 20]);
    expect((await first)[1]!.every((byte) => byte === 2)).toBe(true);
    // Asked for after it was read here.
    expect(await first.map((bytes) => bytes[7])).toEqual([1, 2]);
  });

  test('large results that hold objects of user classes arrive as such', async () => {
    const first = executor.map(
      (n: number) => ({ point: new Point(3 * n, 4 * n), bytes: new Uint8Array(2 * 2 ** 20) }),
      [1, 2],
    );
    const norms = first.map(({ point }) => [point instanceof Point, point.norm()]);
    expect(await norms).toEqual([
      [true, 5],
      [true, 10],
    ]);
  });

  test('a call that fails fails those that depend on it, with the same error, and no others', async () => {
    const first = executor.map(
      (x: number) => {
        if (x === 2) throw new RangeError('two');
        return x;
      },
      [1, 2, 3],
    );
    const second = first.map((x) => x * 10);
    const outcomes = await Promise.allSettled(second.futures);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 10 },
      { status: 'rejected', reason: expect.objectContaining({ name: 'RangeError', message: 'two' }) },
      { status: 'fulfilled', value: 30 },
    ]);
    await expect(second.map((x) => x + 1)).rejects.toThrow('two');
  });

  test('futures are inputs, among other items and of other jobs', async () => {
    const one = executor.callAsync(async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return x;
    }, 1);
    const job = executor.map((x: number) => x * 2, [10, 20]);
    const sum = executor.map((x: number) => x + 1, [one, 5, ...job.futures]);
    expect(await sum).toEqual([2, 6, 21, 41]);
    expect(await executor.callAsync((x: number) => x + 1, one)).toBe(2);
  });

  test('mapReduce hands over large results without the client, and reduces by group', async () => {
    const bytes = (n: number): Uint8Array => new Uint8Array(1.5 * 2 ** 20).fill(n);
    const total = executor.mapReduce(
      bytes,
      [1, 2, 3],
      (all: Uint8Array[], scale: number) => all.reduce((sum, one) => sum + one[0]! * scale, 0),
      { extraArgsReduce: [100] },
    );
    expect(await total).toBe(600);
    const byParity = executor.mapReduce(
      (x: number) => x * x,
      [1, 2, 3, 4, 5],
      (squares: number[]) => squares,
      { reducerOnePerObject: (x: number) => x % 2 },
    );
    expect(await byParity).toEqual([
      [1, 9, 25],
      [4, 16],
    ]);
  });

  test('starmap spreads each item into the arguments', async () => {
    const power = (base: number, exponent: number, offset: number): number => base ** exponent + offset;
    const results = await executor.starmap(
      power,
      [
        [2, 3],
        [3, 2],
      ] as const,
      { extraArgs: [1] },
    );
    expect(results).toEqual([9, 10]);
    const context = await executor.starmap((a: number, b: number, ctx) => [a + b, ctx.index], [
      [1, 2],
      [3, 4],
    ] as [number, number][]);
    expect(context).toEqual([
      [3, 0],
      [7, 1],
    ]);
    const wrong = executor.starmap((a: number) => a, [[1], 2] as unknown as [number][]);
    expect(await wrong.futures[0]).toBe(1);
    await expect(wrong.futures[1]).rejects.toThrow(
      /items of a starmap are arrays .* item 1 is of type number/,
    );
  });
});

test('a stage does not wait for a straggler of the one before', async () => {
  const executor = executorOf();
  const first = executor.map(
    async (x: number) => {
      if (x === 0) await new Promise((resolve) => setTimeout(resolve, 2_000));
      return x;
    },
    [0, 1, 2, 3],
  );
  const second = first.map((x) => x * 2);
  expect(await Promise.all([1, 2, 3].map((i) => second.futures[i]))).toEqual([2, 4, 6]);
  expect(first.futures[0]!.done).toBe(false);
  expect(await second).toEqual([0, 2, 4, 6]);
});

test('a chain follows a job whose input is read as it comes, and ends with it', async () => {
  const executor = executorOf();
  async function* numbers(): AsyncGenerator<number> {
    for (let i = 0; i < 20; i++) {
      await sleep(5);
      yield i;
    }
  }
  expect(await executor.map((x: number) => x, numbers()).map((x) => x * x)).toEqual(
    Array.from({ length: 20 }, (_, i) => i * i),
  );
  const streamed: number[] = [];
  const stream = executor.map((x: number) => x + 1, [1, 2, 3], { stream: true });
  for await (const x of stream.map((y) => y * 2, { stream: true })) streamed.push(x);
  expect(streamed).toEqual([4, 6, 8]);
});

test('data that breaks breaks the chain; a cancelled job cancels it', async () => {
  const executor = executorOf();
  function* broken(): Generator<number> {
    yield 1;
    throw new Error('no more');
  }
  const chain = executor.map((x: number) => x, broken()).map((x) => x + 1);
  await expect(chain).rejects.toThrow(/the data threw after 1 item: no more/);
  const first = executor.map(async () => new Promise(() => {}), [1, 2]);
  const second = first.map(() => 1);
  setTimeout(() => first.cancel(), 100);
  await expect(second).rejects.toBeInstanceOf(CallCancelledError);
});

test('a reduction of nothing, of failures, and its refusals', async () => {
  const executor = executorOf();
  expect(
    await executor.mapReduce(
      (x: number) => x,
      [],
      (all: number[]) => all.length,
    ),
  ).toBe(0);
  const failing = executor.mapReduce(
    (x: number) => {
      if (x === 1) throw new Error('one');
      return x;
    },
    [0, 1, 2],
    (all: number[]) => all.length,
  );
  await expect(failing).rejects.toThrow('one');
  expect(() =>
    executor.mapReduce(
      (x: number) => x,
      [1],
      (all: number[]) => all,
      { reducerOnePerObject: true },
    ),
  ).toThrow(/reducerOnePerObject: true is for data that knows its objects/);
  await executor.close();
});

test('a reduction that fails before its data has ended has been heard of by who awaits it', async () => {
  const executor = executorOf();
  async function* data(): AsyncGenerator<number> {
    yield 1;
    await sleep(400);
    yield 2;
  }
  const failing = executor.mapReduce(
    (x: number) => {
      if (x === 1) throw new Error('one');
      return x;
    },
    data(),
    (all: number[]) => all.length,
  );
  await expect(failing).rejects.toThrow('one');
  await executor.close();
});

describe.each(everyBackend)('futures that travel, on %s', (_name, options) => {
  test('a function closes over a future, and awaits it where it runs', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const slow = executor.callAsync(async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return new Point(x, x);
    }, 3);
    const failed = executor.callAsync(() => {
      throw new RangeError('not this one');
    });
    const uses = executor.map(
      async (x: number) => {
        const point = await slow;
        const reason = await failed.result().catch((error: unknown) => (error as Error).message);
        return [x + point.x, point instanceof Point, reason, slow.done];
      },
      [1, 2],
    );
    expect(await uses).toEqual([
      [4, true, 'not this one', true],
      [5, true, 'not this one', true],
    ]);
  });

  test('an item holds futures within, and an extra argument is one', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const one = executor.callAsync(async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return x;
    }, 1);
    const two = executor.callAsync((x: number) => x, 2);
    const sum = executor.map(
      async (item: { parts: PromiseLike<number>[] }, factor: PromiseLike<number>) => {
        const parts = await Promise.all(item.parts);
        return parts.reduce((total, part) => total + part, 0) * (await factor);
      },
      [{ parts: [one, two] }, { parts: [two] }],
      { extraArgs: [two] },
    );
    expect(await sum).toEqual([6, 4]);
  });
});

describe.each(everyBackend)('speculation, on %s', (_name, options) => {
  test('a straggler runs a second time, and the first result stands', async () => {
    const executor = executorOf(options);
    const file = join(await mkdtemp(join(tmpdir(), 'skein-test-')), 'runs');
    const started = Date.now();
    const job = executor.map(
      async (x: number) => {
        appendFileSync(file, `${x}\n`);
        const runs = readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line === String(x)).length;
        if (x === 5 && runs === 1) await new Promise((resolve) => setTimeout(resolve, 20_000));
        await new Promise((resolve) => setTimeout(resolve, 50));
        return [x, runs];
      },
      [0, 1, 2, 3, 4, 5],
      { speculate: true },
    );
    expect(await job).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 2],
    ]);
    expect(Date.now() - started).toBeLessThan(15_000);
    await executor.close();
    await rm(dirname(file), { recursive: true });
  });
});

test('workers load the reducer before the map has ended, when enough of it has', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-test-'));
  const trace = join(folder, 'loaded');
  process.env['SKEIN_TEST_TRACE'] = trace;
  try {
    const executor = executorOf();
    const reduction = executor.mapReduce(
      async (x: number) => {
        const loaded = (): boolean => existsSync(trace);
        for (const end = Date.now() + 20_000; x === 3 && !loaded() && Date.now() < end; )
          await new Promise((resolve) => setTimeout(resolve, 10));
        return x === 3 ? Number(loaded()) : 10;
      },
      [0, 1, 2, 3],
      (numbers: number[]) => total(numbers),
      { spawnReducer: 75 },
    );
    expect(await reduction).toBe(31);
    await executor.close();
  } finally {
    delete process.env['SKEIN_TEST_TRACE'];
    await rm(folder, { recursive: true });
  }
});
