/** Shared objects in calls of an executor: handles travel, and what a call holds ends with it, however it ends. */
import { connect, type Dso } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchNode, type StartedNode } from '../support/processes.ts';

describe.each(['embedded', 'server'] as const)('with %s objects', (where) => {
  let node: StartedNode | undefined;
  let dso: Dso;
  let executor: FunctionExecutor;
  beforeAll(async () => {
    if (where === 'server') node = await launchNode();
    dso = await connect(node?.url);
    executor = new FunctionExecutor({ workers: 2 });
  }, 60_000);
  beforeEach(() => dso.clear());
  afterAll(async () => {
    await executor.close().catch(() => {});
    await dso.close();
    await node?.kill();
  });

  test('three calls that count get 1, 2 and 3', async () => {
    const hits = dso.counter('hits');
    const got = await executor.map(() => hits.increment(), ['a', 'b', 'c']);
    expect(got.sort()).toEqual([1, 2, 3]);
    expect(await hits.tally()).toBe(3);
  });

  test('a handle is the same object captured, as argument, as result, in another object and in a field', async () => {
    class Clerk {
      readonly till;
      constructor(till: ReturnType<Dso['counter']>) {
        this.till = till;
      }
      count(): Promise<number> {
        return this.till.increment();
      }
    }
    const till = dso.counter('till');
    const drawers = dso.map<string, typeof till>('drawers');
    await drawers.set('first', till);
    const clerk = new Clerk(till);
    expect(await executor.callAsync(() => till.increment())).toBe(1);
    expect(await executor.callAsync((it: typeof till) => it.increment(), till)).toBe(2);
    expect(await executor.callAsync(() => clerk.count())).toBe(3);
    expect(await executor.callAsync(async () => (await drawers.get('first'))?.increment())).toBe(4);
    const back = await executor.callAsync(() => till);
    expect(await back.increment()).toBe(5);
    const made = await executor.callAsync(async () => {
      await drawers.set('second', till);
      return true;
    });
    expect(made).toBe(true);
    expect(await (await drawers.get('second'))?.increment()).toBe(6);
  });

  describe('a lock that a call does not release is free when the call has ended, although its worker lives', () => {
    // One worker: whoever takes it next is not helped by the end of a process.
    const soon = { timeoutMs: 8000 };

    test('by returning', async () => {
      const lock = dso.lock('till');
      const pid = await executor.callAsync(async () => {
        await lock.acquire();
        return process.pid;
      });
      await lock.release(await lock.acquire(soon));
      expect(() => process.kill(pid, 0)).not.toThrow();
    });

    test('by throwing', async () => {
      const lock = dso.lock('till');
      const call = executor.callAsync(async () => {
        await lock.acquire();
        throw new RangeError('on purpose');
      });
      await expect(Promise.resolve(call)).rejects.toThrow('on purpose');
      await lock.release(await lock.acquire(soon));
    });

    test('also one that it got by tryAcquire, and permits', async () => {
      const lock = dso.lock('till');
      const seats = dso.semaphore('seats', { permits: 2 });
      await executor.callAsync(async () => {
        await lock.tryAcquire();
        await seats.tryAcquire(2);
      });
      await lock.release(await lock.acquire(soon));
      await seats.acquire(2, soon);
      await seats.release(2);
    });

    test('by being cancelled', async () => {
      const lock = dso.lock('till');
      const held = dso.latch('held', { count: 1 });
      const call = executor.callAsync(async () => {
        await lock.acquire();
        await held.countDown();
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });
      await held.wait();
      call.cancel();
      await Promise.allSettled([call]);
      await lock.release(await lock.acquire({ timeoutMs: 20_000 }));
    });

    test('by its timeout, in an endless loop too', async () => {
      const lock = dso.lock('till');
      const call = executor.callAsync(
        async () => {
          await lock.acquire();
          for (;;);
        },
        undefined,
        { timeoutMs: 3000 },
      );
      await expect(Promise.resolve(call)).rejects.toMatchObject({ name: 'CallTimeoutError' });
      await lock.release(await lock.acquire({ timeoutMs: 20_000 }));
    });

    test('while another call of the same kind keeps its own', async () => {
      const [one, two] = [dso.lock('one'), dso.lock('two')];
      const held = dso.latch('held', { count: 1 });
      const done = dso.latch('done', { count: 1 });
      const long = executor.callAsync(async () => {
        await one.acquire();
        await held.countDown();
        await done.wait();
        return one.token !== undefined;
      });
      await held.wait();
      await executor.callAsync(async () => void (await two.acquire()));
      await two.release(await two.acquire(soon));
      expect(await one.isHeld()).toBe(true);
      await done.countDown();
      expect(await long).toBe(true);
      await one.release(await one.acquire(soon));
    });
  });
});
