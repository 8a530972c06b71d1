/** How long a call that is cancelled may go on. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';
import { folderOfTest } from './support/workers.ts';

/** Says that it runs, goes on for a while, and says that it has ended. */
const slow = async (file: string): Promise<void> => {
  appendFileSync(file, `${process.pid}\n`);
  await new Promise((resolve) => setTimeout(resolve, 400));
  appendFileSync(file, 'ended\n');
};

const linesIn = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];

describe.each(everyBackend)('a call that is cancelled, on %s', (_name, options) => {
  test('has its outcome at once, and may end by itself within graceMs', async () => {
    const executor = executorOf(options);
    const [one, other] = [await folderOfTest(), await folderOfTest()].map((folder) => join(folder, 'lines'));
    const call = executor.callAsync(slow, one!);
    const job = executor.map(slow, [other!]);
    await eventually(() => linesIn(one!).length + linesIn(other!).length === 2, 'both run');
    call.cancel({ graceMs: 60_000 });
    job.cancel(new Error('enough'), { graceMs: 60_000 });
    await expect(call).rejects.toMatchObject({ name: 'CallCancelledError' });
    await expect(job).rejects.toMatchObject({ name: 'CallCancelledError', cause: { message: 'enough' } });
    await eventually(() => linesIn(one!).length + linesIn(other!).length === 4, 'both have ended');
  });

  test('is refused a time that is none', async () => {
    const executor = executorOf(options);
    const job = executor.map((x: number) => x, [1]);
    for (const graceMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
      expect(() => job.cancel(undefined, { graceMs })).toThrow(/graceMs is a number of milliseconds/);
      expect(() => job.futures[0]!.cancel({ graceMs })).toThrow(/graceMs is a number of milliseconds/);
    }
    expect(await job).toEqual([1]);
  });
});

describe.each(processBackends)('the worker of a call that is cancelled, on %s', (_name, options) => {
  test('is ended at once where it is given no time, though it was given some before', async () => {
    const executor = executorOf(options);
    const file = join(await folderOfTest(), 'lines');
    const call = executor.callAsync(async (path: string) => {
      appendFileSync(path, `${process.pid}\n`);
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    }, file);
    await eventually(() => linesIn(file).length === 1, 'it runs');
    const pid = Number(linesIn(file)[0]);
    call.cancel({ graceMs: 600_000 });
    // Longer than it would have by default.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isAlive(pid)).toBe(true);
    call.cancel({ graceMs: 0 });
    await eventually(() => !isAlive(pid), 'it has ended');
  });
});
