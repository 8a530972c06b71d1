/** What calls of an executor share and hold: ends of channels, items of queues, permits, events and arrays. */
import { connect, type Dso, EndOfChannelError } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

let dso: Dso;
let executor: FunctionExecutor;
beforeAll(async () => {
  dso = await connect();
  executor = new FunctionExecutor({ workers: 2 });
}, 60_000);
beforeEach(() => dso.clear());
afterAll(async () => {
  await executor.close().catch(() => {});
  await dso.close();
});

const soon = { timeoutMs: 8000 };

describe('a channel', () => {
  test('goes between two calls, both ways', async () => {
    const [ping, pong] = dso.channel<number>('pipe').ends();
    const first = executor.callAsync(async () => {
      for (let i = 0; i < 5; i++) {
        await ping.send(i);
        if ((await ping.receive()) !== i * 2) throw new Error('another answer');
      }
      return 'done';
    });
    const second = executor.callAsync(async () => {
      for (let i = 0; i < 5; i++) await pong.send((await pong.receive()) * 2);
    });
    expect(await first).toBe('done');
    await second;
  });

  test('ends with the call that has used its end, although the worker lives', async () => {
    const [mine, theirs] = dso.channel<number>('pipe').ends();
    await mine.open();
    const pid = await executor.callAsync(async () => {
      await theirs.send(process.pid);
      return process.pid;
    });
    expect(await mine.receive()).toBe(pid);
    await expect(mine.receive(soon)).rejects.toThrow(EndOfChannelError);
    expect(() => process.kill(pid, 0)).not.toThrow();
  });

  test('ends with the last of the calls to which an end was lent', async () => {
    const [mine, theirs] = dso.channel<string>('pipe').ends();
    await mine.open();
    const done = dso.event('done');
    await theirs.lend('one');
    await theirs.lend('two');
    const [one, two] = [theirs.as('one'), theirs.as('two')];
    await executor.callAsync(() => one.send('one'));
    const second = executor.callAsync(async () => {
      await two.send('two');
      await done.wait();
    });
    expect([await mine.receive(), await mine.receive()]).toEqual(['one', 'two']);
    expect(await mine.poll({ timeoutMs: 500 })).toBe(false);
    await done.set();
    await second;
    await expect(mine.receive(soon)).rejects.toThrow(EndOfChannelError);
  });
});

test('items that a call has taken and not done come back when it ends', async () => {
  const jobs = dso.queue<number>('jobs', { redeliver: true });
  await jobs.putAll([1, 2, 3]);
  await executor.callAsync(async () => {
    await jobs.take();
    await jobs.drain();
    await jobs.taskDone();
  });
  expect(await jobs.take(soon)).toBe(2);
  expect([await jobs.take(soon), await jobs.taskDone(2)]).toEqual([3, 0]);
  await jobs.join();
});

test('a permit that one call has acquired may be released by another: the first one’s end gives nothing back', async () => {
  const mutex = dso.semaphore('mutex', { permits: 1, bound: 1 });
  const [held, released] = [dso.event('held'), dso.event('released')];
  const first = executor.callAsync(async () => {
    await mutex.acquire();
    await held.set();
    await released.wait();
  });
  await held.wait();
  await executor.callAsync(() => mutex.release());
  await mutex.acquire(1, soon);
  await released.set();
  await first;
  // A later call of the same worker: the end of the one before it has been told by then.
  expect(await executor.map(() => mutex.tryAcquire(), [1, 2, 3, 4])).toEqual([false, false, false, false]);
  await mutex.release();
});

test('calls count in one array, each element for itself', async () => {
  const counts = dso.typedArray('counts', { type: 'int32', length: 3 });
  await executor.map(
    async (i: number) => {
      await counts.add(i % 3, i);
      await counts.slice();
    },
    [1, 2, 3, 4, 5, 6],
  );
  expect(await counts.slice()).toEqual(Int32Array.of(9, 5, 7));
});
