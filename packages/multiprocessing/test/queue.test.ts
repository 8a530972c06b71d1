import { describe, expect, test } from 'vitest';
import { Condition, Lock, Pipe, Process, Queue, SimpleQueue } from '../src/index.ts';
import { everywhere } from './support/environments.ts';
import { eventually, failure, timed } from './support/helpers.ts';

everywhere('a queue', (environment) => {
  test('has room for so many, and says when it has not', async () => {
    const { context } = environment;
    const queue = new context.Queue<number>(6);
    const [start, goOn] = [new context.Event(), new context.Event()];
    const taker = new context.Process({
      target: async (from: typeof queue, begin: typeof start, end: typeof goOn) => {
        await begin.wait();
        for (let i = 0; i < 6; i++) await from.get();
        await end.set();
      },
      args: [queue, start, goOn],
      daemon: true,
    });
    taker.start();
    expect([await queue.empty(), await queue.full()]).toEqual([true, false]);
    await queue.put(1);
    await queue.put(2, { block: true });
    await queue.put(3, { timeoutMs: 1000 });
    await queue.put(4, { block: false });
    await queue.put(5, { block: false, timeoutMs: 5 });
    await queue.putNowait(6);
    expect([await queue.empty(), await queue.full()]).toEqual([false, true]);
    for (const options of [
      { block: false },
      { block: false, timeoutMs: 900 },
      { timeoutMs: 0 },
      { timeoutMs: -1 },
    ])
      expect(await failure(queue.put(7, options))).toMatchObject({ name: 'Full', code: 'full' });
    expect((await failure(queue.putNowait(7))).name).toBe('Full');
    expect(await timed(() => failure(queue.put(7, { timeoutMs: 200 })))).toBeGreaterThan(190);
    await start.set();
    await goOn.wait();
    expect([await queue.empty(), await queue.full()]).toEqual([true, false]);
    await taker.join();
  });

  test('gives what others put, in their order, or says that there is nothing', async () => {
    const { context } = environment;
    const queue = new context.Queue<number>();
    for (let i = 0; i < 5; i++) await queue.put(i);
    const putter = new context.Process({
      target: async (to: typeof queue) => {
        for (let i = 5; i < 10; i++) await to.put(i);
      },
      args: [queue],
    });
    putter.start();
    for (let i = 0; i < 10; i++) expect(await queue.get({ timeoutMs: 20_000 })).toBe(i);
    await putter.join();
    expect(await queue.empty()).toBe(true);
    for (const options of [{ block: false }, { block: false, timeoutMs: 900 }, { timeoutMs: 0 }])
      expect(await failure(queue.get(options))).toMatchObject({ name: 'Empty', code: 'empty' });
    expect((await failure(queue.getNowait())).name).toBe('Empty');
    expect(await timed(() => failure(queue.get({ timeoutMs: 200 })))).toBeGreaterThan(190);
  });

  test('counts, and takes anything that travels', async () => {
    const { context } = environment;
    const queue = new context.Queue<unknown>();
    const inner = new context.Queue<string>();
    const values = [undefined, null, Number.NaN, 7n, 'text', [1, { a: new Date(5) }], new Map([[1, 2]])];
    for (const value of values) await queue.put(value);
    expect(await queue.qsize()).toBe(values.length);
    for (const value of values) expect(await queue.get()).toEqual(value);
    await queue.put(inner);
    const travelled = (await queue.get()) as typeof inner;
    await travelled.put('by way of a queue');
    expect(await inner.get()).toBe('by way of a queue');
    expect(await queue.qsize()).toBe(0);
  });

  test('brings what is shared to processes that have not heard of it, and from them', async () => {
    const { context } = environment;
    const [there, back] = [new context.Queue<unknown>(), new context.Queue<unknown>()];
    await using manager = new context.Manager();
    const shared = [
      new context.Queue(),
      new context.JoinableQueue(),
      new context.SimpleQueue(),
      new context.Lock(),
      new context.RLock(),
      new context.Semaphore(),
      new context.BoundedSemaphore(),
      new context.Event(),
      new context.Condition(),
      new context.Barrier(2),
      new context.Value('i'),
      new context.Array('i', 1),
      new context.RawValue('i'),
      new context.RawArray('i', 1),
      manager.list(),
      manager.dict(),
      manager.Namespace(),
      ...context.Pipe(),
    ];
    const made = new context.Process({
      target: async (from: typeof there, to: typeof back) => {
        for (let item = await from.get(); item !== 'end'; item = await from.get()) await to.put(item);
        // Its own are known elsewhere as well.
        for (const own of [new Lock(), new Condition(), new SimpleQueue(), Pipe()[0]]) await to.put(own);
      },
      args: [there, back],
    });
    made.start();
    for (const item of [...shared, 'end']) await there.put(item);
    const like = [...shared, new Lock(), new Condition(), new SimpleQueue(), Pipe()[0]];
    for (const one of like) expect(await back.get({ timeoutMs: 20_000 })).toBeInstanceOf(one.constructor);
    await made.join();
    expect(made.error).toBeUndefined();
  });

  test('loses and doubles nothing among several that put and several that take', async () => {
    const { context } = environment;
    const queue = new context.Queue<readonly [number, number]>(10);
    const taken = new context.Queue<readonly [number, number]>();
    const each = 40;
    const putters = [0, 1].map(
      (who) =>
        new context.Process({
          target: async (to: typeof queue) => {
            for (let i = 0; i < each; i++) await to.put([who, i]);
          },
          args: [queue],
        }),
    );
    const takers = [0, 1].map(
      () =>
        new context.Process({
          target: async (from: typeof queue, out: typeof taken) => {
            for (;;) {
              const item = await from.get();
              if (item[1] < 0) return;
              await out.put(item);
            }
          },
          args: [queue, taken],
        }),
    );
    for (const one of [...putters, ...takers]) one.start();
    for (const putter of putters) await putter.join();
    for (const _ of takers) await queue.put([0, -1]);
    for (const taker of takers) await taker.join();
    const items: (readonly [number, number])[] = [];
    while (!(await taken.empty())) items.push(await taken.get());
    const expected = [0, 1].flatMap((who) => Array.from({ length: each }, (_, i) => `${who} ${i}`));
    expect(items.map(([who, i]) => `${who} ${i}`).toSorted()).toEqual(expected.toSorted());
  });

  test('is joined when all that was put has been worked off', async () => {
    const { context } = environment;
    const queue = new context.JoinableQueue<number | null>();
    const done = new context.Value('i', 0);
    const workers = [0, 1].map(
      () =>
        new context.Process({
          target: async (from: typeof queue, count: typeof done) => {
            for (;;) {
              if ((await from.get()) === null) return;
              await count.add(1);
              await from.taskDone();
            }
          },
          args: [queue, done],
          daemon: true,
        }),
    );
    for (const worker of workers) worker.start();
    for (let i = 0; i < 10; i++) await queue.put(i);
    expect(await queue.join()).toBe(true);
    expect(await done.get()).toBe(10);
    for (const _ of workers) await queue.put(null);
    for (const worker of workers) await worker.join();
    expect(await queue.join({ timeoutMs: 10 })).toBe(false);
    await queue.taskDone();
    await queue.taskDone();
    expect(await failure(queue.taskDone())).toMatchObject({ name: 'ProcessError', code: 'too-often' });
  });

  test('gives again what a process has taken that died before it was done, if it is to', async () => {
    const { context } = environment;
    const queue = new context.JoinableQueue<number>(0, { redeliver: true });
    const took = new context.Event();
    for (let i = 0; i < 3; i++) await queue.put(i);
    const dying = new context.Process({
      target: async (from: typeof queue, event: typeof took) => {
        await from.get();
        await from.taskDone();
        await from.get();
        await event.set();
        for (;;) await from.join();
      },
      args: [queue, took],
    });
    dying.start();
    await took.wait();
    expect(await queue.get()).toBe(2);
    dying.kill();
    // Not 0, which was done; and before anything that comes later.
    await eventually(async () => (await queue.qsize()) === 1);
    await queue.put(3);
    expect([await queue.get(), await queue.get()]).toEqual([1, 3]);
    for (let i = 0; i < 3; i++) await queue.taskDone();
    expect(await queue.join()).toBe(true);
    await dying.join();
  });

  test('has what a process has put before its end, awaited or not', async () => {
    const { context } = environment;
    const [queue, narrow] = [new context.Queue<number>(), new context.Queue<number>(1)];
    const putter = new context.Process({
      target: (many: typeof queue, few: typeof narrow) => {
        for (let i = 0; i < 1000; i++) void many.put(i);
        for (let i = 0; i < 5; i++) void few.put(i);
      },
      args: [queue, narrow],
    });
    putter.start();
    // It lives as long as there is no room.
    await eventually(async () => (await queue.qsize()) === 1000 && narrow.full());
    expect(putter.isAlive()).toBe(true);
    for (let i = 0; i < 5; i++) expect(await narrow.get({ timeoutMs: 20_000 })).toBe(i);
    await putter.join();
    expect(putter.exitCode).toBe(0);
    for (let i = 0; i < 1000; i++) expect(await queue.getNowait()).toBe(i);
  });

  test('has what a task of a pool has put before its end, awaited or not', async () => {
    const { context } = environment;
    const queue = new context.Queue<number>();
    await using pool = new context.Pool(1);
    const put = (x: number): void => void queue.put(x);
    await pool.map(put, [1, 2, 3], 1);
    expect(await queue.qsize()).toBe(3);
  });

  test('is not waited for by a process that has cancelled that', async () => {
    const { context } = environment;
    const queue = new context.Queue<number>(1);
    const putter = new context.Process({
      target: async (to: typeof queue) => {
        const ignore = (): void => {};
        to.put(1).catch(ignore);
        to.put(2).catch(ignore);
        to.cancelJoinThread();
        to.put(3).catch(ignore);
      },
      args: [queue],
    });
    putter.start();
    await putter.join();
    expect(putter.exitCode).toBe(0);
    expect(await queue.qsize()).toBeLessThanOrEqual(1);
  });

  test('joinThread() waits for what was put and not awaited', async () => {
    const { context } = environment;
    const [queue, go] = [new context.Queue<number>(1), new context.Event()];
    const taker = new context.Process({
      target: async (from: typeof queue, begin: typeof go) => {
        await begin.wait();
        for (let i = 0; i < 3; i++) await from.get();
      },
      args: [queue, go],
    });
    taker.start();
    for (let i = 0; i < 3; i++) void queue.put(i);
    queue.close();
    let joined = false;
    const joining = queue.joinThread().then(() => {
      joined = true;
    });
    await eventually(() => queue.full());
    expect(joined).toBe(false);
    await go.set();
    await joining;
    await taker.join();
    expect(taker.exitCode).toBe(0);
  });

  test('that this process has closed is closed for it alone', async () => {
    const { context } = environment;
    const queue = new context.Queue<number>();
    await queue.put(1);
    const taker = new context.Process({
      target: async (from: typeof queue) => process.exit(await from.get()),
      args: [queue],
    });
    expect(await failure(queue.joinThread())).toMatchObject({ code: 'wrong-state' });
    taker.start();
    queue.close();
    for (const use of [() => queue.put(2), () => queue.get()])
      expect(await failure(use())).toMatchObject({ name: 'ProcessError', code: 'closed' });
    await queue.joinThread();
    queue.cancelJoinThread();
    await taker.join();
    expect(taker.exitCode).toBe(1);
  });

  test('may be simple', async () => {
    const { context } = environment;
    const queue = new context.SimpleQueue<number>();
    expect(await queue.empty()).toBe(true);
    const other = new context.Process({ target: (to: typeof queue) => to.put(42), args: [queue] });
    other.start();
    expect(await queue.get()).toBe(42);
    await other.join();
    queue.close();
    expect(await failure(queue.get())).toMatchObject({ code: 'closed' });
  });
});

describe('a queue that cannot be', () => {
  test.each([
    [() => new Queue(1.5), /maxsize is a whole number; 0: any number; got 1.5/],
    [() => new Queue(1, { redeliver: 1 as never }), /redeliver is true or false; got 1/],
    [() => new Queue(1, { redeliver: true }), /redeliver is for a JoinableQueue, which has taskDone\(\)/],
    [
      () => new Queue(1, true as never),
      /what a queue is made of is an object with any of redeliver; got true/,
    ],
  ])('%s is refused', (make, message) => {
    expect(make).toThrow(message);
  });

  test.each([
    [{ block: 1 as never }, /block is true or false; got 1/],
    [{ timeoutMs: 'x' as never }, /timeoutMs is a number of milliseconds; got "x"/],
    [false as never, /how to wait is an object with any of block, timeoutMs, signal; got false/],
    [{ timeout: 5 } as never, /how to wait has no 'timeout'; it knows block, timeoutMs, signal/],
    [{ signal: {} as never }, /signal is an AbortSignal; got a Object/],
  ])('a wait with %j is refused', async (options, message) => {
    const queue = new Queue<number>();
    await expect(queue.get(options)).rejects.toThrow(message);
    await expect(queue.put(1, options)).rejects.toThrow(message);
    expect(await queue.qsize()).toBe(0);
  });

  test('a wait may be given up', async () => {
    const queue = new Queue<number>();
    const controller = new AbortController();
    const waiting = failure(queue.get({ signal: controller.signal }));
    controller.abort(new RangeError('enough'));
    expect((await waiting).message).toBe('enough');
    await queue.put(1);
    expect(await queue.get()).toBe(1);
  });

  test('a process that cannot be sent an argument does not start', () => {
    expect(() => new Process({ target: (_: unknown) => {}, args: [new WeakMap()] }).start()).toThrow(
      /WeakMap/,
    );
  });
});
