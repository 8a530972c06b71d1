import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { FunctionExecutor, type Job } from '@skein/executor';
import { collect } from '../collect.ts';
import { badArgument, checkOptions, ProcessError } from '../errors.ts';
import { staysHere } from '../portable.ts';
import { currentProcess } from '../process/identity.ts';
import { processState } from '../process-state.ts';
import { lending } from '../queues/lending.ts';
import { currentRuntime, type Runtime } from '../runtime.ts';
import { AsyncResult, type Callbacks, checkCallbacks } from './async-result.ts';
import { checkChunksize, checkInput, chunksizeOf, cut, cutLazily, type Input } from './chunks.ts';
import { IMapIterator, Window } from './imap-iterator.ts';
import { type PoolHome, runChunk } from './run-chunk.ts';

export interface PoolOptions<A extends readonly unknown[] = readonly unknown[]> {
  /**
   * Called once in each worker, before its first task. What it gives, tasks get by {@link initialized}. When it throws, the
   * tasks of that worker throw the same.
   */
  readonly initializer?: (...args: A) => unknown;
  readonly initargs?: readonly [...A];
  /** After so many tasks a worker is replaced by a new one; a chunk of a map is one task. @default never */
  readonly maxtasksperchild?: number;
}

export interface MapOptions<R> extends Callbacks<R> {
  /** Items a task. @default as in Python: so that there are four tasks a worker; of `imap` 1 */
  readonly chunksize?: number;
}

/** A function, whatever its arguments are. */
type AnyTask<R = unknown> = (...args: never[]) => R;

/** Chunks on their way. */
interface Run<R> {
  readonly job: Job<R[]>;
  /** What was sent with them comes back. */
  readonly giveBack: () => void;
}

/** Chunks that are read ahead of whoever reads the results of `imap`, a worker. */
const AHEAD = 4;

/** How many CPUs this program may use. */
export function cpuCount(): number {
  return availableParallelism();
}

/**
 * Workers that run tasks, as Python's `multiprocessing.Pool`. They are started when there are tasks, and cost nothing
 * before.
 *
 * @example
 * await using pool = new Pool(4);
 * console.log(await pool.map((x) => x * x, [1, 2, 3]));
 */
export class Pool<A extends readonly unknown[] = readonly unknown[]> implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #executor: FunctionExecutor;
  readonly #processes: number;
  readonly #home: PoolHome;
  readonly #maxtasksperchild: number | undefined;
  /** Whose results are read as they come, and have not been read to the end. */
  readonly #iterators = new Set<IMapIterator<unknown>>();
  #state: 'running' | 'closed' | 'terminated' = 'running';
  #ending: Promise<void> | undefined;

  /** @param processes @default {@link cpuCount} */
  constructor(processes: number = cpuCount(), options: PoolOptions<A> = {}) {
    checkCount('processes', processes);
    checkOptions('what a pool is made of', ['initializer', 'initargs', 'maxtasksperchild'], options);
    const { initializer, initargs = [], maxtasksperchild } = options;
    if (maxtasksperchild !== undefined) checkCount('maxtasksperchild', maxtasksperchild);
    if (initializer !== undefined && typeof initializer !== 'function')
      throw badArgument('initializer', 'a function', initializer);
    if (!Array.isArray(initargs)) throw badArgument('initargs', 'an array', initargs);
    const runtime = currentRuntime();
    this.#runtime = runtime;
    this.#processes = processes;
    this.#maxtasksperchild = maxtasksperchild;
    this.#executor = runtime.executor(FunctionExecutor, processes);
    this.#home = {
      id: randomUUID(),
      name: `PoolWorker-${++processState().pools}`,
      parent: currentProcess(),
      dso: runtime.dso,
      options: runtime.options,
      initializer: initializer as PoolHome['initializer'],
      initargs: [...initargs],
    };
    runtime.pools.add(this);
  }

  /** Runs `fn` once, with these arguments. */
  apply<T extends readonly unknown[], R>(fn: (...args: T) => R, args?: readonly [...T]): Promise<Awaited<R>> {
    return this.applyAsync(fn, args).get();
  }

  applyAsync<T extends readonly unknown[], R>(
    fn: (...args: T) => R,
    args: readonly [...T] = [] as unknown as readonly [...T],
    callbacks: Callbacks<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>> {
    if (!Array.isArray(args)) throw badArgument('args', 'an array of the arguments', args);
    checkCallbacks(callbacks);
    const results = allOf(this.#run<Awaited<R>>(fn as unknown as AnyTask, [[args]], true));
    return new AsyncResult(
      results.then(([result]) => result!),
      callbacks,
    );
  }

  /** Runs `fn` on every item. Gives the results in the order of the items, or throws the first failure when all have ended. */
  map<T, R>(fn: (item: T) => R, items: Input<T>, chunksize?: number): Promise<Awaited<R>[]> {
    return this.mapAsync(fn, items, chunksize === undefined ? {} : { chunksize }).get();
  }

  mapAsync<T, R>(
    fn: (item: T) => R,
    items: Input<T>,
    options: MapOptions<Awaited<R>[]> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#mapAsync(fn, items, options, false);
  }

  /** As {@link map}, with items that are the lists of the function's arguments. */
  starmap<T extends readonly unknown[], R>(
    fn: (...args: T) => R,
    tuples: Input<readonly [...T]>,
    chunksize?: number,
  ): Promise<Awaited<R>[]> {
    return this.starmapAsync(fn, tuples, chunksize === undefined ? {} : { chunksize }).get();
  }

  starmapAsync<T extends readonly unknown[], R>(
    fn: (...args: T) => R,
    tuples: Input<readonly [...T]>,
    options: MapOptions<Awaited<R>[]> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#mapAsync(fn as unknown as AnyTask<R>, tuples, options, true);
  }

  /** Results in the order of the items, as they are read. Items are read no faster: they may come without an end. */
  imap<T, R>(fn: (item: T) => R, items: Input<T>, chunksize = 1): IMapIterator<Awaited<R>> {
    return this.#imap(fn, items, chunksize, true);
  }

  /** As {@link imap}, in the order in which the results come. */
  imapUnordered<T, R>(fn: (item: T) => R, items: Input<T>, chunksize = 1): IMapIterator<Awaited<R>> {
    return this.#imap(fn, items, chunksize, false);
  }

  /** No more tasks come. Those that were given are run. */
  close(): void {
    if (this.#state === 'running') this.#state = 'closed';
  }

  /** Ends the workers, whatever they do. Who waits for a result gets {@link CallCancelledError}. */
  terminate(): void {
    this.#state = 'terminated';
    void this.#end(true);
  }

  /** Waits for the end of all tasks and workers, after {@link close} or {@link terminate}. */
  async join(): Promise<void> {
    if (this.#state === 'running')
      throw new ProcessError('wrong-state', 'the pool still runs: close() or terminate() comes first');
    // Nobody may read on while this waits.
    if (this.#state === 'closed')
      await Promise.all([...this.#iterators].map((iterator) => iterator.finish()));
    await this.#end(false);
  }

  /** As Python's `with Pool(...)`: ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.join();
  }

  #end(cancel: boolean): Promise<void> {
    // Asked each time: terminate() cuts short what join() waits for.
    const closed = this.#executor.close({ cancel });
    this.#ending ??= closed
      // Failures have been told to whoever has asked for the results.
      .catch(() => {})
      .finally(() => this.#runtime.pools.delete(this));
    return this.#ending;
  }

  #mapAsync<T, R>(
    fn: AnyTask<R>,
    input: Input<T>,
    options: MapOptions<Awaited<R>[]>,
    spread: boolean,
  ): AsyncResult<Awaited<R>[]> {
    checkOptions('how to map', ['chunksize', 'callback', 'errorCallback'], options);
    const { chunksize, ...callbacks } = options;
    checkChunksize(chunksize);
    checkInput(input);
    checkCallbacks(callbacks);
    this.#checkTask(fn);
    const run = (items: readonly T[]): Promise<Awaited<R>[]> => {
      const size = chunksize ?? chunksizeOf(items.length, this.#processes);
      return allOf(this.#run<Awaited<R>>(fn, cut(items, size), spread));
    };
    // What is there is captured now, as it is now.
    const results = Symbol.iterator in input ? run([...input]) : collect(input).then(run);
    return new AsyncResult(results, callbacks);
  }

  #imap<T, R>(
    fn: (item: T) => R,
    input: Input<T>,
    chunksize: number,
    ordered: boolean,
  ): IMapIterator<Awaited<R>> {
    checkChunksize(chunksize);
    checkInput(input);
    const window = new Window(this.#processes * AHEAD);
    const chunks = cutLazily(input, chunksize, () => window.turn());
    const run = this.#run<Awaited<R>>(fn, chunks, false, true);
    const iterator = new IMapIterator(run.job, window, ordered, () => {
      run.giveBack();
      this.#iterators.delete(iterator);
    });
    this.#iterators.add(iterator);
    return iterator;
  }

  #run<R>(
    fn: AnyTask,
    chunks: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>,
    spread: boolean,
    stream = false,
  ): Run<R> {
    this.#checkTask(fn);
    const { result, giveBack } = lending(() =>
      this.#executor.map(runChunk, chunks as Iterable<readonly unknown[]>, {
        extraArgs: [this.#home, fn, spread],
        chunksize: 1,
        name: fn.name === '' ? 'task' : fn.name,
        stream,
        // Whoever reads it keeps the program running, and nobody else: it may be left in the midst.
        background: stream,
        ...(this.#maxtasksperchild === undefined ? {} : { maxCallsPerWorker: this.#maxtasksperchild }),
      }),
    );
    return { job: result as Job<R[]>, giveBack };
  }

  #checkTask(fn: unknown): void {
    if (this.#state !== 'running')
      throw new ProcessError('closed', `the pool does not run: it was ${this.#state}`);
    if (typeof fn !== 'function') throw badArgument('the task', 'a function', fn);
  }
}

staysHere('Pool', Pool);

/** All results, when all tasks have ended; then the first failure, if there was one. */
async function allOf<R>({ job, giveBack }: Run<R>): Promise<R[]> {
  const chunks: R[][] = [];
  let failure: { readonly reason: unknown } | undefined;
  try {
    for await (const chunk of job.completed()) {
      if (chunk.status === 'fulfilled') chunks[chunk.index] = chunk.value;
      else failure ??= chunk;
    }
  } finally {
    giveBack();
  }
  if (failure !== undefined) throw failure.reason;
  // By hand: `flat` takes ten times as long, which is more than all the rest of a map of many small tasks.
  const results = new Array<R>(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) for (const result of chunk) results[at++] = result;
  return results;
}

function checkCount(what: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) throw badArgument(what, 'a whole number from 1', value);
}
