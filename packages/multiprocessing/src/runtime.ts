/** Where the things of a program are: its shared objects, and the executors that run its processes. */
import type { Dso } from '@skein/dso/handles';
import type { ExecutorOptions, FunctionExecutor } from '@skein/executor';
import { processState } from './process-state.ts';

/** How processes run and where what they share is. What is not said is found as `@skein/executor` and `@skein/dso` say. */
export interface RuntimeOptions {
  /** Of the executors that run processes and pools: `backend`, `storage`, `localhost`, … */
  readonly executor?: Omit<ExecutorOptions, 'workers' | 'context'>;
  /** The address of the shared objects. @default SKEIN_DSO, or within this process */
  readonly dso?: string;
  /** What processes print: as it is, each line after the process's name, or not at all. @default 'plain' */
  readonly logs?: 'plain' | 'prefix' | 'keep';
}

/** Given by those who use it: a process that starts none need not load it. */
type Executor = new (options: ExecutorOptions) => FunctionExecutor;

/** Processes of one program that run at a time: as many as it starts, within what a machine may bear. */
const MOST_PROCESSES = 10_000;

export class Runtime {
  readonly options: RuntimeOptions;
  readonly #open: (url: string | undefined) => Dso;
  #dso: Dso | undefined;
  #processes: FunctionExecutor | undefined;
  /** It is closed, or about to be: what becomes of what still runs is nobody's concern. */
  isEnding = false;
  /** Its pools, which end with it. */
  readonly pools: Set<{ terminate(): void; join(): Promise<void> }> = new Set();

  /** @param open gives the shared objects, when they are first used */
  constructor(options: RuntimeOptions, open: (url: string | undefined) => Dso) {
    this.options = options;
    this.#open = open;
  }

  /** The shared objects of the program: they end with it. */
  get dso(): Dso {
    this.#dso ??= this.#open(this.options.dso);
    return this.#dso;
  }

  /** What runs processes: each in a worker of its own. */
  processes(Executor: Executor): FunctionExecutor {
    this.#processes ??= this.executor(Executor, MOST_PROCESSES);
    return this.#processes;
  }

  /** An executor of its own for a pool. */
  executor(Executor: Executor, workers: number): FunctionExecutor {
    const { executor, logs } = this.options;
    return new Executor({
      showProgress: false,
      ...executor,
      ...(logs === undefined ? {} : { logs }),
      workers,
    });
  }

  /** A key that no other thing of any program has. */
  key(): string {
    const state = processState();
    return `mp/${state.id}/${state.things++}`;
  }

  /** Ends what runs, and deletes what is shared. */
  async close(): Promise<void> {
    this.isEnding = true;
    for (const pool of this.pools) pool.terminate();
    await Promise.all([...this.pools].map((pool) => pool.join()));
    const [processes, dso] = [this.#processes, this.#dso];
    this.#processes = undefined;
    this.#dso = undefined;
    await processes?.close({ cancel: true });
    await dso?.close();
  }
}

/** Where things are made that are made now. */
export function currentRuntime(): Runtime {
  const state = processState();
  const runtime = state.within ?? state.runtime;
  if (runtime === undefined)
    throw new Error('@skein/multiprocessing was loaded in part: import it by its name, not by a file of it');
  return runtime;
}

/** Makes a shared object where things are made now. */
export function make<H>(of: (dso: Dso, key: string) => H): H {
  const runtime = currentRuntime();
  return of(runtime.dso, runtime.key());
}

/** Makes things of a runtime: what `make` constructs is of it. */
export function within<T>(runtime: Runtime, make: () => T): T {
  const state = processState();
  const before = state.within;
  state.within = runtime;
  try {
    return make();
  } finally {
    state.within = before;
  }
}
