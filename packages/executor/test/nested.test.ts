import { bundle, capture } from '@skein/closure';
import { describe, expect, test } from 'vitest';
import { ownPackages } from '../src/backend/own-package.ts';
import {
  CallCancelledError,
  CaptureError,
  currentCall,
  ExecutorError,
  FunctionExecutor,
  InputError,
} from '../src/index.ts';
import { everyBackend, executorOf } from './support/executors.ts';
import { triple } from './support/helper.ts';

describe.each(everyBackend)('functions that use executors, on %s', (_name, options) => {
  test('capture, bundle and run further functions where they are', async () => {
    const executor = executorOf(options);
    const results = await executor.map(
      async (x: number) => {
        const inner = new FunctionExecutor({ workers: 1 });
        const plain = inner.map((y: number) => y * x, [1, 2, 3]);
        const importing = inner.map((y: number) => triple(y) + x, [1, 2]);
        const both = [await plain, await importing];
        await inner.close();
        return both;
      },
      [1, 2],
    );
    expect(results).toEqual([
      [
        [1, 2, 3],
        [4, 7],
      ],
      [
        [2, 4, 6],
        [5, 8],
      ],
    ]);
  });

  test('know the errors of their executors, and their own call', async () => {
    const executor = executorOf(options);
    const seen = await executor.callAsync(async () => {
      const inner = new FunctionExecutor({ workers: 1 });
      const cancelled = inner.callAsync(() => new Promise(() => {}), undefined);
      const closing = inner.close({ cancel: true });
      const reason: unknown = await cancelled.then(String, (error: unknown) => error);
      await closing.catch(() => {});
      let refused: unknown;
      try {
        inner.map((y: number) => y, [1]);
      } catch (error) {
        refused = error;
      }
      const open = new FunctionExecutor({ workers: 1 });
      let uncaptured: unknown;
      const promise = Promise.resolve(1);
      try {
        open.map(() => promise, [1]);
      } catch (error) {
        uncaptured = error;
      }
      await open.close();
      return [
        reason instanceof CallCancelledError,
        refused instanceof ExecutorError,
        uncaptured instanceof CaptureError,
        currentCall().index,
      ];
    }, undefined);
    expect(seen).toEqual([true, true, true, 0]);
  });
});

test('functions may be nested further', async () => {
  const executor = executorOf({ workers: 1 });
  const result = await executor.callAsync(async () => {
    const second = new FunctionExecutor({ workers: 1 });
    const inner = await second.callAsync(async () => {
      const third = new FunctionExecutor({ workers: 1 });
      const sum = await third.mapReduce(
        (x: number) => x * 2,
        [1, 2, 3],
        (all) => all.reduce((a, b) => a + b, 0),
      );
      await third.close();
      return sum;
    }, undefined);
    await second.close();
    return inner;
  }, undefined);
  expect(result).toBe(12);
});

describe('the code of the executor itself', () => {
  const shipped = (fn: () => unknown) => bundle(capture(fn).code, { provided: ownPackages });
  const modules = (externals: readonly { readonly name: string }[]): string[] =>
    externals.map(({ name }) => name.replace(/^.*\//, '').replace(/\.\w+$/, '')).sort();

  test('does not travel with the function', async () => {
    const { code, externals } = await shipped(() => [FunctionExecutor, InputError]);
    expect(modules(externals)).toEqual(['errors', 'function-executor']);
    expect(code.length).toBeLessThan(2_000);
  });

  test('is loaded only as far as the function uses it', async () => {
    expect(modules((await shipped(() => currentCall().index)).externals)).toEqual(['call-context']);
  });
});
