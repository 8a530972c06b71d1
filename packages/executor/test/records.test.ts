import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type JobRecordSummary, openRecords, type Records } from '../src/index.ts';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';

let root: string;
let storage: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-test-'));
  storage = `file:${root}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

async function all(records: Records): Promise<JobRecordSummary[]> {
  const found: JobRecordSummary[] = [];
  for await (const one of records.list()) found.push(one);
  return found;
}

describe.each(everyBackend)('a job with the option records, on %s', (_name, options) => {
  test('leaves how each call went', async () => {
    const executor = executorOf({ ...options, storage, records: true });
    const before = Date.now() / 1000;
    const job = executor.map(
      function oddOnly(x: number): number {
        if (x % 2 === 0) throw new RangeError(`${x} is even`);
        return x;
      },
      [1, 2, 3],
    );
    await executor.wait(job);
    for (const future of job.futures) void future.error;
    await executor.close();

    const records = await openRecords({ storage });
    const record = await records.read(`${job.executorId}-${job.jobId}`);
    expect(record).toMatchObject({
      version: 1,
      executorId: job.executorId,
      jobId: 'M000',
      name: 'oddOnly',
      backend: options.backend,
      calls: 3,
      failed: 1,
    });
    expect(record.createdTstamp).toBeGreaterThanOrEqual(before - 0.001);
    expect(record.finishedTstamp).toBeGreaterThanOrEqual(record.createdTstamp);
    expect(record.rows.map(({ index, state, attempt }) => ({ index, state, attempt }))).toEqual([
      { index: 0, state: 'success', attempt: 1 },
      { index: 1, state: 'error', attempt: 1 },
      { index: 2, state: 'success', attempt: 1 },
    ]);
    expect(record.rows[1]?.error).toMatchObject({
      name: 'RangeError',
      message: '2 is even',
      stack: expect.stringContaining('records.test.ts'),
    });
    for (const { index, stats } of record.rows) expect(stats).toEqual(job.futures[index]?.stats);
  });

  test('leaves no value, argument or variable in it', async () => {
    const executor = executorOf({ ...options, storage, records: true });
    const captured = 'captured-secret';
    const job = executor.map(
      (x: string, extra: string) => {
        if (x === 'item-secret-1') throw Object.assign(new Error('refused'), { token: 'field-secret' });
        return `${captured} ${extra} result-secret`;
      },
      ['item-secret-0', 'item-secret-1'],
      { extraArgs: ['extra-secret'] },
    );
    await executor.wait(job);
    await executor[Symbol.asyncDispose]().catch(() => {});
    const key = `records/${job.executorId}/${job.jobId}.json`;
    const text = (await new Storage(storage).getObject('skein', key)).toString();
    expect(text).toContain('refused');
    // The stack quotes no line of source but names where it was thrown.
    expect(text).not.toContain('secret');
  });
});

test.each(processBackends)(
  'a call that died with its worker has its state and error, on %s',
  async (_name, options) => {
    const executor = executorOf({ ...options, storage, records: true });
    const job = executor.map((x: number) => (x === 1 ? process.exit(3) : x), [0, 1]);
    await executor.wait(job);
    await executor[Symbol.asyncDispose]().catch(() => {});
    const record = await (await openRecords({ storage })).read(executor.executorId);
    expect(record.failed).toBe(1);
    expect(record.rows[1]).toMatchObject({ state: 'lost', error: { name: 'WorkerLostError' } });
    expect(record.rows[1]?.stats).toMatchObject({ attempt: 1 });
  },
);

describe('what is recorded of', () => {
  test('a function without a name is (anonymous)', async () => {
    const executor = executorOf({ storage, records: true });
    await executor.map((x: number) => x, [1]);
    await executor.close();
    expect((await all(await openRecords({ storage })))[0]?.name).toBe('(anonymous)');
  });

  test('a stream is its aggregate', async () => {
    const executor = executorOf({ storage, records: true });
    let sum = 0;
    for await (const x of executor.map((x: number) => x, Array(5_000).fill(1), { stream: true })) sum += x;
    await executor.close();
    const record = await (await openRecords({ storage })).read(executor.executorId);
    expect(record).toMatchObject({ calls: sum, failed: 0, rows: [] });
  });

  test('a job whose input breaks is why, and the calls before', async () => {
    const executor = executorOf({ storage, records: true });
    function* broken(): Generator<number> {
      yield 1;
      throw new TypeError('the file ended');
    }
    await expect(executor.map((x: number) => x, broken())).rejects.toThrow();
    await executor.close();
    const record = await (await openRecords({ storage })).read(executor.executorId);
    expect(record.broken).toEqual({ name: 'InputError', message: expect.stringContaining('the file ended') });
    expect(record.rows).toHaveLength(1);
  });

  test('thrown things that are no errors is their kind', async () => {
    const executor = executorOf({ storage, records: true });
    const job = executor.map(
      (x: number): number => {
        if (x === 0) throw 'just text';
        if (x === 1) throw { secret: 1 };
        throw undefined;
      },
      [0, 1, 2],
    );
    await executor.wait(job);
    await executor[Symbol.asyncDispose]().catch(() => {});
    const record = await (await openRecords({ storage })).read(executor.executorId);
    expect(record.rows.map((row) => row.error)).toEqual([
      { name: 'string', message: 'just text' },
      { name: 'Error', message: 'an object that is no error was thrown' },
      { name: 'undefined', message: 'undefined' },
    ]);
  });

  test('cancelled calls is that they were', async () => {
    const executor = executorOf({ storage, records: true });
    const job = executor.map(() => new Promise(() => {}), [1, 2, 3]);
    job.cancel();
    await executor.close();
    const record = await (await openRecords({ storage })).read(executor.executorId);
    expect(record.rows.map(({ state, attempt }) => ({ state, attempt }))).toEqual(
      Array(3).fill({ state: 'cancelled', attempt: 0 }),
    );
  });
});

describe('records', () => {
  test('lie in the user’s state directory where no storage is configured, readable by nobody else', async () => {
    vi.stubEnv('XDG_STATE_HOME', root);
    vi.stubEnv('SKEIN_STORAGE', '');
    const executor = executorOf({ records: true });
    await executor.map((x: number) => x, [1]);
    await executor.close();
    expect(await readdir(join(root, 'skein', 'skein', 'records', executor.executorId))).toEqual([
      'M000.json',
    ]);
    const [record] = await all(await openRecords());
    expect(record?.id).toBe(`${executor.executorId}-M000`);
    const { mode } = await import('node:fs').then(({ statSync }) => statSync(join(root, 'skein')));
    expect(mode & 0o077).toBe(0);
  });

  test('are kept by a variable too, and not without being asked for', async () => {
    const silent = executorOf({ storage });
    await silent.map((x: number) => x, [1]);
    await silent.close();
    expect(await all(await openRecords({ storage }))).toEqual([]);
    vi.stubEnv('SKEIN_RECORDS', '1');
    const asked = executorOf({ storage });
    await asked.map((x: number) => x, [1]);
    await asked.close();
    expect(await all(await openRecords({ storage }))).toHaveLength(1);
  });

  test('are listed newest first, with their heads', async () => {
    const executor = executorOf({ storage, records: true });
    const names = ['one', 'two', 'three'];
    for (const name of names) {
      const fn = { [name]: (x: number) => x }[name]!;
      await executor.map(fn, [1, 2]);
      // The store tells times by the millisecond.
      await vi.waitUntil(
        async () => (await all(await openRecords({ storage }))).length > names.indexOf(name),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await executor.close();
    const listed = await all(await openRecords({ storage }));
    expect(listed.map(({ name }) => name)).toEqual(['three', 'two', 'one']);
    expect(listed[0]).toMatchObject({ id: `${executor.executorId}-M002`, calls: 2, failed: 0 });
    expect(listed[0]).not.toHaveProperty('rows');
  });

  test('with a long head are listed too', async () => {
    const executor = executorOf({ storage, records: true });
    const job = executor.map(
      (x: number) => x,
      (function* (): Generator<number> {
        for (let i = 0; i < 50; i++) yield i;
        throw new Error('long '.repeat(2000));
      })(),
    );
    await expect(job).rejects.toThrow();
    await executor.close();
    expect((await all(await openRecords({ storage })))[0]?.broken?.message.length).toBeGreaterThan(9_000);
  });

  test('are found by a beginning of their id that only they have', async () => {
    const executor = executorOf({ storage, records: true });
    await executor.map((x: number) => x, [1]);
    await executor.map((x: number) => x, [2]);
    await executor.close();
    const records = await openRecords({ storage });
    const id = `${executor.executorId}-M00`;
    await expect(records.read(id)).rejects.toMatchObject({
      code: 'ambiguous',
      message: expect.stringMatching(new RegExp(`${id}0, ${id}1$`)),
    });
    await expect(records.read(executor.executorId.slice(0, 3))).rejects.toMatchObject({ code: 'ambiguous' });
    expect((await records.read(`${id}1`)).jobId).toBe('M001');
    await records.remove(`${id}1`);
    expect((await records.read(executor.executorId.slice(0, 4))).jobId).toBe('M000');
    await expect(records.read(`${id}1`)).rejects.toMatchObject({ code: 'no-such-record' });
    await expect(records.remove('zz')).rejects.toMatchObject({ code: 'no-such-record' });
    await expect(records.read('')).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('of a version to come are passed over in lists, and named when read', async () => {
    const folder = join(root, 'skein', 'records', 'abc-0');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'M000.json'),
      '{"version":9,"executorId":"abc-0","jobId":"M000","rows":[\n]}\n',
    );
    await writeFile(join(folder, 'M001.json'), 'no json');
    await writeFile(join(folder, 'notes.txt'), 'somebody’s own');
    const records = await openRecords({ storage });
    expect(await all(records)).toEqual([]);
    await expect(records.read('abc-0-M000')).rejects.toThrow(/version 9/);
    await expect(records.read('abc-0-M001')).rejects.toThrow(/cannot be read/);
  });

  test('that cannot be written cost one line, not the job', async () => {
    await mkdir(join(root, 'skein'));
    await writeFile(join(root, 'skein', 'records'), 'in the way');
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const executor = executorOf({ storage, records: true });
    expect(await executor.map((x: number) => x, [1, 2])).toEqual([1, 2]);
    expect(await executor.map((x: number) => x, [3])).toEqual([3]);
    await executor.close();
    const lines = written.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('record'));
    expect(lines).toEqual([
      expect.stringMatching(/^skein: the record of job \S+ could not be written: .*\n$/),
    ]);
  });
});

test('a record of many calls is written without holding the client up', async () => {
  const executor = executorOf({ storage, records: true });
  const job = executor.map(
    (x: number) => x,
    Array.from({ length: 30_000 }, (_, i) => i),
  );
  await job;
  const begin = performance.now();
  let last = begin;
  let longest = 0;
  let closed = false;
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!closed) setImmediate(look);
  };
  look();
  await executor.close();
  closed = true;
  const record = await (await openRecords({ storage })).read(executor.executorId);
  expect(record.rows).toHaveLength(30_000);
  expect(record.rows.at(-1)).toMatchObject({ index: 29_999, state: 'success' });
  // Most of this time is the record's; the program has its turn every millisecond or so.
  expect(longest).toBeLessThan((last - begin) / 3);
});
