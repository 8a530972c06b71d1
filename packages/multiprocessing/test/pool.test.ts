import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { currentProcess, initialized, Pool } from '../src/index.ts';
import { everywhere } from './support/environments.ts';
import { eventually, failure, sleep } from './support/helpers.ts';

const square = (x: number): number => x * x;
const times = (x: number, y: number): number => x * y;
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const squares = (n: number): number[] => numbers(n).map(square);

/** Python's `exception_throwing_generator`: ends with an error when it comes to `when`. */
function* throwing(total: number, when: number): Generator<number> {
  if (when === -1) throw new RangeError('at the start');
  for (let i = 0; i < total; i++) {
    if (i === when) throw new RangeError(`when ${i}`);
    yield i;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

everywhere('a pool', (environment) => {
  let pool: Pool;
  beforeAll(() => {
    pool = new environment.context.Pool(2);
  });
  afterAll(async () => {
    pool.terminate();
    await pool.join();
  });

  test('apply', async () => {
    expect(await pool.apply(square, [5])).toBe(25);
    expect(await pool.apply(() => 'no arguments')).toBe('no arguments');
  });

  test('map, in chunks of any size', async () => {
    expect(await pool.map(square, numbers(6))).toEqual(squares(6));
    expect(await pool.map(square, numbers(60), 20)).toEqual(squares(60));
    expect(await pool.map(square, new Set([3, 1]))).toEqual([9, 1]);
    expect(await pool.map(async (x: number) => x + 1, throwing(4, 9))).toEqual([1, 2, 3, 4]);
  });

  test('starmap', async () => {
    const pairs = numbers(60).map((i): [number, number] => [i, 59 - i]);
    const expected = pairs.map(([x, y]) => times(x, y));
    expect(await pool.starmap(times, pairs.slice(0, 4))).toEqual(expected.slice(0, 4));
    expect(await pool.starmap(times, pairs, 20)).toEqual(expected);
    expect(await pool.starmapAsync(times, pairs, { chunksize: 30 }).get()).toEqual(expected);
  });

  test('mapAsync, with callbacks for the result or the failure', async () => {
    const told: unknown[] = [];
    const tell = (value: unknown): void => void told.push(value);
    const parse = (text: string): number => {
      if (!/^\d+$/.test(text)) throw new TypeError(`${text} is no number`);
      return Number(text);
    };
    const callbacks = { callback: tell, errorCallback: tell };
    expect(await pool.mapAsync(square, numbers(4)).get()).toEqual(squares(4));
    await pool.mapAsync(parse, ['1'], callbacks).wait();
    expect(told).toEqual([[1]]);
    const failed = pool.mapAsync(parse, ['a'], callbacks);
    await failed.wait();
    expect(told[1]).toMatchObject({ name: 'TypeError', message: 'a is no number' });
    expect([failed.ready(), failed.successful()]).toEqual([true, false]);
  });

  test('an empty input gives an empty result', async () => {
    expect(await pool.map(square, [])).toEqual([]);
    expect(await pool.mapAsync(square, [], { chunksize: 1 }).get({ timeoutMs: 20_000 })).toEqual([]);
    expect(await all(pool.imap(square, []))).toEqual([]);
    expect(await all(pool.imapUnordered(square, []))).toEqual([]);
  });

  test('an item that cannot travel fails the map, and hangs nobody', async () => {
    const item = { cache: new WeakMap() } as unknown as number;
    expect((await failure(pool.map(square, [item, item, item]))).name).toBe('CaptureError');
    expect(await pool.apply(square, [3])).toBe(9);
  });

  test('what the input throws is thrown', async () => {
    for (const input of [throwing(1, -1), throwing(1, -1), throwing(10, 3)])
      expect(await failure((async () => pool.map(square, input, 1))())).toMatchObject({ name: 'RangeError' });
  });

  test('an async result is waited for as long as its waiter wants', async () => {
    const result = pool.applyAsync(
      async (x: number) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return x * x;
      },
      [7],
    );
    expect(result.ready()).toBe(false);
    expect(() => result.successful()).toThrow(/is not there yet/);
    expect(await failure(result.get({ timeoutMs: 10 }))).toMatchObject({
      name: 'TimeoutError',
      code: 'timeout',
    });
    await result.wait({ timeoutMs: 1 });
    await result.wait({ timeoutMs: 2 ** 40 });
    expect(result.ready()).toBe(true);
    expect(await result.get()).toBe(49);
    expect([result.ready(), result.successful()]).toEqual([true, true]);
  });

  test('imap gives results in order, as they are asked for', async () => {
    expect(await all(pool.imap(square, numbers(4)))).toEqual(squares(4));
    expect(await all(pool.imap(square, numbers(300), 100))).toEqual(squares(300));
    const results = pool.imap(square, [2, 3]);
    expect([await results.next(), await results.next(), await results.next()]).toEqual([
      { done: false, value: 4 },
      { done: false, value: 9 },
      { done: true, value: undefined },
    ]);
  });

  test('imapUnordered gives them as they come', async () => {
    const results = await all(pool.imapUnordered(square, numbers(40), 10));
    expect(results.toSorted((a, b) => a - b)).toEqual(squares(40));
  });

  test.each([
    [1, -1, 1, 0],
    [10, 3, 1, 3],
    [20, 7, 2, 6],
    [20, 7, 4, 4],
  ])(
    'imap over %d items that end at %d, in chunks of %d, gives %d and then throws',
    async (total, when, chunksize, given) => {
      const results = pool.imap(square, throwing(total, when), chunksize);
      for (let i = 0; i < given; i++) expect(await results.next()).toEqual({ done: false, value: i * i });
      expect((await failure(results.next())).name).toBe('RangeError');
      const unordered = pool.imapUnordered(square, throwing(total, when), chunksize);
      const seen: number[] = [];
      expect(
        await failure(
          (async () => {
            for await (const value of unordered) seen.push(value);
          })(),
        ),
      ).toMatchObject({ name: 'RangeError' });
      for (const value of seen) expect(squares(total)).toContain(value);
    },
  );

  test('imap goes on after a call that failed, and after a wait that was given up', async () => {
    const results = pool.imap(
      async (x: number) => {
        if (x === 1) throw new RangeError('one');
        await new Promise((resolve) => setTimeout(resolve, x));
        return x;
      },
      [0, 1, 400],
    );
    expect(await results.next()).toEqual({ done: false, value: 0 });
    expect((await failure(results.next())).message).toBe('one');
    expect((await failure(results.next({ timeoutMs: 5 }))).name).toBe('TimeoutError');
    expect(await results.next()).toEqual({ done: false, value: 400 });
    expect((await results.next()).done).toBe(true);
  });

  test('imap reads an input without an end no faster than its results are read', async () => {
    let read = 0;
    function* endless(): Generator<number> {
      for (;;) yield read++;
    }
    const results = pool.imap(square, endless());
    for (let i = 0; i < 6; i++) expect(await results.next()).toEqual({ done: false, value: i * i });
    await sleep(100);
    expect(read).toBeLessThan(6 + 40);
    await results.return();
  });

  test('an error is the user’s own, at the user’s line', async () => {
    const error = await failure(
      pool.apply(() => {
        throw new RangeError('123'); // here
      }),
    );
    expect(error).toMatchObject({ name: 'RangeError', message: '123' });
    expect(error.stack).toMatch(/pool\.test\.ts:\d+/);
  });

  test('a map that fails waits for all its tasks', async () => {
    const ended = new environment.context.Value('i', 0);
    const error = await failure(
      pool.map(
        async (x: number) => {
          if (x === 0) throw new RangeError('fast');
          await new Promise((resolve) => setTimeout(resolve, 200));
          await ended.add(1);
        },
        [0, 1],
        1,
      ),
    );
    expect(error.message).toBe('fast');
    expect(await ended.get()).toBe(1);
  });

  test('a result that cannot travel fails its task, and costs no worker', async () => {
    for (let i = 0; i < 3; i++) {
      const error = await failure(pool.apply(() => new WeakMap() as unknown));
      expect(error.message).toContain('WeakMap');
    }
    expect(await pool.map(square, [1, 2])).toEqual([1, 4]);
  });

  test('calls the initializer once in each worker', async () => {
    const { context } = environment;
    const count = new context.Value('i', 0);
    await using own = new context.Pool(2, {
      initializer: async (add: number) => {
        const globals = globalThis as { base?: number };
        globals.base = (globals.base ?? 0) + add;
        await count.add(1);
      },
      initargs: [100],
    });
    const task = (x: number): number => (globalThis as { base?: number }).base! + x;
    expect(await own.map(task, numbers(6), 1)).toEqual(numbers(6).map((x) => 100 + x));
    // Workers that run a call each have one each.
    if (environment.isolation !== 'subprocess') expect(await count.get()).toBeLessThanOrEqual(2);
  });

  test('tasks get what the initializer has given, in every map', async () => {
    await using own = new environment.context.Pool(1, {
      initializer: (base: number) => new Map([['base', base]]),
      initargs: [7],
    });
    const task = (x: number): number => {
      const model = initialized<Map<string, number>>();
      model.set('tasks', (model.get('tasks') ?? 0) + 1);
      return model.get('base')! + x;
    };
    for (let i = 0; i < 2; i++) expect(await own.map(task, [1, 2])).toEqual([8, 9]);
  });

  test('an initializer that throws fails its tasks, again and again', async () => {
    await using own = new environment.context.Pool(1, {
      initializer: () => {
        throw new RangeError('not ready');
      },
    });
    for (let i = 0; i < 2; i++) expect((await failure(own.apply(square, [1]))).message).toBe('not ready');
  });

  test('replaces a worker after so many tasks', async () => {
    await using own = new environment.context.Pool(2, { maxtasksperchild: 3 });
    const pids = await own.map(() => currentProcess().pid, numbers(8), 1);
    const tasks = new Map<number, number>();
    for (const pid of pids) tasks.set(pid, (tasks.get(pid) ?? 0) + 1);
    expect(Math.max(...tasks.values())).toBeLessThanOrEqual(3);
    expect(tasks.size).toBeGreaterThanOrEqual(3);
  });

  test('that is closed runs what it was given, however often its workers are replaced', async () => {
    const own = new environment.context.Pool(2, { maxtasksperchild: 1 });
    const results = numbers(4).map((i) => own.applyAsync(square, [i]));
    const rest = own.imap(square, numbers(4));
    own.close();
    expect(() => own.map(square, [1])).toThrow(/was closed/);
    await own.join();
    expect(await Promise.all(results.map((result) => result.get()))).toEqual(squares(4));
    expect(await all(rest)).toEqual(squares(4));
  });

  test('terminate() ends workers, whatever they do', async () => {
    const own = new environment.context.Pool(2);
    const begun = new environment.context.Event();
    const result = own.mapAsync(
      async () => {
        await begun.set();
        for (;;);
      },
      numbers(1000),
      { chunksize: 1 },
    );
    await begun.wait();
    own.terminate();
    await own.join();
    expect((await failure(result.get())).name).toBe('CallCancelledError');
    await expect((async () => own.map(square, [1]))()).rejects.toThrow(/was terminated/);
  });

  test('terminate() cuts short what join() waits for', async () => {
    const { context } = environment;
    const own = new context.Pool(2);
    const begun = new context.Event();
    const results = own.mapAsync(
      async () => {
        await begun.set();
        for (;;);
      },
      numbers(10),
      { chunksize: 1 },
    );
    const rest = own.imap(square, numbers(10));
    await begun.wait();
    own.close();
    const joined = own.join();
    own.terminate();
    await joined;
    expect((await failure(results.get())).name).toBe('CallCancelledError');
    expect((await failure(rest.next())).name).toBe('CallCancelledError');
  });

  test('imap is over when it was left', async () => {
    const results = pool.imap(square, numbers(100));
    for await (const value of results) if (value > 3) break;
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test('a pool stays in the process that has made it', () => {
    expect(() => pool.apply(() => pool.map(square, [1]))).toThrow(
      /pool.*Pool.* only be used in this process/,
    );
  });

  test('a task whose worker dies fails, and the others do not', async () => {
    if (environment.isolation === 'thread') return; // a thread has no process of its own to kill
    await using own = new environment.context.Pool(2);
    const results = [1, 2, 3].map((x) =>
      own.applyAsync(
        (y: number) => {
          if (y === 2) process.kill(process.pid, 'SIGKILL');
          return y;
        },
        [x],
      ),
    );
    expect(await results[0]!.get()).toBe(1);
    expect((await failure(results[1]!.get())).name).toBe('WorkerLostError');
    expect(await results[2]!.get()).toBe(3);
  });

  test('its workers know who they are', async () => {
    const who = await pool.apply(() => currentProcess());
    expect(who).toMatchObject({ daemon: true, parent: { name: 'MainProcess' } });
    expect(who.name).toMatch(/^PoolWorker-\d+-\d+$/);
  });

  test('shares what it closes over', async () => {
    const { context } = environment;
    const queue = new context.Queue<number>();
    const total = new context.Value('d', 0);
    await pool.map(async (x: number) => {
      await queue.put(x);
      await total.add(x / 2);
    }, numbers(8));
    const got = await Promise.all(numbers(8).map(() => queue.get()));
    expect(got.toSorted((a, b) => a - b)).toEqual(numbers(8));
    expect(await total.get()).toBe(14);
    await eventually(() => queue.empty());
  });
});

test('initialized() is for tasks', () => {
  expect(() => initialized()).toThrow(/this process runs none/);
});

describe('a pool that cannot be', () => {
  test.each([
    [() => new Pool(0), /processes is a whole number from 1; got 0/],
    [() => new Pool(-1), /got -1/],
    [() => new Pool(1, { maxtasksperchild: 0.5 }), /maxtasksperchild is a whole number from 1; got 0.5/],
    [() => new Pool(1, { maxtasksperchild: '12' as never }), /got "12"/],
    [() => new Pool(1, { initializer: 3 as never }), /initializer is a function; got 3/],
    [() => new Pool(1, { initargs: 3 as never }), /initargs is an array; got 3/],
  ])('%s is refused', (make, message) => {
    expect(make).toThrow(message);
  });

  test.each([
    [(pool: Pool) => pool.map(3 as never, [1]), /the task is a function; got 3/],
    [(pool: Pool) => pool.map(square, 3 as never), /the input is an iterable of items; got 3/],
    [(pool: Pool) => pool.map(square, [1], 0), /chunksize is a whole number from 1; got 0/],
    [(pool: Pool) => pool.imap(square, [1], 1.5), /chunksize is a whole number from 1; got 1.5/],
    [
      (pool: Pool) => pool.mapAsync(square, [1], 5 as never),
      /how to map is an object with any of chunksize, .*; got 5/,
    ],
    [(pool: Pool) => pool.apply(square, 4 as never), /args is an array of the arguments; got 4/],
    [(pool: Pool) => pool.applyAsync(square, [1], { callback: 1 as never }), /callback is a function; got 1/],
  ])('%s is refused before anything runs', async (use, message) => {
    await using pool = new Pool(1);
    expect(() => use(pool)).toThrow(message);
  });
});
