/** When a call has begun to run. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everyBackend, executorOf } from './support/executors.ts';
import { folderOfTest } from './support/workers.ts';

/** Does not end before it is told to. */
const untilThere = async (path: string): Promise<void> => {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe.each(everyBackend)('the start of a call, on %s', (_name, options) => {
  test.each([true, false])('is told while it runs, isolated: %s', async (isolated) => {
    const executor = executorOf(options);
    const file = join(await folderOfTest(), 'end');
    const call = executor.callAsync(untilThere, file, { isolated });
    await call.started;
    expect(call.done).toBe(false);
    await call.started;
    writeFileSync(file, '');
    await call;
    await call.started;
  });

  test('is told with its end at the latest, however it ends', async () => {
    const executor = executorOf({ ...options, workers: 1 });
    const job = executor.map(
      (x: number) => {
        if (x === 1) throw new Error('one');
        return x;
      },
      [0, 1],
    );
    const waiting = executor.callAsync((x: number) => x, 1);
    const { started } = waiting;
    waiting.cancel();
    await Promise.all([...job.futures.map((future) => future.started), started]);
    await executor.wait();
  });
});
