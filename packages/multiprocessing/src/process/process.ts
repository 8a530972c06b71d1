import { constants } from 'node:os';
import { FunctionExecutor, type ResponseFuture, WorkerLostError } from '@skein/executor';
import { badArgument, checkOptions, ProcessError } from '../errors.ts';
import { processState } from '../process-state.ts';
import { lending } from '../queues/lending.ts';
import { currentRuntime, type Runtime } from '../runtime.ts';
import { limitOf, type TimeoutOptions, within } from '../waiting.ts';
import { currentProcess, type Identity, newPid } from './identity.ts';
import { runProcess } from './run-process.ts';

export interface ProcessOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** What the process runs. @default the method `run` of a subclass */
  readonly target?: (...args: A) => unknown;
  readonly args?: readonly [...A];
  /** @default Process-1, Process-2, … */
  readonly name?: string;
  /** It ends with the process that starts it, which does not wait for it. @default as the process that makes it */
  readonly daemon?: boolean;
  /** Where it runs, as what is made by `context.Process`. @default as the program's */
  readonly context?: { readonly runtime: Runtime };
}

/** What only the process knows that has made it. */
export interface Started {
  readonly runtime: Runtime;
  future?: ResponseFuture<void>;
  ended?: Promise<void>;
  exitCode?: number;
  error?: unknown;
  /** How it was asked to end. */
  killedBy?: 'SIGTERM' | 'SIGKILL';
  closed?: true;
}

/** A process, whatever its arguments are. */
export type AnyProcess = Process<never[]>;

/** How long a process that is terminated may take to notice, milliseconds. */
const TERMINATE_MS = 50;

/**
 * A function that runs beside this program, in a process of its own. It is started and waited for as in Python.
 *
 * @example
 * const p = new Process({ target: (name: string) => console.log('hello', name), args: ['bob'] });
 * p.start();
 * await p.join();
 */
export class Process<A extends readonly unknown[] = readonly unknown[]> implements Identity {
  name: string;
  readonly pid: number;
  daemon: boolean;
  readonly parent: Identity;
  readonly target: ((...args: A) => unknown) | undefined;
  readonly args: readonly unknown[];

  constructor(options: ProcessOptions<A> = {}) {
    checkOptions('what a process is made of', ['target', 'args', 'name', 'daemon', 'context'], options);
    const { target, args, name, daemon, context } = options;
    if (target !== undefined && typeof target !== 'function')
      throw badArgument('target', 'a function', target);
    if (args !== undefined && !Array.isArray(args)) throw badArgument('args', 'an array', args);
    if (name !== undefined && (typeof name !== 'string' || name === ''))
      throw badArgument('name', 'text', name);
    if (daemon !== undefined && typeof daemon !== 'boolean')
      throw badArgument('daemon', 'true or false', daemon);
    this.parent = currentProcess();
    this.name = name ?? nextName(this.parent);
    this.pid = newPid();
    this.daemon = daemon ?? this.parent.daemon;
    this.target = target;
    this.args = [...(args ?? [])];
    processState().started.set(this, { runtime: context?.runtime ?? currentRuntime() });
  }

  /** What the process does: calls `target`. A subclass may do something else. */
  run(): unknown {
    return this.target?.(...(this.args as A));
  }

  /**
   * Starts the process. It need not be awaited: what it gives resolves when the process runs.
   *
   * @throws {CaptureError} when what it is to run closes over something that cannot travel
   */
  start(): Promise<void> {
    const state = stateOf(this);
    if (state.future !== undefined) throw new ProcessError('wrong-state', `${this.name} was started before`);
    const { runtime } = state;
    const isPlain = Object.getPrototypeOf(this) === Process.prototype;
    const { name, pid, daemon, parent } = this;
    const { options } = runtime;
    const spec = {
      identity: { name, pid, daemon, parent },
      dso: runtime.dso,
      options,
      work: isPlain ? { target: this.target, args: this.args } : this,
    };
    const { result: future, giveBack } = lending(() =>
      runtime.processes(FunctionExecutor).callAsync(runProcess, undefined, {
        extraArgs: [spec],
        isolated: true,
        name,
        background: daemon,
      }),
    );
    state.future = future;
    const { children } = processState();
    children.add(this);
    state.ended = future.then(
      () => {
        state.exitCode = 0;
      },
      (error: unknown) => fail(this, error),
    );
    void state.ended.then(() => {
      children.delete(this);
      giveBack();
    });
    return future.started;
  }

  /** Waits until the process has ended. It does not throw what the process has thrown: see {@link exitCode}. */
  async join(options: TimeoutOptions = {}): Promise<void> {
    const { future, ended } = stateOf(this);
    if (future === undefined || ended === undefined)
      throw new ProcessError('wrong-state', `${this.name} was not started`);
    const limit = limitOf(options);
    if (limit === undefined) return;
    await within(
      ended.then(() => true),
      limit,
    );
  }

  /** It was started and has not ended. */
  isAlive(): boolean {
    const { future, exitCode } = stateOf(this);
    return future !== undefined && exitCode === undefined;
  }

  /**
   * `undefined` before its end; 0: it returned; 1: it threw; n: it called `process.exit(n)`; below 0: it was ended by
   * this signal, -15 by {@link terminate}, -9 by {@link kill}. When memory ran out: -6 if it was Node.js's own limit, -9
   * if it was the machine's or the container's.
   */
  get exitCode(): number | undefined {
    return stateOf(this).exitCode;
  }

  /** What the process has thrown, or how it was lost. */
  get error(): unknown {
    return stateOf(this).error;
  }

  /** Resolves when the process has ended: for `wait([...])`. */
  get sentinel(): Promise<void> {
    const { ended } = stateOf(this);
    if (ended === undefined) throw new ProcessError('wrong-state', `${this.name} was not started`);
    return ended;
  }

  /** Ends the process: its call's signal is aborted, and it is ended 50 ms later. What it held is freed. */
  terminate(): void {
    stop(this, 'SIGTERM', TERMINATE_MS);
  }

  /** Ends the process at once. */
  kill(): void {
    stop(this, 'SIGKILL', 0);
  }

  /** Lets go what is kept of a process that has ended. It cannot be asked for anything then. */
  close(): void {
    if (processState().started.get(this)?.closed) return;
    if (this.isAlive())
      throw new ProcessError('wrong-state', `${this.name} runs: join or terminate it first`);
    stateOf(this).closed = true;
  }
}

function stateOf(process: { readonly name: string }): Started {
  const state = processState().started.get(process);
  if (state === undefined)
    throw new ProcessError('wrong-state', `only the process that has made ${process.name} can ask for it`);
  if (state.closed) throw new ProcessError('closed', `${process.name} was closed`);
  return state;
}

function stop(process: AnyProcess, signal: 'SIGTERM' | 'SIGKILL', graceMs: number): void {
  const state = stateOf(process);
  if (state.future === undefined) throw new ProcessError('wrong-state', `${process.name} was not started`);
  if (state.exitCode !== undefined) return;
  state.killedBy ??= signal;
  state.future.cancel({ graceMs });
}

function fail(process: AnyProcess, error: unknown): void {
  const state = stateOf(process);
  state.exitCode = exitCodeOf(state, error);
  state.error = error;
  // As Python's: what a process has thrown is told where it was started, for nobody else may ask.
  const { runtime, future } = state;
  if (future?.state === 'error' && runtime.options.logs !== 'keep' && !runtime.isEnding)
    console.error(`Process ${process.name}:`, error);
}

function exitCodeOf({ future, killedBy = 'SIGTERM' }: Started, error: unknown): number {
  if (future?.state === 'cancelled') return -constants.signals[killedBy];
  if (!(error instanceof WorkerLostError) || future?.state !== 'lost') return 1;
  const { reason, exitCode, signal } = error;
  if (signal !== null) return -constants.signals[signal as NodeJS.Signals];
  return reason === 'out-of-memory' ? -constants.signals.SIGKILL : (exitCode ?? 1);
}

/** As Python's: those of a process that was started itself are named after it, Process-1:2. */
function nextName({ name, parent }: Identity): string {
  const number = ++processState().processes;
  return parent === undefined ? `Process-${number}` : `${name}:${number}`;
}

/** The processes that this one has started and that run. */
export function activeChildren(): AnyProcess[] {
  return [...processState().children].filter((child) => child.isAlive());
}
