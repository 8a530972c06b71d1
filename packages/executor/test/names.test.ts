/** What jobs are called where their users say it. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { type ExecutorOptions, openRecords } from '../src/index.ts';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';
import { folderOfTest } from './support/workers.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function printedBy(options: ExecutorOptions): Promise<string> {
  const program = fileURLToPath(new URL('./support/naming-client.ts', import.meta.url));
  const client = spawn(process.execPath, [...inject('nodeFlags'), program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return text(client.stdout);
}

describe.each(everyBackend)('a name, on %s', (_name, options) => {
  test('begins the lines of its calls', async () => {
    const out = await printedBy({ ...options, logs: 'prefix' });
    expect(out.split('\n').sort()).toEqual(['', '[fetch-00000] a', '[fetch-00001] b', '[once] c']);
  });

  test('is what ctx.log calls them', async () => {
    const executor = executorOf({ ...options, logs: 'keep' });
    const log = (_item: unknown, ctx: { readonly log: { info(line: string): void } }): void => {
      ctx.log.info('here');
    };
    const job = executor.map(log, [0], { name: 'fetch' });
    const call = executor.callAsync(log, 0, { name: 'once' });
    await Promise.all([job, call]);
    expect(job.futures[0]!.logs).toBe('[fetch-00000] here\n');
    expect(call.logs).toBe('[once] here\n');
  });

  test('is in summaries and records', async () => {
    const storage = `file:${await folderOfTest()}`;
    const executor = executorOf({ ...options, storage, records: true });
    const job = executor.map(
      function own(x: number): number {
        return x;
      },
      [1],
      { name: 'fetch pages' },
    );
    await job;
    expect(executor.jobSummary()).toMatchObject([{ name: 'fetch pages' }]);
    await executor.close();
    const record = await (await openRecords({ storage })).read(`${job.executorId}-${job.jobId}`);
    expect(record.name).toBe('fetch pages');
  });

  test('is in the errors of its calls, with their ids', async () => {
    const executor = executorOf(options);
    const job = executor.map(pause, [60_000], { name: 'fetch', timeoutMs: 100 });
    await expect(job.futures[0]).rejects.toThrow(
      `call fetch-00000 (${executor.executorId}-M000-00000) ran longer than its timeoutMs`,
    );
    const call = executor.callAsync(pause, 60_000, { name: 'once' });
    await expect(call.result({ timeoutMs: 1 })).rejects.toThrow(`call once (${call}) was not done`);
    call.cancel();
    await expect(call).rejects.toThrow(`call once (${call}) was cancelled`);
  });

  test('of a map with a reduction is the map’s', async () => {
    const executor = executorOf(options);
    await executor.mapReduce(
      (x: number) => x,
      [1],
      function sum(all: number[]): number {
        return all.length;
      },
      { name: 'fetch' },
    );
    expect(executor.jobSummary().map(({ name }) => name)).toEqual(['fetch', 'sum']);
  });
});

test.each(processBackends)('is in the error of a call whose worker dies, on %s', async (_name, options) => {
  const executor = executorOf(options);
  const call = executor.callAsync((): void => process.exit(1), undefined, { name: 'once' });
  await expect(call).rejects.toThrow(`while it ran call once (${call}): it left with exit code 1`);
});
