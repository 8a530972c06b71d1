import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type ExecutorOptions, openRecords } from '../src/index.ts';
import { CallLogs } from '../src/logs/call-logs.ts';
import { everyBackend, executorOf, processBackends, sharedExecutor } from './support/executors.ts';
import { runInTerminal } from './support/terminal.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skein-test-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const channelBackends = everyBackend.filter(([, { backend }]) => backend === 'localhost');

const program = fileURLToPath(new URL('./support/printing-client.ts', import.meta.url));

/** What a client prints. `file`: its standard output is a file, else a pipe. */
async function printed(
  scenario: string,
  options: ExecutorOptions,
  to: 'pipe' | 'file' | '/dev/null' = 'pipe',
): Promise<{ out: string; err: string }> {
  const path = to === 'file' ? join(root, 'out') : to;
  const child = spawn(
    process.execPath,
    [...inject('nodeFlags'), program, scenario, JSON.stringify(options)],
    {
      stdio: ['ignore', to === 'pipe' ? 'pipe' : openSync(path, 'a'), 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  const [out, err] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    text(child.stderr!),
    once(child, 'close'),
  ]);
  return { out: to === 'file' ? readFileSync(path, 'utf8') : out, err };
}

describe.each(everyBackend)('future.logs, on %s', (_name, options) => {
  const quiet = { ...options, logs: 'keep' } as const;
  const executor = sharedExecutor(quiet);

  test('is what the call printed, both streams in the order in which it wrote to them', async () => {
    const job = executor.map(
      (x: number) => {
        console.log('one %d', x);
        console.error('two');
        process.stdout.write('three');
        process.stderr.write(' and ');
        process.stdout.write(Buffer.from('four'));
        return x;
      },
      [5, 6],
    );
    expect(await job).toEqual([5, 6]);
    expect(job.futures.map(({ logs }) => logs)).toEqual([
      'one 5\ntwo\nthree and four',
      'one 6\ntwo\nthree and four',
    ]);
  });

  test('is empty for a call that prints nothing, and of the right one among calls that came together', async () => {
    const executor = executorOf({ ...quiet, workers: 1 });
    const job = executor.map(
      (x: number) => {
        if (x % 3 === 0) console.log(`this is ${x}`);
        return x;
      },
      Array.from({ length: 12 }, (_, i) => i),
      { chunksize: 12 },
    );
    await job;
    job.futures.forEach(({ logs }, x) => {
      expect(logs).toBe(x % 3 === 0 ? `this is ${x}\n` : '');
    });
  });

  test('is there of a call that failed', async () => {
    const future = executor.callAsync(async () => {
      console.log('before');
      await null;
      console.log('after');
      throw new Error('refused');
    }, 0);
    await expect(future).rejects.toThrow('refused');
    expect(future.logs).toBe('before\nafter\n');
  });

  test('is the beginning and the end of very much, with what is between counted', async () => {
    const future = executor.callAsync((bytes: number) => {
      for (let i = 0; i < bytes; i += 10) process.stdout.write(`${String(i).padStart(9, '0')}\n`);
    }, 1_000_000);
    await future;
    const { logs } = future;
    const kept = 128 * 1024;
    const [head = '', tail = ''] = logs.split(/\n?\[… \d+ bytes left out …\]\n/);
    expect(logs).toContain(`[… ${1_000_000 - 2 * kept} bytes left out …]`);
    expect([head.length, tail.length]).toEqual([kept, kept]);
    expect(head.startsWith('000000000\n000000010\n')).toBe(true);
    expect(tail.endsWith('\n000999990\n')).toBe(true);
  });

  test('is whole when it fits beginning and end together', async () => {
    const future = executor.callAsync((n: number) => {
      for (let i = 0; i < n; i++) console.log('ä'.repeat(100));
    }, 1000);
    await future;
    expect(future.logs).toBe(`${'ä'.repeat(100)}\n`.repeat(1000));
  });

  test('has characters whole where it is cut, and marks what is no text', async () => {
    const future = executor.callAsync(() => {
      process.stdout.write(Buffer.from([0xff, 0xfe, 0x00, 0x41]));
      for (let i = 0; i < 200_000; i++) process.stdout.write('€');
    }, 0);
    await future;
    const { logs } = future;
    expect(logs.startsWith('\ufffd\ufffd\u0000A€€')).toBe(true);
    expect(logs.slice(4)).toMatch(/^€+\n\[… \d+ bytes left out …\]\n€+$/);
  });

  test('answers callbacks and refuses what is no text, as a stream does', async () => {
    const future = executor.callAsync(async () => {
      await new Promise<void>((resolve, reject) =>
        process.stdout.write('61', 'hex', (error) => (error ? reject(error) : resolve())),
      );
      await new Promise<void>((resolve) => process.stdout.write('b', () => resolve()));
      try {
        process.stdout.write(5 as unknown as string);
        return 'taken';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    }, 0);
    expect(await future).toBe('ERR_INVALID_ARG_TYPE');
    expect(future.logs).toBe('ab');
  });

  test('is in the record of the job', async () => {
    const storage = `file:${root}`;
    const executor = executorOf({ ...quiet, storage, records: true });
    await executor.map(
      (x: number) => {
        if (x === 1) console.log('recorded');
        return x;
      },
      [0, 1],
    );
    await executor.close();
    const { rows } = await (await openRecords({ storage })).read(executor.executorId);
    expect(rows.map(({ logs }) => logs)).toEqual([undefined, 'recorded\n']);
  });

  test('is of the attempt whose outcome the call has', async () => {
    const executor = executorOf({ ...quiet, retries: 1 });
    const future = executor.callAsync((_x: number, ctx) => {
      console.log(`attempt ${ctx.attempt}`);
      if (ctx.attempt === 1) throw new Error('again');
    }, 0);
    await future;
    expect(future.logs).toBe('attempt 2\n');
  });
});

describe.each(channelBackends)('while a call runs, on %s', (_name, options) => {
  test('what it has printed is there', async () => {
    const executor = executorOf({ ...options, logs: 'keep' });
    const future = executor.callAsync(() => {
      console.log('working');
      return new Promise(() => {});
    }, 0);
    while (future.logs === '') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(future.logs).toBe('working\n');
    future.cancel();
    await expect(future).rejects.toMatchObject({ code: 'cancelled' });
    expect(future.logs).toBe('working\n');
  });
});

describe('the last words of a worker', () => {
  test.each(['SIGKILL', 'exit', 'abort', 'endless'] as const)('are kept: %s', async (how) => {
    const executor = executorOf({ logs: 'keep', timeoutMs: 500 });
    const future = executor.callAsync((end: string) => {
      console.log('about to go');
      if (end === 'SIGKILL') execFileSync('kill', ['-9', String(process.pid)]);
      else if (end === 'exit') process.exit(3);
      else if (end === 'abort') process.abort();
      else for (;;);
    }, how);
    await expect(future).rejects.toThrow();
    expect(future.logs).toBe('about to go\n');
  });

  test('are those of the attempt that was lost, not of one before', async () => {
    const storage = `file:${root}`;
    const executor = executorOf({ logs: 'keep', retries: 1, storage, records: true });
    const future = executor.callAsync((_x: number, ctx) => {
      console.log(`attempt ${ctx.attempt}`);
      if (ctx.attempt === 1) throw new Error('again');
      process.exit(3);
    }, 0);
    await expect(future).rejects.toMatchObject({ reason: 'exit' });
    expect(future.logs).toBe('attempt 2\n');
    await executor.close();
    const { rows } = await (await openRecords({ storage })).read(executor.executorId);
    expect(rows[0]).toMatchObject({ state: 'lost', attempt: 2, logs: 'attempt 2\n' });
  });

  test('are the end of very much too, where the process knows that it leaves', async () => {
    const executor = executorOf({ logs: 'keep' });
    const future = executor.callAsync(() => {
      for (let i = 0; i < 500; i++) console.log('x'.repeat(1000));
      console.log('the end');
      process.exit(3);
    }, 0);
    await expect(future).rejects.toMatchObject({ reason: 'exit' });
    expect(future.logs.endsWith('x\nthe end\n')).toBe(true);
  });
});

describe.each(everyBackend)('printed output, on %s', (_name, options) => {
  test('is as the function wrote it, by default', async () => {
    const { out, err } = await printed('streams', { ...options, workers: 1 });
    expect(out).toBe('out 7\nleft behind by 7\n');
    expect(err).toBe('err 7\n');
  });

  test.each(['pipe', 'file'] as const)(
    'with prefixes has whole lines, each with its call, to a %s',
    async (to) => {
      const { out } = await printed('lines', { ...options, logs: 'prefix' }, to);
      const lines = out.split('\n');
      expect(lines.pop()).toBe('');
      expect(lines).toHaveLength(4 * 51);
      for (const line of lines) expect(line).toMatch(/^\[M000-0000(\d)\] (?:begin \1 x* end \1|last of \1)$/);
      // Of each call, in the order in which it wrote.
      for (let x = 0; x < 4; x++) {
        const lengths = lines.filter((line) => line.startsWith(`[M000-0000${x}]`)).map((line) => line.length);
        expect(lengths.slice(0, 50)).toEqual([...lengths.slice(0, 50)].sort((a, b) => a - b));
      }
    },
  );

  test('that is only kept is not printed; what is left behind is no call’s', async () => {
    const { out, err } = await printed('streams', { ...options, workers: 1, logs: 'keep' });
    expect(out).toBe('left behind by 7\n');
    expect(err).toBe('');
  });
});

test.each([
  ['processes, as it is', {}],
  ['processes, with prefixes', { logs: 'prefix' }],
  ['threads', { localhost: { isolation: 'thread' } }],
] as const)('on a terminal with a progress bar no line is broken, on %s', async (_name, options) => {
  const { lines, raw, code } = await runInTerminal(
    [process.execPath, ...inject('nodeFlags'), program, 'slowly', JSON.stringify(options)],
    { columns: 200, env: { NODE_OPTIONS: '' } },
  );
  expect(code).toBe(0);
  expect(raw).toContain('█');
  expect(lines).toHaveLength(4 * 51);
  for (const line of lines)
    expect(line).toMatch(/^(?:\[M000-0000\d\] )?(?:begin (\d) x* end \1|last of \d)$/);
});

test.each(['pipe', 'file'] as const)(
  'executors within calls keep what their own calls print, to a %s',
  async (to) => {
    const { out, err } = await printed('nested', { logs: 'prefix' }, to);
    expect(out.split('\n').sort()).toEqual([
      '',
      ...['inner 10', 'inner 20'].map((line) => expect.stringMatching(`^\\[M000-00000\\] ${line}$`)),
      '[M000-00000] outer 1',
      '[M000-00001] outer 2',
    ]);
    expect(JSON.parse(err.split('told ')[1]!)).toEqual([
      [['inner 10\n'], ['inner 20\n']],
      ['outer 1\n', 'outer 2\n'],
    ]);
  },
);

describe('ctx.log', () => {
  test.each([
    ['silent', []],
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'info', 'warn']],
    ['debug', ['debug', 'error', 'info', 'warn']],
  ] as const)('at the level %s', async (logLevel, expected) => {
    const { out, err } = await printed('levels', { logLevel });
    const lines = `${out}${err}`.split('\n').filter((line) => line !== '');
    for (const line of lines) expect(line).toMatch(/^\[[0-9a-f]+-\d+-M000-00000\] at \w+$/);
    expect(lines.map((line) => line.split(' at ')[1]).sort()).toEqual(expected);
  });

  test('silences what the worker itself has to say, too', async () => {
    expect((await printed('rejection', { logLevel: 'error' })).err).toContain('nobody cares');
    expect((await printed('rejection', { logLevel: 'silent' })).err).toBe('');
  });

  test('does not say twice which call it is', async () => {
    const { err } = await printed('levels', { logLevel: 'error', logs: 'prefix' });
    expect(err).toBe('[M000-00000] at error\n');
  });
});

test.each([
  ['processes, as it is', {}],
  ['processes, with prefixes', { logs: 'prefix' }],
  ['threads', { localhost: { isolation: 'thread' } }],
] as const)('200 MiB that a call prints fill no memory, on %s', async (_name, options) => {
  const { err } = await printed('much', options, '/dev/null');
  const told = JSON.parse(err.split('told ')[1]!) as Record<string, number>;
  const MiB = 2 ** 20;
  expect(told).toMatchObject({ begin: 'first words\n', end: '\nlast words\n' });
  expect(Number(told['leftOut'])).toBeGreaterThan(199 * MiB);
  expect(told['length']).toBeLessThan(300_000);
  // What the collector has not looked at yet varies; what is printed would be 200 MiB.
  expect(told['worker']).toBeLessThan(128 * MiB);
  expect(told['client']).toBeLessThan(128 * MiB);
});

test.each(processBackends)('a reader that goes away fails no call, on %s', async (_name, options) => {
  const child = spawn(process.execPath, [...inject('nodeFlags'), program, 'lines', JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ err, code }).toEqual({ err: '', code: 0 });
});

test('many tiny pieces are kept as they came, in few buffers', () => {
  const logs = new CallLogs();
  const before = process.memoryUsage();
  const bytes = Buffer.alloc(1); // each piece is copied
  for (let i = 0; i < 500_000; i++) {
    bytes[0] = 97 + (i % 26);
    logs.add({ index: 0, attempt: 1, omitted: 0, bytes });
  }
  const after = process.memoryUsage();
  expect(logs.text(0)).toBe('abcdefghijklmnopqrstuvwxyz'.repeat(20_000).slice(0, 500_000));
  // A buffer a piece would be about a hundred bytes each.
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  expect(grown).toBeLessThan(30_000_000);
});

test('the logs of a job are bounded together: what comes later is only counted', () => {
  const logs = new CallLogs(10);
  const piece = (index: number, words: string, omitted = 0): void =>
    logs.add({ index, attempt: 1, omitted, bytes: Buffer.from(words) });
  piece(0, 'six of');
  piece(1, 'six more');
  piece(0, 'four');
  piece(1, 'none', 5);
  expect(logs.text(0)).toBe('six offour');
  expect(logs.text(1)).toBe('[… 17 bytes left out …]\n');
  expect(logs.text(2)).toBe('');
  expect(logs.bytes).toBe(10);
});
