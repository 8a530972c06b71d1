import { once } from 'node:events';
import { Readable } from 'node:stream';
import { Storage } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { cached, clean, collect } from '../src/index.ts';
import { race, racer, said } from './support/race.ts';
import { all, everyStore, failureOf, folder, keysOf, memory, without } from './support/stores.ts';

describe.each(everyStore)('on %s', (_name, open) => {
  test('a value is computed once, and found afterwards', async () => {
    const storage = open();
    let computed = 0;
    const value = (): Promise<{ n: number }> => cached('the value', () => ({ n: ++computed }), { storage });
    expect(await Promise.all([value(), value(), value()])).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    expect(await value()).toEqual({ n: 1 });
    expect(await keysOf(storage)).toEqual([
      expect.stringMatching(/^objects\/cache\/cached\/the-value-[0-9a-f]{32}\/[^/]+\.skein$/),
      expect.stringMatching(/^objects\/cache\/cached\/the-value-[0-9a-f]{32}\/value$/),
    ]);
  });

  test('another version, another key and another scope are other values', async () => {
    const storage = open();
    let computed = 0;
    const value = (key: string, version?: unknown, scope?: string): Promise<number> =>
      cached(key, () => ++computed, { storage, version, ...(scope !== undefined && { scope }) });
    expect(await value('a b', { model: 'x', depth: [1, 2] })).toBe(1);
    expect(await value('a b', { model: 'x', depth: [1, 3] })).toBe(2);
    expect(await value('a/b')).toBe(3);
    expect(await value('a b')).toBe(4);
    expect(await value('a b', undefined, 'other')).toBe(5);
    expect(await value('a b', { model: 'x', depth: [1, 2] })).toBe(1);
  });

  test('an expired value is computed anew, and the old one goes', async () => {
    const storage = open();
    let computed = 0;
    const value = (): Promise<number> => cached('short', () => ++computed, { storage, expiresAfterMs: 30 });
    expect(await value()).toBe(1);
    const [first] = await all(collect('cache', { storage }));
    while (Date.now() <= first!.expires!) await new Promise((resolve) => setTimeout(resolve, 5)); // a clock has to go on
    expect(await value()).toBe(2);
    const now = await all(collect('cache', { storage }));
    expect(now.map((object) => object.key)).not.toContain(first!.key);
    expect(now.length).toBe(1);
  });

  test('a value that was cleaned is computed anew', async () => {
    const storage = open();
    let computed = 0;
    const value = (): Promise<number> => cached('gone', () => ++computed, { storage });
    await value();
    expect((await clean('cache', { storage })).objects).toBe(2);
    expect(await value()).toBe(2);
    // Only the value, not what says where it is.
    for await (const object of collect('cache', { storage })) await object.delete();
    expect(await value()).toBe(3);
    expect(await value()).toBe(3);
  });

  test('an error reaches all who wait, and is not kept', async () => {
    const storage = open();
    let computed = 0;
    const value = (): Promise<number> =>
      cached(
        'fails first',
        async () => {
          if (++computed === 1) throw new RangeError('not yet');
          return computed;
        },
        { storage },
      );
    const outcomes = await Promise.allSettled([value(), value()]);
    expect(outcomes.map((one) => (one as PromiseRejectedResult).reason)).toEqual([
      new RangeError('not yet'),
      new RangeError('not yet'),
    ]);
    expect(await keysOf(storage)).toEqual([]);
    expect(await value()).toBe(2);
  });

  test('what comes over time is kept as bytes, for the first as for others', async () => {
    const storage = open();
    const value = (): Promise<Buffer> => cached('stream', () => Readable.from(['a', 'b']), { storage });
    expect([String(await value()), String(await value())]).toEqual(['ab', 'ab']);
  });
});

test('who no longer waits goes, and the computation goes on for others', async () => {
  const storage = memory();
  let finish = (_value: number): void => {};
  const compute = (): Promise<number> => new Promise((resolve) => (finish = resolve));
  const patient = cached('slow', compute, { storage });
  const hasty = cached('slow', compute, { storage, timeoutMs: 10 });
  expect(await failureOf(hasty)).toMatchObject({
    code: 'contended',
    message: /"slow" was not done after 10 ms/,
  });
  const controller = new AbortController();
  const leaving = cached('slow', compute, { storage, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(leaving).rejects.toThrow('enough');
  await expect.poll(() => keysOf(storage)).toEqual([expect.stringMatching(/lease\.1$/)]);
  finish(7);
  expect(await patient).toBe(7);
});

test('of processes at the same time one computes', async () => {
  const address = `file:${folder()}`;
  const children = await Promise.all([1, 2, 3, 4].map(() => racer('cached', address)));
  const values = (await race(children)) as { by: number }[];
  expect(new Set(values.map(({ by }) => by)).size).toBe(1);
  expect((await keysOf(new Storage(address))).length).toBe(2);
}, 120_000);

test('when the one that computes is killed, another computes, at once where it can be seen', async () => {
  const address = `file:${folder()}`;
  const holder = await racer('hold', address);
  holder.send('go');
  await said(holder, (message) => message === 'computing');
  const [other] = await Promise.all([racer('cached', address)]);
  const values = race([other]);
  // It waits for as long as the other lives; that it does so cannot be seen, so it may also come later.
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await values).toEqual([{ by: other.pid }]);
  const keys = await keysOf(new Storage(address));
  expect(keys.filter((key) => key.includes('lease'))).toEqual([]);
}, 120_000);

describe('a lease', () => {
  const leaseOf = (keys: readonly string[]): string => keys.find((key) => key.endsWith('/lease.1'))!;

  test('of a holder that nobody can ask passes on when it is no longer renewed', async () => {
    const storage = memory();
    await cached('key', () => 1, { storage });
    const [key = ''] = await keysOf(storage);
    await clean('cache', { storage });
    const lease = key.replace(/[^/]+$/, 'lease.1');
    await storage.putObject('skein', lease, JSON.stringify({ host: 'elsewhere', ttlMs: 100, beat: 0 }));
    const started = performance.now();
    expect(await cached('key', () => 2, { storage })).toBe(2);
    expect(performance.now() - started).toBeGreaterThanOrEqual(100);
    expect(leaseOf(await keysOf(storage))).toBeUndefined();
  });

  test('that is renewed does not', async () => {
    const storage = memory();
    await cached('key', () => 1, { storage });
    const [key = ''] = await keysOf(storage);
    await clean('cache', { storage });
    const lease = key.replace(/[^/]+$/, 'lease.1');
    const renew = (beat: number): Promise<unknown> =>
      storage.putObject('skein', lease, JSON.stringify({ ttlMs: 400, beat }));
    await renew(0);
    let beat = 0;
    const renewing = setInterval(() => void renew(++beat), 50);
    try {
      const waiting = cached('key', () => 2, { storage, timeoutMs: 1_200 });
      expect(await failureOf(waiting)).toMatchObject({ code: 'contended' });
    } finally {
      clearInterval(renewing);
    }
  });

  test('is renewed while the value is computed, and given up then', async () => {
    const storage = memory();
    let finish = (_value: number): void => {};
    const value = cached('key', () => new Promise<number>((resolve) => (finish = resolve)), {
      storage,
      leaseMs: 100,
    });
    await expect.poll(() => keysOf(storage)).toHaveLength(1);
    const key = leaseOf(await keysOf(storage));
    const { etag } = await storage.headObject('skein', key);
    await expect.poll(async () => (await storage.headObject('skein', key)).etag).not.toBe(etag);
    finish(3);
    expect(await value).toBe(3);
    expect(leaseOf(await keysOf(storage))).toBeUndefined();
  });
});

test('a store without conditional writes refuses, and says what would do', async () => {
  const storage = without('if-none-match');
  expect(await failureOf(cached('key', () => 1, { storage }))).toMatchObject({
    code: 'unsupported',
    message: /if-none-match.*once: 'process'/,
  });
  let computed = 0;
  const value = (): Promise<number> => cached('key', () => ++computed, { storage, once: 'process' });
  expect(await Promise.all([value(), value()])).toEqual([1, 1]);
  expect(await value()).toBe(1);
});

test('a store with creation as its only condition will do', async () => {
  const storage = without('if-match', 'metadata', 'ordered-list');
  expect(await Promise.all([1, 2].map((n) => cached('key', () => n, { storage })))).toEqual([1, 1]);
});

test.each([
  [() => cached('', () => 1), /key must be/],
  [() => cached('a', 1 as never), /compute must be a function/],
  [() => cached('a', () => 1, { leaseMs: 1 }), /leaseMs must be 100 at least/],
  [() => cached('a', () => 1, { expiresAfterMs: -1 }), /expiresAfterMs/],
  [() => cached('a', () => 1, { once: 'here' as never }), /once must be/],
])('%s is refused', async (call, reason) => {
  expect(await failureOf(call())).toMatchObject({
    code: 'bad-argument',
    message: expect.stringMatching(reason),
  });
});
