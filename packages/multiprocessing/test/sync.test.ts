import { describe, expect, test } from 'vitest';
import { Barrier, Condition, Semaphore } from '../src/index.ts';
import { everywhere } from './support/environments.ts';
import { eventually, failure, sleep, timed } from './support/helpers.ts';

everywhere('locks', (environment) => {
  test('a lock is held once, and released once, by whoever', async () => {
    const { context } = environment;
    const lock = new context.Lock();
    expect(await lock.acquire()).toBe(true);
    expect(await lock.acquire({ block: false })).toBe(false);
    expect(await timed(() => lock.acquire({ timeoutMs: 100 }))).toBeGreaterThan(90);
    const other = new context.Process({ target: (held: typeof lock) => held.release(), args: [lock] });
    other.start();
    await other.join();
    expect(other.exitCode).toBe(0);
    expect(await lock.acquire({ block: false })).toBe(true);
    await lock.release();
    expect(await failure(lock.release())).toMatchObject({ name: 'ProcessError', code: 'too-often' });
    expect(await lock.use(() => lock.acquire({ block: false }))).toBe(false);
    expect(await lock.acquire({ block: false })).toBe(true);
  });

  test('a recursive lock is its process’s, as often as it was acquired', async () => {
    const { context } = environment;
    const lock = new context.RLock();
    for (let i = 0; i < 3; i++) expect(await lock.acquire()).toBe(true);
    expect(await lock.acquire({ block: false })).toBe(true);
    const other = new context.Process({
      target: async (held: typeof lock) => {
        const had = await held.acquire({ block: false });
        const released = await held.release().then(
          () => true,
          () => false,
        );
        process.exit(had || released ? 1 : 7);
      },
      args: [lock],
    });
    other.start();
    await other.join();
    expect(other.exitCode).toBe(7);
    for (let i = 0; i < 4; i++) await lock.release();
    expect(await failure(lock.release())).toMatchObject({ name: 'ProcessError', code: 'not-owner' });
    expect(await lock.use(() => lock.use(() => 'twice'))).toBe('twice');
  });

  test('what a lock protects is changed by one at a time', async () => {
    const { context } = environment;
    const lock = new context.Lock();
    const value = new context.Value('i', 0);
    const add = async (held: typeof lock, shared: typeof value): Promise<void> => {
      for (let i = 0; i < 10; i++) await held.use(async () => shared.set((await shared.get()) + 1));
    };
    const all = [0, 1, 2].map(() => new context.Process({ target: add, args: [lock, value] }));
    for (const one of all) one.start();
    for (const one of all) await one.join();
    expect(await value.get()).toBe(30);
  });

  test('a semaphore has so many permits, and more when it is given more', async () => {
    const { context } = environment;
    for (const semaphore of [new context.Semaphore(2), new context.BoundedSemaphore(2)]) {
      expect(await semaphore.getValue()).toBe(2);
      expect([await semaphore.acquire(), await semaphore.acquire()]).toEqual([true, true]);
      expect(await semaphore.getValue()).toBe(0);
      expect(await semaphore.acquire({ block: false })).toBe(false);
      expect(await timed(() => semaphore.acquire({ timeoutMs: 100 }))).toBeGreaterThan(90);
      await semaphore.release();
      await semaphore.release();
      expect(await semaphore.getValue()).toBe(2);
      expect(await semaphore.use(() => semaphore.getValue())).toBe(1);
    }
    const semaphore = new context.Semaphore(1);
    await semaphore.release(3);
    expect(await semaphore.getValue()).toBe(4);
    expect(await failure(new context.BoundedSemaphore(1).release())).toMatchObject({
      name: 'ProcessError',
      code: 'too-often',
    });
  });

  test('an event is waited for until it is set', async () => {
    const { context } = environment;
    const event = new context.Event();
    expect(await event.isSet()).toBe(false);
    expect(await event.wait({ timeoutMs: 0 })).toBe(false);
    expect(await timed(() => event.wait({ timeoutMs: 100 }))).toBeGreaterThan(90);
    const setter = new context.Process({ target: (it: typeof event) => it.set(), args: [event] });
    setter.start();
    expect(await event.wait()).toBe(true);
    expect(await event.isSet()).toBe(true);
    expect(await event.wait({ timeoutMs: 0 })).toBe(true);
    await event.clear();
    expect(await event.isSet()).toBe(false);
    expect(await event.wait({ timeoutMs: 1 })).toBe(false);
    await setter.join();
  });
});

everywhere('a condition', (environment) => {
  /** Processes that wait for a condition, and what they tell of it. */
  async function sleepers(n: number, timeoutMs?: number) {
    const { context } = environment;
    const condition = new context.Condition();
    const sleeping = new context.Semaphore(0, { owned: false });
    const woken = new context.Semaphore(0, { owned: false });
    const all = Array.from(
      { length: n },
      () =>
        new context.Process({
          target: async (it: Condition, begun: Semaphore, over: Semaphore, limit?: number) => {
            await it.acquire();
            await begun.release();
            await it.wait(limit === undefined ? {} : { timeoutMs: limit });
            await over.release();
            await it.release();
          },
          args: [condition, sleeping, woken, timeoutMs],
          daemon: true,
        }),
    );
    for (const one of all) one.start();
    for (const _ of all) await sleeping.acquire();
    const count = (expected: number): Promise<void> =>
      eventually(async () => (await woken.getValue()) === expected);
    const end = async (): Promise<void> => {
      for (const one of all) await one.join();
    };
    return { condition, woken, count, end };
  }

  test('notify() wakes so many, those who have waited longest', async () => {
    const { condition, woken, count, end } = await sleepers(4);
    await sleep(50);
    expect(await woken.getValue()).toBe(0);
    await condition.use(() => condition.notify());
    await count(1);
    await condition.use(() => condition.notify(2));
    await count(3);
    await condition.use(() => condition.notify(4));
    await count(4);
    await condition.use(() => condition.notify(3));
    await end();
    expect(await woken.getValue()).toBe(4);
  });

  test('notifyAll() wakes all', async () => {
    const { condition, count, end } = await sleepers(3);
    await condition.use(() => condition.notifyAll());
    await count(3);
    await end();
  });

  test('who waits too long goes on, with the lock', async () => {
    const { condition, count, end } = await sleepers(2, 50);
    await count(2);
    await end();
    expect(await condition.use(() => condition.wait({ timeoutMs: 0 }))).toBe(false);
    const took = await timed(() => condition.use(() => condition.wait({ timeoutMs: 100 })));
    expect(took).toBeGreaterThan(90);
  });

  test('waitFor() waits until something is so', async () => {
    const { context } = environment;
    const condition = new context.Condition();
    const state = new context.Value('i', -1);
    const other = new context.Process({
      target: async (it: typeof condition, value: typeof state) => {
        await it.use(async () => {
          await value.set(0);
          await it.notify();
          const isFour = async (): Promise<boolean> => (await value.get()) === 4;
          if (!(await it.waitFor(isFour))) process.exit(1);
        });
      },
      args: [condition, state],
    });
    other.start();
    await condition.use(async () => {
      expect(await condition.waitFor(async () => (await state.get()) === 0)).toBe(true);
    });
    for (let i = 0; i < 4; i++) {
      await condition.use(async () => {
        await state.add(1);
        await condition.notify();
      });
    }
    await other.join();
    expect(other.exitCode).toBe(0);
    await condition.use(async () => {
      expect(await condition.waitFor(async () => (await state.get()) === 5, { timeoutMs: 50 })).toBe(false);
    });
  });

  test('may be of a lock that is there, recursive or not', async () => {
    const { context } = environment;
    for (const lock of [new context.Lock(), new context.RLock()]) {
      const condition = new context.Condition(lock);
      const notifier = new context.Process({
        target: (it: typeof condition) => it.use(() => it.notify()),
        args: [condition],
      });
      await lock.acquire();
      notifier.start();
      expect(await condition.wait()).toBe(true);
      expect(await lock.shared.isHeld()).toBe(true);
      await lock.release();
      await notifier.join();
      expect(notifier.exitCode).toBe(0);
    }
  });

  test('is for who holds the lock', async () => {
    const condition = new environment.context.Condition();
    for (const use of [() => condition.wait(), () => condition.notify(), () => condition.notifyAll()])
      expect(await failure(use())).toMatchObject({ name: 'ProcessError', code: 'not-owner' });
  });
});

everywhere('a barrier', (environment) => {
  const parties = 3;

  /** Runs a function here and in as many processes as are missing, and waits for all. */
  async function together<A extends readonly unknown[]>(
    fn: (...args: A) => unknown,
    args: readonly [...A],
  ): Promise<void> {
    const others = Array.from(
      { length: parties - 1 },
      () => new environment.context.Process<A>({ target: fn, args }),
    );
    for (const one of others) one.start();
    await fn(...(args as unknown as A));
    for (const one of others) {
      await one.join();
      if (one.exitCode !== 0) throw one.error;
    }
  }

  test('is passed in lockstep, again and again', async () => {
    const { context } = environment;
    const barrier = new context.Barrier(parties, { timeoutMs: 30_000 });
    const counts = [new context.Value('i', 0), new context.Value('i', 0)] as const;
    await together(
      async (it: typeof barrier, [before, after]: typeof counts) => {
        for (let round = 0; round < 5; round++) {
          await before.add(1);
          if ((await after.get()) !== round * it.parties) throw new Error('somebody was early');
          await it.wait();
          await after.add(1);
          if ((await before.get()) !== (round + 1) * it.parties) throw new Error('somebody was late');
          await it.wait();
        }
      },
      [barrier, counts],
    );
    expect([await barrier.nWaiting(), await barrier.broken()]).toEqual([0, false]);
  });

  test('gives each its place, and runs its action once a round', async () => {
    const { context } = environment;
    const places = new context.Queue<number>();
    const acted = new context.Value('i', 0);
    const barrier = new context.Barrier(parties, { action: () => acted.add(1) });
    await together(
      async (it: typeof barrier, out: typeof places, count: typeof acted) => {
        await out.put(await it.wait());
        if ((await count.get()) !== 1) throw new Error('the action did not come first');
      },
      [barrier, places, acted],
    );
    const got = [await places.get(), await places.get(), await places.get()];
    expect(got.toSorted()).toEqual([0, 1, 2]);
  });

  test('that is aborted is broken until it is reset', async () => {
    const { context } = environment;
    const [barrier, again] = [new context.Barrier(parties), new context.Barrier(parties)];
    const broken = new context.Value('i', 0);
    await together(
      async (it: typeof barrier, second: typeof again, count: typeof broken) => {
        const place = await it.wait();
        try {
          if (place === 1) await it.abort();
          else await it.wait();
        } catch (error) {
          if ((error as Error).name === 'BrokenBarrierError') await count.add(1);
        }
        if ((await second.wait()) === 1) await it.reset();
        await second.wait();
        await it.wait();
      },
      [barrier, again, broken],
    );
    expect(await broken.get()).toBe(parties - 1);
    expect(await barrier.broken()).toBe(false);
    await barrier.abort();
    expect(await barrier.broken()).toBe(true);
    expect(await failure(barrier.wait())).toMatchObject({
      name: 'BrokenBarrierError',
      code: 'broken-barrier',
    });
  });

  test('that is reset lets those go who wait, and begins anew', async () => {
    const { context } = environment;
    const barrier = new context.Barrier(parties);
    const broken = new context.Value('i', 0);
    await together(
      async (it: typeof barrier, count: typeof broken) => {
        if ((await it.wait()) === 1) {
          while ((await it.nWaiting()) < it.parties - 1);
          await it.reset();
        } else
          await it.wait().catch(async (error: Error) => {
            if (error.name === 'BrokenBarrierError') await count.add(1);
          });
        await it.wait();
      },
      [barrier, broken],
    );
    expect(await broken.get()).toBe(parties - 1);
  });

  test('who waits too long breaks it for all', async () => {
    const barrier = new environment.context.Barrier(parties, { timeoutMs: 150 });
    const waiting = [barrier.wait(), barrier.wait({ timeoutMs: 20_000 })].map(failure);
    for (const error of await Promise.all(waiting)) expect(error.name).toBe('BrokenBarrierError');
    expect(await barrier.broken()).toBe(true);
  });

  test('of one is passed at once', async () => {
    const barrier = new environment.context.Barrier(1);
    expect([await barrier.wait(), await barrier.wait()]).toEqual([0, 0]);
  });
});

describe('locks that cannot be', () => {
  test.each([
    [() => new Semaphore(-1), /value is a whole number from 0; got -1/],
    [() => new Barrier(0), /parties is a whole number from 1; got 0/],
    [() => new Barrier(2, { action: 1 as never }), /action is a function; got 1/],
    [() => new Barrier(2, { timeoutMs: Number.NaN }), /timeoutMs is a number of milliseconds; got NaN/],
    [() => new Semaphore(1, { owned: 5 as never }), /owned is true or false; got 5/],
    [() => new Condition({} as never), /lock is a Lock or an RLock; got a Object/],
  ])('%s is refused', (make, message) => {
    expect(make).toThrow(message);
  });

  test('nor uses of them', async () => {
    await expect(new Semaphore().release(0)).rejects.toThrow(/how many permits to give, from 1; got 0/);
    await expect(new Condition().notify(-1)).rejects.toThrow(/how many to notify; got -1/);
    await expect(new Barrier(1).wait(5 as never)).rejects.toThrow(/how to wait is an object .*; got 5/);
  });
});
