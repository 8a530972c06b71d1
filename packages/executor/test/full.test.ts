/**
 * A disk without room. The kernel refuses files beyond a size that a process sets itself, whoever runs it: to who writes
 * it is what a full disk is, and nobody else's files are in danger.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { executorOf, processBackends } from './support/executors.ts';

const client = fileURLToPath(new URL('./support/full-client.ts', import.meta.url));

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** For the inside of a call. */
const fill = async (bytes: number): Promise<void> => {
  const { execFileSync } = await import('node:child_process');
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}`]);
};

describe.each(processBackends)('where the disk is full, on %s', (_name, options) => {
  test('a result that cannot be stored fails its call by the reason, and the others go on', async () => {
    const executor = executorOf({ ...options, storage: `file:${root}` });
    const job = executor.map(
      async (x: number) => {
        await fill(100_000);
        return x === 1 ? new Uint8Array(2_000_000) : x;
      },
      [0, 1, 2, 3],
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    const { reason } = outcomes[1] as PromiseRejectedResult;
    expect(reason).toMatchObject({ name: 'StorageError', code: 'io' });
    expect(reason.message).toMatch(/M000\/result\/00001.* in bucket "skein" failed: EFBIG/);
    await executor.close();
  });

  test('what the client cannot store, of code, values or arguments, is named by who needs it; the rest goes on', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...inject('nodeFlags'), client, options.backend!, `file:${root}`],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const { items, values, extra, code, after } = JSON.parse(stdout.trim().split('\n').at(-1)!);
    const refused = (what: string): unknown => ({
      name: expect.stringMatching(/^(StorageError|BundleError)$/),
      message: expect.stringMatching(new RegExp(`${what}.*EFBIG`)),
    });
    expect(items).toEqual([{ value: 'number' }, refused('args/1'), { value: 'string' }]);
    expect(values).toEqual(refused('values'));
    expect(extra).toEqual(refused('extra'));
    expect(code).toEqual(refused("the function's code could not be stored"));
    expect(after).toEqual({ value: ['number', 'string'] });
    const left: string[] = [];
    for await (const { key } of new Storage(`file:${root}`).listObjects('skein')) left.push(key);
    expect(left).toEqual([]);
  });
});

describe('a status that cannot be stored, on subprocess', () => {
  test('makes room for the reason', async () => {
    const executor = executorOf({ backend: 'subprocess' });
    const job = executor.map(
      async (x: number) => {
        await fill(20_000);
        return 'x'.repeat(x);
      },
      [5, 500_000, 6],
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason.message).toMatch(
      /outcome of the call could not be stored: .*status\/00001.* failed: EFBIG/,
    );
    await executor.close();
  });

  test('where there is no room at all, its call is lost with the reason and may run again', async () => {
    const executor = executorOf({ backend: 'subprocess', logLevel: 'silent' });
    const job = executor.map(
      async (x: number, ctx) => {
        if (x === 1 || (x === 2 && ctx.attempt === 1)) await fill(0);
        return x * 10;
      },
      [0, 1, 2],
      { retries: 1 },
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 0 },
      {
        status: 'rejected',
        reason: expect.objectContaining({
          name: 'WorkerLostError',
          reason: 'exit',
          exitCode: 74,
          message: expect.stringMatching(/could not store the outcome/),
        }),
      },
      { status: 'fulfilled', value: 20 },
    ]);
    await executor.close();
  });
});
