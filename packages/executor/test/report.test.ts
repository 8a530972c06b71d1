import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExecutorError, jupyterDisplay, type MimeBundle } from '../src/index.ts';
import { CallState } from '../src/job/call-table.ts';
import { inputSource } from '../src/job/input-source.ts';
import { JobCore } from '../src/job/job-core.ts';
import { jobSummary } from '../src/report/summary.ts';
import { executorOf } from './support/executors.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-report-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const spend = (ms: number): number => {
  for (const end = performance.now() + ms; performance.now() < end; );
  return ms;
};

describe('jobSummary', () => {
  test('has a row a job, with what its calls took', async () => {
    const executor = executorOf();
    await executor.map(spend, [20, 20, 40]);
    await executor
      .map(
        function fails(x: number) {
          if (x > 1) throw new Error('too large');
          return x;
        },
        [1, 2, 3],
      )
      .catch(() => {});
    await executor.wait();
    const rows = executor.jobSummary();
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      executorId: executor.executorId,
      jobId: 'M000',
      name: 'spend',
      calls: 3,
      settled: 3,
      failures: 0,
      retries: 0,
      cost: undefined,
    });
    expect(rows[1]).toMatchObject({ jobId: 'M001', name: 'fails', calls: 3, settled: 3, failures: 2 });
    const { totalExecTime, meanExecTime, p50ExecTime, p95ExecTime, maxExecTime, wallTime } = rows[0]!;
    expect(totalExecTime).toBeGreaterThanOrEqual(0.079);
    expect(meanExecTime).toBeCloseTo(totalExecTime / 3, 9);
    expect(p50ExecTime).toBeGreaterThanOrEqual(0.019);
    expect(maxExecTime).toBeGreaterThanOrEqual(0.039);
    expect(p95ExecTime).toBeLessThanOrEqual(maxExecTime!);
    expect(wallTime).toBeGreaterThan(maxExecTime!);
    expect(rows[0]!.cpuUserTime + rows[0]!.cpuSystemTime).toBeGreaterThan(0.005);
    expect(rows[0]!.peakMemory).toBeGreaterThan(2 ** 20);
    expect(rows[0]!.bytesIn).toBeGreaterThan(0);
    expect(rows[0]!.bytesOut).toBeGreaterThan(0);
    expect(rows[0]!.coldStarts).toBeGreaterThanOrEqual(1);
    expect(rows[0]!.coldStarts).toBeLessThanOrEqual(2);
  });

  test('is there while a job runs, and before there is one', async () => {
    const executor = executorOf();
    expect(executor.jobSummary()).toEqual([]);
    const job = executor.map(() => new Promise<void>((resolve) => setTimeout(resolve, 60_000)), [1, 2]);
    expect(executor.jobSummary()).toMatchObject([
      { settled: 0, failures: 0, meanExecTime: undefined, maxExecTime: undefined, peakMemory: undefined },
    ]);
    job.cancel();
    await executor.wait();
    expect(executor.jobSummary()).toMatchObject([{ calls: 2, settled: 2, failures: 0 }]);
  });

  test('sums up what is left of a stream', async () => {
    const executor = executorOf();
    let read = 0;
    for await (const _ of executor.map(
      (x: number) => x,
      Array.from({ length: 3000 }, (_, i) => i),
      {
        stream: true,
      },
    ))
      read++;
    expect(read).toBe(3000);
    expect(executor.jobSummary()).toMatchObject([{ calls: 3000, settled: 3000, failures: 0 }]);
    expect(await executor.plot()).toContain('3,000 calls');
  });

  test('estimates the cost where the backend has prices', () => {
    const job = jobWith([1_000, 3_000]);
    const price = { perGbSecond: 0.5, perCall: 0.25, currency: 'EUR' };
    // 4 s with 2 GiB each, and 2 calls.
    expect(jobSummary(job, price).cost).toEqual({ amount: 4 * 2 * 0.5 + 2 * 0.25, currency: 'EUR' });
    expect(jobSummary(job, undefined).cost).toBeUndefined();
    job.runtimeMemory = 2 ** 30;
    expect(jobSummary(job, price).cost?.amount).toBe(4 * 0.5 + 2 * 0.25);
  });
});

describe('plot', () => {
  test('gives the timeline and histogram of all jobs as an SVG', async () => {
    const executor = executorOf();
    await executor.map(spend, [5, 10, 15, 20]);
    const picture = await executor.plot();
    expect(picture).toMatch(/^<svg /);
    expect(picture).toContain('spend (M000)');
    expect(picture).toContain('4 calls');
  });

  test.each([
    ['jobs.svg', '<svg '],
    ['jobs.PNG', '\u0089PNG'],
    ['jobs.html', '<!doctype html>'],
  ])('draws into %s what its ending says', async (name, start) => {
    const executor = executorOf();
    await executor.map(spend, [1, 2]);
    const target = join(folder, name);
    expect(await executor.plot(target)).toBeUndefined();
    expect((await readFile(target)).toString('latin1').slice(0, start.length)).toBe(start);
    if (name.endsWith('html')) expect(await readFile(target, 'utf8')).toMatch(/cold starts.*memory/);
  });

  test('refuses a target that it cannot draw, before anything', async () => {
    const executor = executorOf();
    const target = join(folder, 'jobs.jpg');
    await expect(executor.plot(target)).rejects.toThrow(ExecutorError);
    await expect(executor.plot(target)).rejects.toThrow(
      `a plot is drawn into a file that ends in .svg, .png, .html; got '${target}'`,
    );
    await expect(stat(target)).rejects.toThrow('ENOENT');
    await expect(executor.plot(join(folder, 'none', 'jobs.svg'))).rejects.toThrow(
      `there is no folder '${join(folder, 'none')}'`,
    );
    await expect(executor.plot(7 as never)).rejects.toThrow('the target of a plot is a path; got number');
  });

  test('works before there is a job, and after close', async () => {
    const executor = executorOf();
    expect(await executor.plot()).toContain('There are no calls.');
    await executor.map(spend, [1]);
    await executor.close();
    expect(await executor.plot()).toContain('1 call ');
  });
});

describe('in a notebook', () => {
  // What Deno's kernel does with the value of a cell.
  const shown = async (value: object): Promise<MimeBundle> =>
    Reflect.apply(Reflect.get(value, Symbol.for('Jupyter.display')), value, []);

  test('a job is a table and a picture', async () => {
    const executor = executorOf();
    const job = executor.map(spend, [1, 2, 3]);
    await job;
    const bundle = await shown(job);
    expect(bundle['text/plain']).toBe('job M000 spend: 3 calls ended');
    expect(bundle['text/html']).toContain('<table>');
    expect(bundle['text/html']).toContain('<svg ');
    expect(bundle['image/svg+xml']).toMatch(/^<svg /);
  });

  test('an unfinished job is shown as it stands, and is not waited for', async () => {
    const executor = executorOf();
    const job = executor.map(() => new Promise<void>((resolve) => setTimeout(resolve, 60_000)), [1, 2]);
    const bundle = await shown(job);
    expect(bundle['text/plain']).toBe('job M000 (anonymous): 0 of 2 calls ended, running');
    expect(bundle['image/svg+xml']).toBeUndefined();
    const [first] = job.futures;
    expect((await shown(first!))['text/plain']).toMatch(/^call .*-M000-00000: (new|invoked)$/);
  });

  test('showing a failure is not looking at it', async () => {
    const executor = executorOf();
    const job = executor.map(() => {
      throw new Error('<unseen>');
    }, [1]);
    await executor.wait();
    expect((await shown(job))['text/plain']).toBe('job M000 (anonymous): 1 calls ended, 1 failed');
    await shown(executor);
    await expect(executor.close()).rejects.toThrow('1 failed calls');
  });

  test('a call is shown with its steps', async () => {
    const executor = executorOf();
    const future = executor.callAsync(spend, 12);
    await future;
    const { 'text/plain': text, 'text/html': html } = await shown(future);
    expect(text).toMatch(/^call .*-M000-00000: success\n {2}waited [\d.]+ ms\n {2}ran \d\d[\d.]* ms\n/);
    expect(html).toContain('<th>worker</th>');
  });

  test('a reduction and an executor are shown with their jobs', async () => {
    const executor = executorOf();
    const reduction = executor.mapReduce(spend, [1, 2], function sum(all: number[]) {
      return all.length;
    });
    expect(await reduction).toBe(2);
    expect((await shown(reduction))['text/plain']).toMatch(/M000 spend: 2 calls ended/);
    const { 'text/plain': text, 'text/html': html } = await shown(executor);
    expect(text).toBe(
      `executor ${executor.executorId}\n  M000 spend: 2 calls ended\n  M001 sum: 1 calls ended`,
    );
    expect(html).toContain('M001');
    expect(jupyterDisplay).toBe(Symbol.for('Jupyter.display'));
  });
});

/** A finished job, told by hand that its calls took this long, in workers that held 2 GiB. */
function jobWith(times: readonly number[]): JobCore {
  const job = new JobCore({
    number: 0,
    ordinal: 0,
    name: 'f',
    title: undefined,
    executorId: 'e',
    background: false,
    stream: false,
    maxWorkers: 1,
    onWork: () => {},
    onCancel: () => {},
  });
  job.open(inputSource([...times], () => {}));
  const { indexes } = job.queue.take(times.length)!;
  const batch = {
    worker: 'w0',
    submitTstamp: 0,
    doneTstamp: 9_000,
    calls: times.length,
    attempt: 1,
    coldStart: false,
    bytesIn: 1,
    bytesOut: 1,
    cpuUser: 0,
    cpuSystem: 0,
    peakMemory: 2 * 2 ** 30,
  };
  for (const [i, index] of indexes.entries()) {
    job.setStats(index, 1_000, 1_000 + times[i]!, batch);
    job.settle(index, CallState.success, undefined);
  }
  return job;
}
