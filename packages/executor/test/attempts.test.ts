/** E3: of several attempts of a call one outcome is visible, whoever comes late, comes twice, or comes back. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];

describe.each(processBackends)('an attempt that was given up, on %s', (name, options) => {
  test('is ended, though it was stopped when it was: it does not go on when it is woken', async () => {
    const executor = executorOf({ ...options, storage: `file:${root}/storage` });
    const file = join(root, 'runs');
    const call = executor.callAsync(
      async (path: string, ctx) => {
        const { appendFileSync } = await import('node:fs');
        appendFileSync(path, `${ctx.attempt} ${process.pid}\n`);
        // Long enough to be stopped in the middle.
        if (ctx.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 4_000));
        appendFileSync(path, `${ctx.attempt} done\n`);
        return ctx.attempt;
      },
      file,
      { retries: 1 },
    );
    await eventually(() => linesOf(file).length > 0, 'the call runs');
    // A storage agent has to have renewed its lease once before its silence says something.
    const leases = join(root, 'storage', 'skein');
    if (name === 'subprocess')
      await eventually(
        () => readdirSync(leases, { recursive: true }).some((path) => String(path).includes('lease/')),
        'it has renewed its lease',
      );
    const pid = Number(linesOf(file)[0]!.split(' ')[1]);
    process.kill(pid, 'SIGSTOP');
    expect(await call).toBe(2);
    expect(call.stats).toMatchObject({ attempt: 2 });
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It is gone already.
    }
    await eventually(() => !isAlive(pid), 'the first attempt has ended');
    expect(linesOf(file).filter((line) => line.endsWith('done'))).toEqual(['2 done']);
    expect(await call).toBe(2);
  }, 40_000);
});

describe('on subprocess', () => {
  /** As if an attempt of call 1 had ended with what call 0 has told. */
  const asOfCall1 = (told: Buffer): string =>
    JSON.stringify({ ...(JSON.parse(told.toString()) as object), callId: '00001' });

  test('a status that is there already is not written again, and it decides', async () => {
    const executor = executorOf({ backend: 'subprocess', storage: `file:${root}`, workers: 1 });
    const job = executor.map(
      async (x: number, ctx) => {
        const prefix = `jobs/${ctx.executorId}/${ctx.jobId}/status/`;
        if (x === 1) {
          const told = await ctx.storage.getObject('skein', `${prefix}00000.1`);
          await ctx.storage.putObject('skein', `${prefix}00001.1`, asOfCall1(told), { ifNoneMatch: '*' });
        }
        return `call ${x}`;
      },
      [0, 1],
      { maxWorkers: 1 },
    );
    expect(await job).toEqual(['call 0', 'call 0']);
    const storage = new Storage(`file:${root}`);
    const keys: string[] = [];
    for await (const key of storage.listKeys('skein', `jobs/${executor.executorId}/M000/status/`))
      keys.push(key.slice(-7));
    expect(keys.sort()).toEqual(['00000.1', '00001.1']);
    await executor.close();
  });

  test('a status of an attempt that was given up, which comes later, changes nothing', async () => {
    const storage = new Storage(`file:${root}`);
    const executor = executorOf({ backend: 'subprocess', storage: `file:${root}`, workers: 1 });
    const file = join(root, 'second');
    const job = executor.map(
      async (x: number, path: string, ctx) => {
        if (x === 0) return [x, ctx.attempt];
        if (ctx.attempt === 1) process.kill(process.pid, 'SIGKILL');
        const { existsSync: exists, writeFileSync } = await import('node:fs');
        writeFileSync(path, '');
        while (exists(path)) await new Promise((resolve) => setTimeout(resolve, 20));
        return [x, ctx.attempt];
      },
      [0, 1],
      { retries: 1, extraArgs: [file] },
    );
    expect(await job.futures[0]).toEqual([0, 1]);
    await eventually(() => existsSync(file), 'the second attempt runs');
    const prefix = `jobs/${executor.executorId}/M000/status/`;
    const told = await storage.getObject('skein', `${prefix}00000.1`);
    await storage.putObject('skein', `${prefix}00001.1`, asOfCall1(told), { ifNoneMatch: '*' });
    await new Promise((resolve) => setTimeout(resolve, 600)); // longer than between two looks for a status
    expect(job.futures[1]!.done).toBe(false);
    await rm(file);
    expect(await job).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(job.futures[1]!.stats).toMatchObject({ attempt: 2 });
    await executor.close();
  });

  test('a status that is damaged fails its own call, and the others go on', async () => {
    const executor = executorOf({ backend: 'subprocess', storage: `file:${root}`, workers: 1 });
    const job = executor.map(
      async (x: number, ctx) => {
        const key = `jobs/${ctx.executorId}/${ctx.jobId}/status/0000${x}.1`;
        if (x === 1) await ctx.storage.putObject('skein', key, 'not a status at all');
        if (x === 2) await ctx.storage.putObject('skein', key, '');
        if (x === 3) await ctx.storage.putObject('skein', key, '{}');
        if (x === 4)
          await ctx.storage.copyObject(
            { bucket: 'skein', key: key.replace('4.1', '0.1') },
            { bucket: 'skein', key },
          );
        return x;
      },
      [0, 1, 2, 3, 4, 5],
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    for (const index of [1, 2, 3, 4]) {
      const { reason } = outcomes[index] as PromiseRejectedResult;
      expect(reason).toMatchObject({ name: 'WorkerLostError', reason: 'lease' });
      expect(reason.message).toMatch(/status of a call could not be read/);
    }
  });

  test('calls of one message whose code cannot be loaded fail one by one, each with the reason', async () => {
    const executor = executorOf({ backend: 'subprocess', storage: `file:${root}`, workers: 1 });
    const fn = (x: number): number => x + 1;
    expect(await executor.map(fn, [1])).toEqual([2]);
    const code = readdirSync(root, { recursive: true }).find((path) => String(path).endsWith('.mjs'))!;
    appendFileSync(join(root, String(code)), '// changed');
    const job = executor.map(fn, [1, 2, 3], { chunksize: 3 });
    const outcomes = await Promise.allSettled(job.futures);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        reason: { message: expect.stringMatching(/hash|corrupt|etag|changed/) },
      });
  });
});
