import { type ExecutorOptions, FunctionExecutor } from '@skein/executor';
import { Storage } from '@skein/storage';
import { afterEach, describe, expect, test } from 'vitest';
import { type CloudObject, cached, clean, cloudObject, collect, stateful } from '../src/index.ts';
import { all, failureOf, folder, keysOf } from './support/stores.ts';

const open: FunctionExecutor[] = [];
afterEach(async () => {
  for (const executor of open.splice(0)) await executor[Symbol.asyncDispose]().catch(() => {});
});

function executorOf(options: ExecutorOptions): FunctionExecutor {
  const executor = new FunctionExecutor({ workers: 2, ...options });
  open.push(executor);
  return executor;
}

const backends: readonly (readonly [name: string, options: ExecutorOptions])[] = [
  ['localhost processes', { backend: 'localhost' }],
  ['localhost threads', { backend: 'localhost', localhost: { isolation: 'thread' } }],
  ['subprocess', { backend: 'subprocess' }],
];

describe.each(backends)('on %s', (_name, options) => {
  const address = `file:${folder()}`;
  const storage = new Storage(address);
  const objects = async (): Promise<string[]> =>
    (await keysOf(storage)).filter((key) => key.includes('/objects/') || key.startsWith('objects/'));

  test('objects are made in calls, passed on to others, and go with the executor', async () => {
    const executor = executorOf({ ...options, storage: address });
    const made = await executor.map((n: number) => cloudObject(new Float64Array(1000).fill(n)), [1, 2, 3]);
    expect(made.map(({ by }) => by)).toEqual([0, 1, 2].map((i) => `${executor.executorId}-M000-0000${i}`));
    expect(await made[1]!.get()).toEqual(new Float64Array(1000).fill(2));

    // As items, closed over, in results of results; by functions that know nothing of cloud objects.
    const read = async (object: CloudObject<Float64Array>): Promise<number> => (await object.get())[0]!;
    expect(await executor.map(read, made)).toEqual([1, 2, 3]);
    expect(await executor.map(async (i: number) => (await made[i]!.get())[0], [0, 2])).toEqual([1, 3]);
    const stage = executor
      .map((n: number) => cloudObject({ n }), [4, 5])
      .map(async (one) => (await one.get()).n);
    expect(await stage).toEqual([4, 5]);

    // In another executor.
    const other = executorOf({ ...options, storage: `file:${folder()}` });
    expect(await other.map(read, made)).toEqual([1, 2, 3]);

    expect((await objects()).length).toBe(5);
    await executor.close();
    expect(await objects()).toEqual([]);
    const why = new RegExp(
      `\\(Float64Array, 8000 bytes\\), made at .* by call ${made[0]!.by}, is gone: it was deleted, or executor ${executor.executorId} was closed`,
    );
    expect(await failureOf(made[0]!.get())).toMatchObject({
      code: 'cleaned',
      message: expect.stringMatching(why),
    });
    // The error is the same where a function reads it.
    await expect(other.map(read, made.slice(0, 1))).rejects.toMatchObject({
      code: 'cleaned',
      name: 'CloudObjectGoneError',
    });
  }, 120_000);

  test('those of a job go with what the job has left, named ones stay', async () => {
    const executor = executorOf({ ...options, storage: address });
    const [ofJob, ofExecutor, named] = (await executor.callAsync(
      async () => [
        await cloudObject('job', { scope: 'job' }),
        await cloudObject('executor'),
        await cloudObject('named', { scope: 'named' }),
      ],
      undefined,
    )) as [CloudObject<string>, CloudObject<string>, CloudObject<string>];
    expect(ofJob.key).toContain(`/${executor.executorId}/A000/`.replace('A000', ofJob.key.split('/')[2]!));
    await executor.clean();
    expect(await failureOf(ofJob.get())).toMatchObject({ message: /what job .* has left was cleaned/ });
    expect(await ofExecutor.get()).toBe('executor');
    await executor.close();
    expect(await objects()).toEqual([named.key]);
    expect((await clean('named', { storage })).objects).toBe(1);
  }, 120_000);

  test('a cached value is computed by one call for all', async () => {
    const executor = executorOf({ ...options, storage: address });
    const values = await executor.map((i: number) => cached('model', () => ({ by: i })), [1, 2, 3, 4]);
    expect(new Set(values.map(({ by }) => by)).size).toBe(1);
    await executor.close();
    // It stays, for programs to come.
    expect(await cached('model', () => ({ by: 0 }), { storage })).toEqual(values[0]);
    await clean('cache', { storage });
  }, 120_000);

  test('calls find the state that others have left', async () => {
    const executor = executorOf({ ...options, storage: address });
    const add = stateful('total', { sum: 0 }, (state, n: number) => (state.sum += n), { scope: 'totals' });
    const seen = await executor.map((n: number) => add(n), [1, 10, 100, 1000]);
    expect(Math.max(...seen)).toBe(1111);
    const [state] = await all(collect('totals', { storage }));
    expect(await state!.get()).toEqual({ sum: 1111 });
    await clean('totals', { storage });
  }, 120_000);

  test('a call can list and clean what its executor has', async () => {
    const executor = executorOf({ ...options, storage: address });
    await executor.map((n: number) => cloudObject(n), [1, 2, 3]);
    const seen = await executor.callAsync(async () => {
      const values: unknown[] = [];
      for await (const object of collect('executor')) values.push(await object.get());
      const { objects: cleaned } = await clean('executor');
      return { values: values.sort(), cleaned };
    }, undefined);
    expect(seen).toEqual({ values: [1, 2, 3], cleaned: 3 });
  }, 120_000);

  test('without any configuration too: objects end with the executor, named ones do not', async () => {
    const executor = executorOf(options);
    const lasting = `file:${folder()}`;
    const [own, named] = await executor.callAsync(
      async (there: string) =>
        [await cloudObject('own'), await cloudObject('named', { scope: 'named', storage: there })] as const,
      lasting,
    );
    expect(await own.get()).toBe('own');
    await executor.close();
    expect(await failureOf(own.get())).toMatchObject({ code: 'cleaned' });
    expect(await named.get()).toBe('named');
  }, 120_000);

  test('what a scope cannot be in a call is refused', async () => {
    const executor = executorOf({ ...options, storage: address });
    const elsewhere = `file:${folder()}`;
    await expect(
      executor.callAsync(() => cloudObject(1, { scope: 'program' }), undefined).result(),
    ).rejects.toMatchObject({ code: 'bad-argument', message: /the program is elsewhere/ });
    await expect(
      executor.callAsync((there: string) => cloudObject(1, { storage: there }), elsewhere).result(),
    ).rejects.toMatchObject({ code: 'bad-argument', message: /nobody would clean 'executor' there/ });
  }, 120_000);
});

test('objects of executors within calls stay for the call, and go with the outermost executor', async () => {
  const address = `file:${folder()}`;
  const executor = executorOf({ storage: address });
  const objects = await executor.callAsync(async () => {
    const inner = new FunctionExecutor();
    const made = await inner.map((n: number) => cloudObject(n), [1, 2]);
    await inner.close();
    return made;
  }, undefined);
  expect(await Promise.all(objects.map((object) => object.get()))).toEqual([1, 2]);
  await executor.close();
  expect(await keysOf(new Storage(address))).toEqual([]);
  const why = `or executor ${executor.executorId} was closed`;
  expect(await failureOf(objects[0]!.get())).toMatchObject({
    code: 'cleaned',
    message: expect.stringContaining(why),
  });
}, 120_000);

test('many handles in one result are handed on unread', async () => {
  const executor = executorOf({ storage: `file:${folder()}` });
  // 2 MB of handles: they go from worker to worker by way of the storage.
  const many = executor.map(
    async (n: number) => {
      const object = await cloudObject(n);
      return Array.from({ length: 4000 }, (_, i) => ({ i, object, text: 'x'.repeat(500) }));
    },
    [1],
  );
  expect(await many.map(async (list) => (await list[3999]!.object.get()) + list.length)).toEqual([4001]);
}, 120_000);
