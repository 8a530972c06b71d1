import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, inject } from 'vitest';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** What starts the program as its own process: what is built, or the sources. */
const START = inject('built')
  ? [file('../../bin/skein-dso-server.js')]
  : [...inject('nodeFlags'), file('../../src/main.ts')];

/** A server costs a second or more: a file's tests may share one. */
const running = new Set<() => Promise<unknown>>();
afterAll(() => Promise.all([...running].map((end) => end())));

interface LogLine {
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface StartedServer {
  readonly child: ChildProcess;
  readonly address: string;
  /** The address of a scheme, such as `dso:`. */
  url(scheme: string): string;
  readonly metrics: string;
  /** All lines that it has said. */
  readonly lines: readonly LogLine[];
  /** Resolves with a line whose message matches, said or to be said. */
  said(message: RegExp): Promise<LogLine>;
  /** Ends it, unless it has ended: the exit code, or the signal. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Starts the program, on a port that is free unless `flags` say one, and waits until it is ready. */
export async function startProgram(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<StartedServer> {
  const listen = flags.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const child = spawnProgram([...listen, '--metrics', '127.0.0.1:0', ...flags], env);
  const ended = once(child, 'exit').then(
    ([code, signal]: (number | string | null)[]) => code ?? signal ?? '',
  );
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  const output = createInterface(child.stdout!);
  output.on('line', (line) => {
    lines.push(JSON.parse(line) as LogLine);
    for (const look of waiting) look();
  });
  output.on('close', () => {
    for (const look of waiting) look();
  });
  const errors = text(child.stderr!);
  const said = (message: RegExp): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = lines.find((one) => message.test(one.message));
        if (line === undefined && child.exitCode === null && child.signalCode === null) return;
        waiting.delete(look);
        if (line !== undefined) resolve(line);
        else errors.then((all) => reject(new Error(`the server ended without saying ${message}: ${all}`)));
      };
      waiting.add(look);
      look();
      void ended.then(look);
    });
  const end = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<number | string> => {
    child.kill(signal);
    return ended;
  };
  running.add(end);
  const ready = await said(/^ready$/);
  const urls = ready['urls'] as readonly string[];
  return {
    child,
    address: String(ready['address']),
    metrics: String(ready['metrics']),
    lines,
    said,
    end,
    url(scheme) {
      const url = urls.find((one) => one.startsWith(scheme));
      if (url === undefined) throw new Error(`no address begins with ${scheme}: ${urls.join(', ')}`);
      return url;
    },
  };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end. */
export async function runProgram(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawnProgram(flags, env);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout!),
    text(child.stderr!),
  ]);
  return { code, stdout, stderr };
}

function spawnProgram(flags: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [...START, ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
