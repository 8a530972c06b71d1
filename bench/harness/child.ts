import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PythonPackages } from './benchmark.ts';
import { runsFromSources } from './machine.ts';
import { openVenv, type Place } from './venv.ts';

/** A peer that is not installed here: its row says so, and what was to be compared with it is not judged. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** How long a contestant may take for a round, and to leave once its input has ended. */
const ROUND_MS = 60_000;
const LEAVE_MS = 10_000;

const bench = fileURLToPath(new URL('..', import.meta.url));

/** What a program gets with its start. */
export interface Needs {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly python?: PythonPackages;
}

/** A contestant's process and the lines that it prints. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<number | NodeJS.Signals | null>;
  readonly #place: Place | undefined;
  #complaints = '';

  private constructor(
    name: string,
    process: ChildProcessByStdio<Writable, Readable, Readable>,
    place: Place | undefined,
  ) {
    this.#name = name;
    this.#place = place;
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

  /**
   * Starts a program of bench/, such as `contestants/pool.py`. `Unavailable` when its interpreter is not there, or
   * packages that it needs.
   */
  static async start(name: string, program: string, { args = [], env, python }: Needs = {}): Promise<Child> {
    const place = python && (await placeFor(python));
    const [command, flags] = commandFor(program);
    const process = spawn(command, [...flags, ...args], {
      cwd: place?.home ?? bench,
      env: { ...(place?.env ?? globalThis.process.env), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const child = new Child(name, process, place);
    try {
      await once(process, 'spawn');
    } catch (cause) {
      await place?.remove();
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
      await this.#exit;
    }
    await this.#place?.remove();
    if (exit === 'late') {
      throw new Error(`${this.#name} was still there ${LEAVE_MS} ms after its input had ended`);
    }
    if (exit !== 0) throw new Error(`${this.#name} left with ${exit}\n${this.#complaints}`);
  }
}

async function placeFor(python: PythonPackages): Promise<Place> {
  try {
    return await openVenv(python);
  } catch (cause) {
    throw new Unavailable(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function commandFor(name: string): [command: string, args: string[]] {
  const program = join(bench, name);
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
