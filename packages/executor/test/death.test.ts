import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { WorkerLostError } from '../src/index.ts';
import { executorOf, processBackends } from './support/executors.ts';
import { eventually, isAlive } from './support/processes.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** A file in which every call leaves a line: tells which ran, and how often. */
async function journal(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-test-'));
  folders.push(folder);
  return join(folder, 'journal');
}

async function runsOf(file: string): Promise<Record<string, number>> {
  const runs: Record<string, number> = {};
  for (const line of (await readFile(file, 'utf8')).trim().split('\n')) runs[line] = (runs[line] ?? 0) + 1;
  return runs;
}

describe.each(processBackends)('a call that ends its worker, on %s', (_name, options) => {
  test.each([
    ['SIGKILL', { reason: 'signal', signal: 'SIGKILL', exitCode: null }, /killed by SIGKILL/],
    ['exit 0', { reason: 'exit', signal: null, exitCode: 0 }, /exit code 0/],
    ['exit 3', { reason: 'exit', signal: null, exitCode: 3 }, /exit code 3/],
  ] as const)(
    'by %s fails at once with how it died; the others run once each',
    async (how, fields, message) => {
      const executor = executorOf(options);
      const file = await journal();
      const job = executor.map(
        async (x: number) => {
          await appendFile(file, `${x}\n`);
          if (x === 3) {
            if (how === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
            else process.exit(how === 'exit 0' ? 0 : 3);
          }
          return x;
        },
        [0, 1, 2, 3, 4, 5, 6, 7],
      );
      const outcomes = await Promise.allSettled(job.futures);
      const lost = outcomes[3] as PromiseRejectedResult;
      expect(lost.reason).toBeInstanceOf(WorkerLostError);
      expect(lost.reason).toMatchObject(fields);
      expect(lost.reason.message).toMatch(message);
      expect(lost.reason.message).toContain(`${executor.executorId}-M000-00003`);
      expect(job.futures[3]!.stats).toMatchObject({ attempt: 1, worker: expect.stringMatching(/^w\d+$/) });
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
      expect(await runsOf(file)).toEqual({ 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1 });
    },
  );
});

describe('death of a worker on localhost', () => {
  test('in the middle of a long message, its finished calls keep their results and the others run', async () => {
    const executor = executorOf();
    const file = await journal();
    const job = executor.map(
      (x: number) => {
        appendFileSync(file, `${x}\n`);
        if (x === 33) process.exit(0);
        return x;
      },
      Array.from({ length: 100 }, (_, i) => i),
      { chunksize: 50 },
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(outcomes[33]).toMatchObject({ status: 'rejected', reason: { reason: 'exit', exitCode: 0 } });
    const runs = await runsOf(file);
    expect(Object.keys(runs)).toHaveLength(100);
    expect(Object.values(runs).every((count) => count === 1)).toBe(true);
  });

  test('by a kill from outside, within a message of short calls: no call is lost, one at most fails', async () => {
    const executor = executorOf({ workers: 1 });
    const job = executor.map(
      (x: number) => {
        // SIGKILL that the agent cannot see coming: from a child of its own.
        if (x === 20) execFileSync('/bin/kill', ['-9', String(process.pid)]);
        return x;
      },
      Array.from({ length: 40 }, (_, i) => i),
      { chunksize: 40 },
    );
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes[20]).toMatchObject({
      status: 'rejected',
      reason: { reason: 'signal', signal: 'SIGKILL' },
    });
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(39);
  });

  test('while it is idle is nobody’s failure', async () => {
    const executor = executorOf({ workers: 1 });
    const pid = await executor.callAsync(() => process.pid);
    process.kill(pid, 'SIGKILL');
    await eventually(() => !isAlive(pid), 'it has ended');
    await new Promise((resolve) => setTimeout(resolve, 300)); // our time to hear of it
    const next = await executor.callAsync(() => process.pid);
    expect(next).not.toBe(pid);
  });
});

describe('cancelling', () => {
  test('stops a function that runs, and the executor goes on', async () => {
    const executor = executorOf({ workers: 1 });
    const endless = executor.callAsync((): number => {
      for (;;);
    });
    setTimeout(() => endless.cancel(), 200);
    await expect(endless.result()).rejects.toMatchObject({ name: 'CallCancelledError' });
    expect(await executor.callAsync((x: number) => x, 5)).toBe(5);
  });

  test('by a signal ends the calls that have no outcome yet', async () => {
    const executor = executorOf({ workers: 1 });
    const abort = new AbortController();
    const job = executor.map(
      async (x: number) => {
        if (x > 0) await new Promise((resolve) => setTimeout(resolve, 60_000));
        return x;
      },
      [0, 1, 2],
      { signal: abort.signal },
    );
    expect(await job.futures[0]).toBe(0);
    abort.abort(new Error('enough'));
    const outcomes = await Promise.allSettled(job.futures);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(outcomes[2]).toMatchObject({
      reason: { name: 'CallCancelledError', cause: { message: 'enough' } },
    });
  });
});
