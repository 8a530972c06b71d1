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

/** What a runtime needs that only some processes have. */
export interface Means {
  openDso(url: string | undefined): Dso;
  makeExecutor(options: ExecutorOptions): FunctionExecutor;
}

/** Processes of one program that run at a time: as many as it starts, within what a machine may bear. */
const MOST_PROCESSES = 10_000;

export class Runtime implements AsyncDisposable {
  readonly options: RuntimeOptions;
  readonly #means: Means;
  #dso: Dso | undefined;
  #processes: FunctionExecutor | undefined;
  /** Its pools, which end with it. */
  readonly pools: Set<{ terminate(): void; join(): Promise<void> }> = new Set();

  constructor(options: RuntimeOptions, means: Means) {
    this.options = options;
    this.#means = means;
  }

  /** The shared objects of the program: they end with it. */
  get dso(): Dso {
    this.#dso ??= this.#means.openDso(this.options.dso);
    return this.#dso;
  }

  /** What runs processes: each in a worker of its own. */
  get processes(): FunctionExecutor {
    this.#processes ??= this.executor(MOST_PROCESSES);
    return this.#processes;
  }

  /** An executor of its own for a pool. */
  executor(workers: number): FunctionExecutor {
    const { executor, logs } = this.options;
    return this.#means.makeExecutor({
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
    for (const pool of this.pools) pool.terminate();
    await Promise.all([...this.pools].map((pool) => pool.join()));
    const [processes, dso] = [this.#processes, this.#dso];
    this.#processes = undefined;
    this.#dso = undefined;
    await processes?.close({ cancel: true });
    await dso?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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
