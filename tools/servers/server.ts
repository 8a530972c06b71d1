/** What all servers for tests have in common: to start, to be ready, to fail in every way, and to leave nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Guard, guard } from './guard.ts';

/** Enough for a machine that does much else meanwhile: one that fails says so, and is not waited for. */
const READY_MS = 60_000;
const STOP_MS = 5_000;
/** How much is kept of what it says: enough for its last error; what it says while it runs must not grow for ever. */
const SAID_CHARACTERS = 10_000;

/** Ends with the process that started it, even if that one is killed. */
export interface Server {
  /** Of its processes that run. */
  readonly pids: readonly number[];
  /** Stops its processes (SIGSTOP) until it is thawed: from then on it answers nothing, and its connections stay. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Ends it as a crash would. What it has written stays, and so do its addresses. */
  kill(): Promise<void>;
  /** Starts it again where it was, after a crash if it still runs; what it has on disk is there again. */
  restart(): Promise<void>;
  /** Ends it in good order, and removes what it holds. */
  stop(): Promise<void>;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How a server is started in a folder of its own. */
export interface Plan<Facts extends object> {
  /** Its processes, all started at once. */
  readonly commands: readonly Command[];
  /** Whether it answers; asked again and again, so it must return soon. */
  ready(): Promise<boolean>;
  /** How long that may take; 60 s. */
  readonly readyMs?: number;
  /** What it says when it will never be ready, for one that does not end then. */
  readonly fatal?: RegExp;
  /** What its users want to know, such as its port. */
  readonly facts: Facts;
}

/** A port that was free has been taken by another program before the server came to it. */
class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/**
 * Starts a server, empty, and waits until it answers.
 *
 * @param name as messages call it
 * @param plan gets the folder in which it may keep what it wants
 * @throws with the last of what it said, if it ends or is not ready in time
 */
export async function startServer<Facts extends object>(
  name: string,
  plan: (folder: string) => Promise<Plan<Facts>>,
): Promise<Facts & Server> {
  return withFreePorts(() => launch(name, plan));
}

/** Starts something once more, with other ports, when a port was taken in the meantime. */
export async function withFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let left = 2; ; left -= 1) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortTakenError) || left === 0) throw error;
    }
  }
}

/** {@link startServer} for one of several that must share their ports: {@link withFreePorts} is up to the caller. */
export async function launch<Facts extends object>(
  name: string,
  plan: (folder: string) => Promise<Plan<Facts>>,
): Promise<Facts & Server> {
  const folder = await mkdtemp(join(tmpdir(), `skein-${name}-`));
  const keeper = guard(folder);
  try {
    const { facts, ...rest } = await plan(folder);
    const run = new Run(name, folder, rest, keeper);
    await run.start();
    return {
      ...facts,
      get pids() {
        return run.pids;
      },
      freeze: () => run.freeze(),
      thaw: () => run.thaw(),
      kill: () => run.kill(),
      restart: () => run.restart(),
      stop: () => run.stop(),
    };
  } catch (error) {
    await keeper.release();
    throw error;
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly gone: Promise<void>;
}

/** The processes of one server. */
class Run {
  readonly #name: string;
  readonly #folder: string;
  readonly #plan: Omit<Plan<object>, 'facts'>;
  readonly #guard: Guard;
  #running: readonly Running[] = [];
  #said = '';
  #stopped: Promise<void> | undefined;

  constructor(name: string, folder: string, plan: Omit<Plan<object>, 'facts'>, keeper: Guard) {
    this.#name = name;
    this.#folder = folder;
    this.#plan = plan;
    this.#guard = keeper;
  }

  get pids(): readonly number[] {
    return this.#running.flatMap(({ child }) => (isRunning(child) ? [child.pid] : []));
  }

  async start(): Promise<void> {
    this.#said = '';
    if (await this.#plan.ready())
      throw new PortTakenError(`${this.#name} is not started: another program answers where it would`);
    this.#checkNotStopped();
    this.#running = this.#plan.commands.map((command) => this.#spawn(command));
    this.#guard.watch(this.pids);
    try {
      await this.#untilReady();
    } catch (cause) {
      await this.kill();
      const message = `${this.#name} did not start\n${this.#said.trim()}`;
      if (/EADDRINUSE|address already in use/i.test(this.#said)) throw new PortTakenError(message, { cause });
      throw new Error(message, { cause });
    }
  }

  async freeze(): Promise<void> {
    this.#signal('SIGSTOP');
    const { pids } = this;
    while (!(await Promise.all(pids.map(isFrozen))).every(Boolean)) await delay(1);
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(name: NodeJS.Signals): void {
    for (const pid of this.pids) signalGroup(pid, name);
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#gone();
    this.#guard.watch([]);
  }

  async restart(): Promise<void> {
    this.#checkNotStopped();
    await this.kill();
    await this.start();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#signal('SIGTERM');
    // A frozen one hears of nothing but this.
    this.thaw();
    const insist = setTimeout(() => this.#signal('SIGKILL'), STOP_MS);
    await this.#gone();
    clearTimeout(insist);
    this.#guard.watch([]);
    await this.#guard.release();
  }

  async #gone(): Promise<void> {
    await Promise.all(this.#running.map(({ gone }) => gone));
  }

  #checkNotStopped(): void {
    if (this.#stopped !== undefined) throw new Error(`${this.#name} has been stopped: start another one`);
  }

  #spawn({ command, args, env }: Command): Running {
    // A group of its own: its children get its signals, and Ctrl-C at the terminal does not.
    const child = spawn(command, args, {
      // What it writes without being asked to is removed with the rest.
      cwd: this.#folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text) => {
        this.#said = `${this.#said}${text}`.slice(-SAID_CHARACTERS);
      });
    }
    const gone = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        this.#said += `${error.message}\n`;
        resolve();
      });
      child.once('close', () => resolve());
    });
    return { child, gone };
  }

  async #untilReady(): Promise<void> {
    const { ready, readyMs = READY_MS, fatal } = this.#plan;
    const end = Date.now() + readyMs;
    for (;;) {
      const isReady = await ready();
      // One that has ended is not the one that answers.
      if (this.pids.length < this.#plan.commands.length) {
        await this.kill();
        throw new Error('it has ended');
      }
      if (isReady) return;
      if (fatal?.test(this.#said)) throw new Error('it has failed');
      if (Date.now() > end) throw new Error(`it gave no answer within ${readyMs} ms`);
      // There is no event to wait for: each says that it is ready in words that change with its version.
      await delay(20);
    }
  }
}

function isRunning(child: ChildProcess): child is ChildProcess & { readonly pid: number } {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Each of its threads, which may answer while others have stopped; where the system does not tell, its word is taken for it. */
async function isFrozen(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = threads.map((id) => readFile(`/proc/${pid}/task/${id}/stat`, 'utf8').catch(() => ''));
  // The name of the program, in brackets, may hold anything; the state comes after it.
  return (await Promise.all(states)).every(
    (stat) => stat === '' || /^ [TtXZ]/.test(stat.slice(stat.lastIndexOf(')') + 1)),
  );
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // It has ended a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
