/** Programs of tests, run from their sources in processes of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { NodeQuestion } from './node-program.ts';

const EXEC_ARGV = ['--no-warnings', '--conditions=source', '--import', import.meta.resolve('tsx')];

/** @param program a file beside this one, or an URL */
export function startProcess(
  program: string,
  args: readonly string[],
  execArgv: readonly string[] = [],
): ChildProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  return fork(path, [...args], { execArgv: [...EXEC_ARGV, ...execArgv], serialization: 'advanced' });
}

/** Ends a process, unless it has ended, and resolves when it is gone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

export interface StartedNode {
  readonly url: string;
  readonly child: ChildProcess;
  /** @see node-program.ts */
  ask(question: NodeQuestion): Promise<number>;
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly path?: string;
  readonly returnGraceMs?: number;
  readonly limits?: {
    readonly maxMessageBytes?: number;
    readonly maxObjectBytes?: number;
    readonly maxMemoryBytes?: number;
  };
  readonly execArgv?: readonly string[];
}

/** Starts a node, which is gone after the test. Over TCP, unless there is a `path` for a Unix socket. */
export async function startNode(options: StartOptions = {}): Promise<StartedNode> {
  const node = await launchNode(options);
  onTestFinished(() => node.kill());
  return node;
}

/** Starts a node that the caller ends: for several tests. */
export async function launchNode({ execArgv, ...options }: StartOptions = {}): Promise<StartedNode> {
  const child = startProcess(
    'node-program.ts',
    [JSON.stringify({ address: 'node', ...options })],
    ['--expose-gc', ...(execArgv ?? [])],
  );
  const url = await nextMessage<string>(child);
  return {
    url,
    child,
    async ask(question) {
      child.send(question);
      return nextMessage<number>(child);
    },
    kill: () => endProcess(child, 'SIGKILL'),
  };
}

/** The next thing that a process says. Rejects when it has ended. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('the process has ended'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

/** What a part of a test that runs in another process is given. */
export interface Surroundings<Said> {
  say(message: Said): void;
  /** Resolves with what the test says next. */
  heard(): Promise<unknown>;
}

export interface Client<Said> {
  readonly pid: number;
  /** All that it has said. */
  readonly messages: readonly Said[];
  /** The next thing that it says and nobody has taken. */
  next(): Promise<Said>;
  tell(message: unknown): void;
  signal(signal: NodeJS.Signals): void;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself; rejects when it failed. */
  readonly done: Promise<void>;
}

/**
 * Runs an exported function of a module in a process of its own: `(args, surroundings) => Promise<void>`. The process
 * ends when it has, and is gone after the test.
 */
export function runClient<Said = unknown>(module: string, name: string, args: unknown): Client<Said> {
  const child = startProcess('client-program.ts', [module, name, JSON.stringify(args)]);
  onTestFinished(() => endProcess(child, 'SIGKILL'));
  const messages: Said[] = [];
  let taken = 0;
  const waiting: { resolve(message: Said): void; reject(error: Error): void }[] = [];
  child.on('message', (message) => {
    messages.push(message as Said);
    const next = waiting.shift();
    if (next === undefined) return;
    taken++;
    next.resolve(message as Said);
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      const error = new Error(`${name} ended by ${signal ?? code}`);
      for (const { reject: give } of waiting.splice(0)) give(error);
      if (code === 0) resolve();
      else reject(error);
    });
  });
  // Who kills it need not ask how it ended.
  done.catch(() => {});
  return {
    pid: child.pid ?? 0,
    messages,
    next() {
      if (taken < messages.length) return Promise.resolve(messages[taken++]!);
      if (child.exitCode !== null) return Promise.reject(new Error(`${name} has ended`));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    tell: (message) => void child.send(message as object),
    signal: (signal) => void child.kill(signal),
    kill: () => endProcess(child, 'SIGKILL'),
    done,
  };
}
