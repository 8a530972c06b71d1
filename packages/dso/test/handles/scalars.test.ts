import { describe, expect, test } from 'vitest';
import { AtomicBoolean } from '../../src/handles/atomic-boolean.ts';
import { AtomicByteArray } from '../../src/handles/atomic-byte-array.ts';
import { AtomicCounter } from '../../src/handles/atomic-counter.ts';
import { AtomicLong } from '../../src/handles/atomic-long.ts';
import { AtomicReference } from '../../src/handles/atomic-reference.ts';
import { Blob } from '../../src/handles/blob.ts';
import { CountDownLatch } from '../../src/handles/count-down-latch.ts';
import { Logger } from '../../src/handles/logger.ts';
import { Semaphore } from '../../src/handles/semaphore.ts';
import { SharedEvent } from '../../src/handles/shared-event.ts';
import { SharedFuture } from '../../src/handles/shared-future.ts';
import { boolean } from '../../src/objects/boolean.ts';
import { bytes } from '../../src/objects/bytes.ts';
import { counter } from '../../src/objects/counter.ts';
import { event } from '../../src/objects/event.ts';
import { future } from '../../src/objects/future.ts';
import { latch } from '../../src/objects/latch.ts';
import { logger } from '../../src/objects/logger.ts';
import { long } from '../../src/objects/long.ts';
import { reference } from '../../src/objects/reference.ts';
import { semaphore } from '../../src/objects/semaphore.ts';
import { LocalServer } from './local.ts';

const TYPES = [boolean, bytes, counter, event, future, latch, logger, long, reference, semaphore];

function setUp() {
  const server = new LocalServer(TYPES);
  return { server, client: server.client('a') };
}

test('AtomicCounter', async () => {
  const { server, client } = setUp();
  const one = new AtomicCounter(client.place('counter', 'x', [5]));
  expect(await one.increment()).toBe(6);
  expect(await one.increment(4)).toBe(10);
  expect(await one.decrement()).toBe(9);
  expect(await one.decrement(2)).toBe(7);
  expect(await one.compareAndSet(7, 1)).toBe(true);
  expect(await one.compareAndSet(7, 2)).toBe(false);
  expect(await one.reset()).toBe(1);
  expect(await one.tally()).toBe(5);
  expect(await one.reset(3)).toBe(5);
  const before = server.asked;
  await expect(one.increment(0.5)).rejects.toThrow(/the number to add must be a whole number .*, not 0.5/);
  await expect(one.increment(2 ** 53)).rejects.toThrow(/AtomicLong/);
  await expect(one.increment('1' as never)).rejects.toThrow(/not "1"/);
  await expect(one.compareAndSet(1, Number.NaN)).rejects.toThrow(/next number/);
  expect(server.asked).toBe(before);
});

test('AtomicLong', async () => {
  const { client } = setUp();
  const one = new AtomicLong(client.place('long', 'x', [2n ** 60n]));
  expect(await one.incrementAndGet()).toBe(2n ** 60n + 1n);
  expect(await one.decrementAndGet()).toBe(2n ** 60n);
  expect(await one.getAndIncrement()).toBe(2n ** 60n);
  expect(await one.getAndDecrement()).toBe(2n ** 60n + 1n);
  expect(await one.getAndAdd(5)).toBe(2n ** 60n);
  expect(await one.addAndGet(-5n)).toBe(2n ** 60n);
  expect(await one.getAndSet(3)).toBe(2n ** 60n);
  expect(await one.compareAndSet(3n, 4n)).toBe(true);
  expect(await one.compareAndSet(3n, 5n)).toBe(false);
  expect(await one.get()).toBe(4n);
  await one.set(9n);
  expect(await one.get()).toBe(9n);
  await expect(one.set(1.5)).rejects.toThrow(/a bigint .*, not 1.5/);
  await expect(one.set(2n ** 4096n)).rejects.toThrow(/4096 bits/);
});

test('AtomicBoolean', async () => {
  const { client } = setUp();
  const one = new AtomicBoolean(client.place('boolean', 'x'));
  expect(await one.get()).toBe(false);
  await one.set(true);
  expect(await one.getAndSet(false)).toBe(true);
  expect(await one.compareAndSet(false, true)).toBe(true);
  expect(await one.compareAndSet(false, true)).toBe(false);
  await expect(one.set(1 as never)).rejects.toThrow(/true or false, not 1/);
});

test('AtomicReference', async () => {
  const { client } = setUp();
  const one = new AtomicReference<unknown>(client.place('reference', 'x'));
  expect(await one.get()).toBe(undefined);
  await one.set({ a: [1, new Date(5)] });
  expect(await one.get()).toEqual({ a: [1, new Date(5)] });
  expect(await one.compareAndSet({ a: [1, new Date(6)] }, 1)).toBe(false);
  expect(await one.compareAndSet({ a: [1, new Date(5)] }, 1)).toBe(true);
  expect(await one.getAndSet(2)).toBe(1);
  await expect(one.set({ f: () => 1 })).rejects.toThrow(/the value/);
});

test('AtomicByteArray: what is given may be changed afterwards, and so may what comes back', async () => {
  const { client } = setUp();
  const one = new AtomicByteArray(client.place('bytes', 'x'));
  const given = Buffer.from([1, 2, 3]);
  await one.set(given);
  given[0] = 99;
  const got = await one.get();
  got[1] = 99;
  expect(await one.get()).toEqual(new Uint8Array([1, 2, 3]));
  expect(await one.append(new Uint8Array([4]))).toBe(4);
  expect(await one.writeAt(1, new Uint8Array([8, 9]))).toBe(4);
  expect(await one.slice(-3, -1)).toEqual(new Uint8Array([8, 9]));
  expect(await one.slice()).toEqual(new Uint8Array([1, 8, 9, 4]));
  expect(await one.length()).toBe(4);
  expect(await one.getAndSet(new Uint8Array([7]))).toEqual(new Uint8Array([1, 8, 9, 4]));
  expect(await one.compareAndSet(new Uint8Array([7]), new Uint8Array())).toBe(true);
  await expect(one.set([1] as never)).rejects.toThrow(/a Uint8Array, not an array of 1/);
  await expect(one.writeAt(-1, new Uint8Array())).rejects.toThrow(/offset/);
});

test('Blob', async () => {
  const { client } = setUp();
  const one = new Blob(client.place('bytes', 'x'));
  expect(await one.size()).toBe(0);
  await one.set('grüß');
  expect(await one.text()).toBe('grüß');
  expect(await one.size()).toBe(6);
  await one.set(new Uint8Array([1]));
  expect(await one.get()).toEqual(new Uint8Array([1]));
});

test('CountDownLatch', async () => {
  const { server, client } = setUp();
  const one = new CountDownLatch(client.place('latch', 'x', [2]));
  let isOpen = false;
  const waits = one.wait().then(() => {
    isOpen = true;
  });
  const late = one.wait({ timeoutMs: 10 });
  server.clock.pass(10);
  await expect(late).rejects.toMatchObject({ code: 'timeout' });
  expect(await one.countDown()).toBe(1);
  expect(isOpen).toBe(false);
  expect(await one.countDown(5)).toBe(0);
  await waits;
  expect(await one.count()).toBe(0);
  await expect(one.countDown(-1)).rejects.toThrow(/1 or more/);
});

test('SharedFuture', async () => {
  const { client } = setUp();
  const one = new SharedFuture<{ a: number }>(client.place('future', 'x'));
  expect(await one.isDone()).toBe(false);
  const waits = one.get();
  expect(await one.set({ a: 1 })).toBe(true);
  expect(await one.set({ a: 2 })).toBe(false);
  expect(await waits).toEqual({ a: 1 });
  expect(await one.isDone()).toBe(true);
  const other = new SharedFuture(client.place('future', 'y'));
  const fails = other.get();
  expect(await other.fail(new RangeError('too far'))).toBe(true);
  await expect(fails).rejects.toThrow(new RangeError('too far'));
});

test('Logger', async () => {
  const { server, client } = setUp();
  const one = new Logger(client.place('logger', 'x'));
  await one.print('hello');
  await one.log('error', 'bye');
  expect(await one.lines()).toEqual([
    { time: server.clock.time, level: 'info', text: 'hello' },
    { time: server.clock.time, level: 'error', text: 'bye' },
  ]);
  expect(await one.lines(1)).toHaveLength(1);
  await one.clear();
  expect(await one.lines()).toEqual([]);
  await expect(one.log('loud' as never, 'x')).rejects.toThrow(/debug, info, warn, error/);
  await expect(one.print(5 as never)).rejects.toThrow(/the line must be a string/);
});

test('SharedEvent', async () => {
  const { client, server } = setUp();
  const one = new SharedEvent(client.place('event', 'x'));
  expect(await one.isSet()).toBe(false);
  const late = one.wait({ timeoutMs: 50 });
  server.clock.pass(50);
  await expect(late).rejects.toMatchObject({ code: 'timeout' });
  const waits = [one.wait(), one.wait()];
  await one.set();
  await Promise.all(waits);
  expect(await one.isSet()).toBe(true);
  await one.wait();
  await one.clear();
  expect(await one.isSet()).toBe(false);
});

describe('Semaphore', () => {
  test('with a bound cannot be released too often', async () => {
    const { client } = setUp();
    const one = new Semaphore(client.place('semaphore', 'bound', [1, undefined, 1]));
    await expect(one.release()).rejects.toMatchObject({ code: 'released-too-often' });
    await one.acquire();
    await one.release();
    await expect(one.acquire(2)).rejects.toThrow(/at most 1, for there are never more at a time, not 2/);
  });

  test('its operations', async () => {
    const { client } = setUp();
    const one = new Semaphore(client.place('semaphore', 'x', [2]));
    await one.acquire();
    expect(await one.tryAcquire(2)).toBe(false);
    expect(await one.tryAcquire()).toBe(true);
    const waits = one.acquire();
    await one.release(2);
    await waits;
    expect(await one.available()).toBe(1);
    await expect(one.acquire(0)).rejects.toThrow(/1 or more/);
  });

  test('use gives permits back however the function ends', async () => {
    const { client } = setUp();
    const one = new Semaphore(client.place('semaphore', 'x', [2]));
    expect(await one.use(() => one.available(), { permits: 2 })).toBe(0);
    await expect(
      one.use(() => {
        throw new Error('oops');
      }),
    ).rejects.toThrow('oops');
    expect(await one.available()).toBe(2);
  });
});
