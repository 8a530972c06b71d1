/** Jobs for which nobody waits. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';
import { folderOfTest } from './support/workers.ts';

const endless = (): Promise<never> =>
  new Promise(() => {
    setInterval(() => {}, 1_000);
  });

describe.each(everyBackend)('a job in the background, on %s', (_name, options) => {
  test('is cancelled by close, which has no error of it to tell', async () => {
    const executor = executorOf({ ...options, workers: 4 });
    const job = executor.map(endless, [1, 2], { background: true });
    const call = executor.callAsync(endless, undefined, { background: true });
    const other = executor.callAsync((x: number) => x + 1, 1);
    expect(await other).toBe(2);
    await executor.close();
    for (const future of [...job.futures, call])
      await expect(future).rejects.toMatchObject({ name: 'CallCancelledError' });
  });

  test('goes on while others need it', async () => {
    const executor = executorOf(options);
    const feeding = executor.map(
      async (x: number) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return x * 2;
      },
      [1, 2],
      { background: true },
    );
    const fed = feeding.map((x: number) => x + 1);
    await executor.close();
    expect(await fed).toEqual([3, 5]);
  });

  test('gives its results as others do', async () => {
    const executor = executorOf(options);
    expect(await executor.map((x: number) => x * 2, [1, 2], { background: true })).toEqual([2, 4]);
  });

  test('ends with the program, which it does not keep running', async () => {
    const file = join(await folderOfTest(), 'pids');
    const program = fileURLToPath(new URL('./support/background-client.ts', import.meta.url));
    const client = spawn(process.execPath, [...inject('nodeFlags'), program, file, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    onTestFinished(() => void client.kill('SIGKILL'));
    const code = await new Promise((resolve) => client.once('exit', resolve));
    expect(code).toBe(0);
    const pids = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
    expect(pids).toHaveLength(2);
    await eventually(() => !pids.some(isAlive), 'its workers have ended');
  });
});

test.each(processBackends)(
  'a failure in the background is told by close, as any other, on %s',
  async (_name, options) => {
    const executor = executorOf(options);
    const job = executor.map(() => Promise.reject(new Error('mine')), [1], { background: true });
    await executor.wait(job);
    await expect(executor.close()).rejects.toMatchObject({ errors: [{ message: 'mine' }] });
  },
);
