import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { InputError } from '../src/index.ts';
import { everyBackend, executorOf, sharedExecutor } from './support/executors.ts';
import { failDeep, TeapotError } from './support/helper.ts';

const caught = async (promise: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};

describe.each(everyBackend)('failures on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test("the user's own error arrives, with its class, fields, cause and the user's line in its stack", async () => {
    const error = await caught(
      executor.map(
        (x: number) => {
          if (x < 0) throw new TeapotError('the class is the function’s too', 1);
          return failDeep(x);
        },
        [1],
      ),
    );
    expect(error).toBeInstanceOf(TeapotError);
    const teapot = error as TeapotError;
    expect(teapot.message).toBe('no coffee for 1');
    expect(teapot.code).toBe(418);
    expect(teapot.cause).toBeInstanceOf(RangeError);
    expect(teapot.stack).toMatch(/failDeep \(.*helper\.ts:3\d:/);
    expect(teapot.stack).toMatch(/errors\.test\.ts:2\d:/);
    expect(teapot.stack).not.toMatch(/agent/);
  });

  test('what was thrown arrives even when it is no error', async () => {
    const job = executor.map(
      (x: number) => {
        throw x === 0 ? undefined : x === 1 ? 'text' : { code: x };
      },
      [0, 1, 2],
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map((one) => (one.status === 'rejected' ? one.reason : 'success'))).toEqual([
      undefined,
      'text',
      { code: 2 },
    ]);
  });

  test('E4: a failure rejects its own future and no other', async () => {
    const job = executor.map(
      (x: number) => {
        if (x === 2) throw new Error('two');
        return x;
      },
      [1, 2, 3],
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('a result that cannot travel fails its call and says where it is', async () => {
    const error = await caught(executor.callAsync(() => ({ deep: { later: Promise.resolve(1) } })));
    expect(String(error)).toMatch(/result → \.?deep → \.?later/);
  });
});

describe('failures on localhost', () => {
  test('a value that cannot travel is refused at the call, with the path to it', () => {
    const executor = executorOf();
    const server = createServer();
    const config = { db: { server } };
    expect(() => executor.map(() => config.db.server.listening, [1])).toThrow(/config → \.?db → \.?server/);
  });

  test('an item that cannot travel rejects its own future only', async () => {
    const executor = executorOf();
    const job = executor.map((x: unknown) => typeof x, [1, new WeakMap(), 'three']);
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'CaptureError' } });
  });

  test('data that throws rejects the job, after what was read', async () => {
    const executor = executorOf();
    const job = executor.map(
      (x: number) => x,
      (function* () {
        yield 1;
        throw new Error('the file ended early');
      })(),
    );
    const error = await caught(job);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(/after 1 item: the file ended early/);
    expect(await job.futures[0]).toBe(1);
  });

  test('a promise that is rejected after its call has returned disturbs no later call', async () => {
    const executor = executorOf({ workers: 1 });
    const job = executor.map(
      async (x: number) => {
        if (x === 0) void new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 5));
        await new Promise((resolve) => setTimeout(resolve, x * 20));
        return process.pid;
      },
      [0, 1, 2],
    );
    const pids = await job;
    expect(new Set(pids).size).toBe(1);
  });

  test('an exception that nobody can catch fails the call that runs, and only that', async () => {
    const executor = executorOf({ workers: 1 });
    const job = executor.map(
      (x: number) =>
        new Promise((resolve) => {
          setTimeout(() => {
            if (x === 1) throw new TeapotError('thrown by a timer', 1);
            resolve(x);
          }, 5);
        }),
      [0, 1, 2],
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes).toMatchObject([
      { value: 0 },
      { status: 'rejected', reason: { message: 'thrown by a timer' } },
      { value: 2 },
    ]);
  });

  test('close tells of failures that nobody looked at', async () => {
    const executor = executorOf();
    executor.map(
      (x: number) => {
        if (x > 1) throw new Error(`no ${x}`);
        return x;
      },
      [1, 2, 3],
    );
    const error = (await caught(executor.close())) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors.map(String)).toEqual(['Error: no 2', 'Error: no 3']);
  });
});
