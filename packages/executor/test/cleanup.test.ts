import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { everyBackend, executorOf } from './support/executors.ts';
import { eventually, isAlive, scratchFolders } from './support/processes.ts';

// A folder for temporary files of these tests alone, so that nobody else's come and go in it.
const shared = tmpdir();
beforeAll(() => {
  process.env['TMPDIR'] = mkdtempSync(join(shared, 'skein-test-'));
});
afterAll(() => {
  rmSync(tmpdir(), { recursive: true });
  process.env['TMPDIR'] = shared;
});

const client = fileURLToPath(new URL('./support/client.ts', import.meta.url));

/** A client program in a process of its own; its lines are JSON. */
function startClient(
  scenario: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): {
  child: ChildProcess;
  lines: AsyncIterator<string>;
  output: () => string;
} {
  const child = spawn(process.execPath, [...inject('nodeFlags'), client, scenario, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  async function* lines(): AsyncGenerator<string> {
    for (let at = 0; ; ) {
      const end = output.indexOf('\n', at);
      if (end >= 0) {
        yield output.slice(at, end);
        at = end + 1;
      } else if (child.exitCode !== null || child.signalCode !== null) return;
      else await Promise.race([once(child.stdout!, 'data'), once(child, 'close')]);
    }
  }
  return { child, lines: lines(), output: () => output };
}

interface Told {
  readonly pids: number[];
  readonly scratch: string[];
}

const told = async (lines: AsyncIterator<string>): Promise<Told> => JSON.parse((await lines.next()).value);

describe('nothing is left behind', () => {
  test.each(everyBackend)('after close, on %s', async (_name, options) => {
    const executor = executorOf(options);
    const pids = await executor.map(() => process.pid, [1, 2, 3]);
    expect(scratchFolders().size).toBe(1);
    await executor.close();
    expect(scratchFolders().size).toBe(0);
    if (!_name.includes('threads')) for (const pid of pids) expect(isAlive(pid)).toBe(false);
  });

  test.each(everyBackend)(
    'even when the storage has gone away, which close says, on %s',
    async (_name, options) => {
      const root = mkdtempSync(join(tmpdir(), 'storage-'));
      const executor = executorOf({ ...options, storage: `file:${root}` });
      await executor.map((x: number) => x, [1]);
      rmSync(root, { recursive: true });
      await expect(executor.close()).rejects.toMatchObject({ code: 'no-such-bucket' });
      expect(scratchFolders().size).toBe(0);
    },
  );

  test.each(['idle', 'busy', 'endless'])(
    'within seconds of a SIGKILL of the client, with workers %s',
    async (state) => {
      const { child, lines } = startClient(state);
      const { pids, scratch } = await told(lines);
      expect(pids.length).toBeGreaterThan(0);
      for (const pid of pids) expect(isAlive(pid)).toBe(true);
      child.kill('SIGKILL');
      await eventually(() => pids.every((pid) => !isAlive(pid)), 'the workers are gone');
      await eventually(
        () => scratch.every((name) => !scratchFolders().has(name)),
        'temporary files are gone',
      );
    },
  );

  test('by Ctrl-C', async () => {
    const { child, lines } = startClient('endless');
    const { pids, scratch } = await told(lines);
    child.kill('SIGINT');
    await eventually(() => pids.every((pid) => !isAlive(pid)), 'the workers are gone');
    await eventually(() => scratch.every((name) => !scratchFolders().has(name)), 'temporary files are gone');
  });

  test.each(['SIGKILL', 'SIGINT'] as const)(
    'by a %s of the client of endless subprocesses',
    async (signal) => {
      const { child, lines } = startClient('endless agents', {
        args: [join(tmpdir(), `pids-${signal}`)],
        env: { SKEIN_BACKEND: 'subprocess' },
      });
      const { pids, scratch } = await told(lines);
      expect(pids).toHaveLength(2);
      for (const pid of pids) expect(isAlive(pid)).toBe(true);
      child.kill(signal);
      await eventually(() => pids.every((pid) => !isAlive(pid)), 'the agents are gone');
      await eventually(
        () => scratch.every((name) => !scratchFolders().has(name)),
        'temporary files are gone',
      );
    },
  );

  test('by a program that forgot to close; it ends when its work does', async () => {
    const { child, lines } = startClient('forgetful');
    const { pids, scratch } = await told(lines);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    await eventually(() => pids.every((pid) => !isAlive(pid)), 'the workers are gone');
    for (const name of scratch) expect(scratchFolders().has(name)).toBe(false);
  });

  test('an unfinished job keeps the process alive until it is done', async () => {
    const { child, output } = startClient('unawaited');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(output()).toContain('done 3');
  });
});
