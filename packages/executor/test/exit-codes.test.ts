/** How a call has ended its worker is in its error. */
import { describe, expect, test } from 'vitest';
import { FunctionExecutor } from '../src/index.ts';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';

describe.each(everyBackend)('a call that leaves its worker, on %s', (_name, options) => {
  test.each([0, 3, 255])('by process.exit(%i) has that exit code in its error', async (code) => {
    const executor = executorOf(options);
    for (const isolated of [false, true]) {
      const call = executor.callAsync((own: number) => process.exit(own), code, { isolated });
      await expect(call).rejects.toMatchObject({ reason: 'exit', exitCode: code, signal: null });
    }
  });

  test('by process.exit() has what process.exitCode says', async () => {
    const executor = executorOf(options);
    const call = executor.callAsync(() => {
      process.exitCode = 5;
      process.exit();
    }, undefined);
    await expect(call).rejects.toMatchObject({ reason: 'exit', exitCode: 5 });
  });

  test('later, from a timer, has it too', async () => {
    const executor = executorOf(options);
    const call = executor.callAsync(async () => {
      setTimeout(() => process.exit(4), 20);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }, undefined);
    await expect(call).rejects.toMatchObject({ reason: 'exit', exitCode: 4 });
  });

  test('tells it to a call that has begun it', async () => {
    const executor = executorOf(options);
    const told = executor.callAsync(async () => {
      const inner = new FunctionExecutor();
      const [outcome] = await Promise.allSettled([
        inner.callAsync(() => process.exit(6), undefined, { isolated: true }),
      ]);
      return outcome.status === 'rejected' ? { ...(outcome.reason as object) } : outcome;
    });
    expect(await told).toMatchObject({ reason: 'exit', exitCode: 6 });
  });
});

test.each(processBackends)(
  'a signal that ends a worker is in the error of its call, on %s',
  async (_name, options) => {
    const executor = executorOf(options);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const call = executor.callAsync(
        async (own: 'SIGKILL' | 'SIGTERM') => {
          process.kill(process.pid, own);
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        },
        signal,
        { isolated: true },
      );
      await expect(call).rejects.toMatchObject({ reason: 'signal', exitCode: null, signal });
    }
  },
);
