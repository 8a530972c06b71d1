import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runsFromSources } from './machine.ts';

/** A peer that is not installed here: its row says so, and what was to be compared with it is not judged. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** How long a contestant may take for a round, and to leave once its input has ended. */
const ROUND_MS = 60_000;
const LEAVE_MS = 10_000;

const bench = fileURLToPath(new URL('..', import.meta.url));

/** A contestant's process and the lines that it prints. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<number | NodeJS.Signals | null>;
  #complaints = '';

  private constructor(name: string, process: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#name = name;
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    this.#exit = new Promise((resolve) => {
      process.once('close', (code, signal) => resolve(signal ?? code));
    });
    process.stderr.on('data', (text) => {
      this.#complaints += text;
    });
    // A write to a process that has died fails; `line` tells it better, with what the process printed.
    process.stdin.on('error', () => {});
  }

  /** Starts a program of bench/, such as `contestants/pool.py`. `Unavailable` when its interpreter is not there. */
  static async start(name: string, program: string): Promise<Child> {
    const [command, args] = commandFor(program);
    const process = spawn(command, args, { cwd: bench, stdio: ['pipe', 'pipe', 'pipe'] });
    const child = new Child(name, process);
    try {
      await once(process, 'spawn');
    } catch (cause) {
      throw new Unavailable(`${command} does not start here`, { cause });
    }
    return child;
  }

  send(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  async line(): Promise<string> {
    const next = await within(ROUND_MS, this.#lines.next());
    if (next === 'late') throw new Error(`${this.#name} gave no answer within ${ROUND_MS} ms`);
    if (next.done)
      throw new Error(`${this.#name} left (${await this.#exit}) without an answer\n${this.#complaints}`);
    return next.value;
  }

  /** Ends the input and waits until the process has gone: what lingers would disturb the next contestant. */
  async leave(): Promise<void> {
    this.#process.stdin.end();
    const exit = await within(LEAVE_MS, this.#exit);
    if (exit === 'late') {
      this.#process.kill('SIGKILL');
      throw new Error(`${this.#name} was still there ${LEAVE_MS} ms after its input had ended`);
    }
    if (exit !== 0) throw new Error(`${this.#name} left with ${exit}\n${this.#complaints}`);
  }
}

function commandFor(program: string): [command: string, args: string[]] {
  if (program.endsWith('.py')) return ['python3', [program]];
  // What plain node runs is built; when the bench runs from sources, so does everything in it.
  const flags = program.endsWith('.ts') || runsFromSources() ? process.execArgv : [];
  return [process.execPath, [...flags, program]];
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | 'late'> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, delay(ms, 'late' as const, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
