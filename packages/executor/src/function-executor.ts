import { randomBytes } from 'node:crypto';
import type { Removed } from '@skein/cloudobject/temporary';
import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import type { CallContext } from './call-context.ts';
import { Engine } from './engine.ts';
import { ExecutorError } from './errors.ts';
import { type InputSource, inputSource } from './job/input-source.ts';
import { Job } from './job/job.ts';
import { JobCore } from './job/job-core.ts';
import type { JobView } from './job/job-view.ts';
import { type Launch, mapReduce, type Reading } from './job/map-reduce.ts';
import type { ReduceJob } from './job/reduce-job.ts';
import { ResponseFuture } from './job/response-future.ts';
import { onAbort } from './on-abort.ts';
import {
  checkExecutorOptions,
  checkFunction,
  checkMapOptions,
  type ExecutorOptions,
  limitsOf,
  resolveExecutorOptions,
} from './options.ts';
import { type Parent, parent } from './parent.ts';
import { nameOf } from './records/record.ts';
import { displayJobs, onDisplay } from './report/display.ts';
import { type Observer, observersOf } from './report/observers.ts';
import { plot } from './report/plot.ts';
import { type JobSummary, jobSummary } from './report/summary.ts';
import { Shipment } from './shipment.ts';
import { countJob } from './totals.ts';
import type { CallOptions, Data, Item, MapOptions, NoContext, ReduceOptions, WaitOptions } from './types.ts';
import { checkWaitOptions, within } from './wait.ts';

type AnyFunction = (...args: never[]) => unknown;

const session = randomBytes(3).toString('hex');
let executors = 0;

/**
 * Runs functions in parallel, with what they close over and import, on workers of a backend: without any
 * configuration on processes of this machine, one a core.
 *
 * @example
 * await using executor = new FunctionExecutor();
 * const squares = await executor.map((x) => x * x, [1, 2, 3]);
 */
export class FunctionExecutor<C extends object = NoContext> implements AsyncDisposable {
  readonly executorId: string = `${session}-${executors++}`;
  readonly #options: ExecutorOptions<C>;
  /** Jobs that run, and those whose results nobody has read yet. */
  #jobs: Reading[] = [];
  /** All jobs, in the order in which they were made. */
  readonly #views: JobView[] = [];
  #launched = 0;
  /** What this executor has begun within a call ends with it. */
  readonly #callEnds = (): void => {
    this.#parent?.onCallEnd.delete(this.#callEnds);
    for (const { core } of this.#jobs) core.cancel();
  };
  /** Of an executor within a call: it uses the workers of the executor that the call is of. */
  readonly #parent: Parent | undefined;
  #opening: Promise<Engine> | undefined;
  #engine: Engine | undefined;
  #observers: readonly Observer[] = [];
  #active = 0;
  #alive: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @throws {ConfigError} for an option that is unknown or cannot be. */
  constructor(options: ExecutorOptions<C> = {}) {
    checkExecutorOptions(options);
    this.#options = options;
    const within = parent();
    if (within === undefined || (options.backend ?? within.payload.backend) !== within.payload.backend)
      return;
    this.#parent = within;
  }

  /** Runs `fn` once. */
  callAsync<T, R, E extends readonly unknown[] = []>(
    fn: (...args: [arg: Item<T>, ...extra: E, ctx: CallContext & C]) => R,
    arg: T,
    options?: CallOptions<E>,
  ): ResponseFuture<Awaited<R>>;
  callAsync<T, R, E extends readonly unknown[] = []>(
    fn: (arg: Item<T>, ...extra: E) => R,
    arg: T,
    options?: CallOptions<E>,
  ): ResponseFuture<Awaited<R>>;
  callAsync<R>(fn: () => R): ResponseFuture<Awaited<R>>;
  callAsync(fn: AnyFunction, arg?: unknown, options: CallOptions = {}): ResponseFuture<unknown> {
    this.#checkOpen();
    checkFunction('function', fn);
    return this.#call(fn, arg, options);
  }

  /**
   * Runs `fn` on every item, in parallel. Items are read as workers can take them, so that they may come from an
   * iterable without end.
   *
   * @throws {CaptureError} at this call, when `fn` closes over something that cannot travel; `path` leads to it.
   */
  map<T, R, E extends readonly unknown[] = []>(
    fn: (...args: [item: Item<T>, ...extra: E, ctx: CallContext & C]) => R,
    data: Data<T>,
    options?: MapOptions<E>,
  ): Job<Awaited<R>>;
  map<T, R, E extends readonly unknown[] = []>(
    fn: (item: Item<T>, ...extra: E) => R,
    data: Data<T>,
    options?: MapOptions<E>,
  ): Job<Awaited<R>>;
  map(fn: AnyFunction, data: Data<unknown>, options: MapOptions = {}): Job<unknown> {
    return this.#map('map function', fn, data, options);
  }

  /** As {@link map}, with items that are the lists of the function's arguments. */
  starmap<T extends readonly unknown[], R, E extends readonly unknown[] = []>(
    fn: (...args: [...items: T, ...extra: E, ctx: CallContext & C]) => R,
    tuples: Data<T>,
    options?: MapOptions<E>,
  ): Job<Awaited<R>>;
  starmap<T extends readonly unknown[], R, E extends readonly unknown[] = []>(
    fn: (...args: [...items: T, ...extra: E]) => R,
    tuples: Data<T>,
    options?: MapOptions<E>,
  ): Job<Awaited<R>>;
  starmap(fn: AnyFunction, tuples: Data<unknown>, options: MapOptions = {}): Job<unknown> {
    return this.#map('starmap function', fn, tuples, options, true);
  }

  /**
   * Runs `mapFn` on every item and `reduceFn` once, on all results in input order; or once a group, with
   * `reducerOnePerObject`. Results that are in storage are fetched by the reducer itself.
   */
  mapReduce<T, M, R, E extends readonly unknown[] = []>(
    mapFn: (item: Item<T>, ...extra: E) => M,
    data: Data<T>,
    reduceFn: (results: Awaited<M>[], ...extra: never[]) => R,
    options: ReduceOptions<E, T> & { readonly reducerOnePerObject: true | ((item: T) => unknown) },
  ): ReduceJob<Awaited<R>[]>;
  mapReduce<T, M, R, E extends readonly unknown[] = []>(
    mapFn: (item: Item<T>, ...extra: E) => M,
    data: Data<T>,
    reduceFn: (results: Awaited<M>[], ...extra: never[]) => R,
    options?: ReduceOptions<E, T>,
  ): ReduceJob<Awaited<R>>;
  mapReduce(
    mapFn: AnyFunction,
    data: Data<unknown>,
    reduceFn: AnyFunction,
    options: ReduceOptions = {},
  ): ReduceJob<unknown> {
    this.#checkOpen();
    const { job, reading } = mapReduce(mapFn, data, reduceFn, options, {
      launch: (launch) => this.#launch(launch),
      inputs: (items) => this.#inputs(items),
      jobOf: (core) => this.#jobOf(core),
      wake: () => this.#engine?.scheduler.wake(),
      prepare: (core) => this.#engine?.scheduler.prepare(core),
    });
    this.#jobs.push(...reading);
    return job;
  }

  /**
   * Waits for calls without reading them: it never rejects for a failure of theirs.
   *
   * @param futures what to wait for; everything that this executor runs, when left out
   */
  async wait(
    futures?: ResponseFuture<unknown> | Job<unknown> | readonly ResponseFuture<unknown>[],
    options: WaitOptions & { readonly returnWhen?: 'all' | 'any' | 'always' | number } = {},
  ): Promise<{ done: ResponseFuture<unknown>[]; notDone: ResponseFuture<unknown>[] }> {
    const { returnWhen = 'all', ...bounds } = options;
    const percent =
      returnWhen === 'all' ? 100 : returnWhen === 'any' ? 0 : returnWhen === 'always' ? -1 : returnWhen;
    if (typeof percent !== 'number' || !(percent >= -1 && percent <= 100))
      throw new ExecutorError(
        'invalid-argument',
        `returnWhen is 'all', 'any', 'always' or a percentage from 0 to 100; got ${String(returnWhen)}`,
      );
    const watched = this.#watched(futures);
    const enough = (): boolean => {
      if (percent < 0) return true;
      const all = watched();
      const settled = all.filter((future) => future.done).length;
      return percent === 0 ? settled > 0 || all.length === 0 : settled * 100 >= percent * all.length;
    };
    await within(this.#until(enough), bounds, () => 'what was waited for').catch((error: unknown) => {
      if (!(error instanceof ExecutorError && error.code === 'timeout')) throw error;
    });
    const all = watched();
    return { done: all.filter(({ done }) => done), notDone: all.filter(({ done }) => !done) };
  }

  /** The results of the given calls, or of all jobs that nobody has read yet: a scalar after a lone `callAsync`. */
  getResult<R>(target: ResponseFuture<R>): Promise<R>;
  getResult<const F extends readonly [ResponseFuture<unknown>, ...ResponseFuture<unknown>[]]>(
    target: F,
  ): Promise<{ -readonly [K in keyof F]: F[K] extends ResponseFuture<infer R> ? R : never }>;
  getResult<R>(target: Job<R> | readonly ResponseFuture<R>[]): Promise<R[]>;
  getResult(): Promise<unknown>;
  async getResult(
    target?: ResponseFuture<unknown> | Job<unknown> | readonly ResponseFuture<unknown>[],
  ): Promise<unknown> {
    if (target instanceof ResponseFuture) return target.result();
    if (target instanceof Job) return target;
    if (target !== undefined) return Promise.all(target);
    const unread = this.#jobs.filter(({ core }) => !core.observed);
    const results = await Promise.all(
      unread.map(({ core, result }) => {
        core.markObserved();
        return result();
      }),
    );
    return results.length === 1 ? results[0] : results.flat();
  }

  /** What every job of this executor took, so far where it has not ended. */
  jobSummary(): JobSummary[] {
    return this.#views.map((job) => jobSummary(job, this.#engine?.backend.price));
  }

  /** Draws when each call ran and how long the calls took: into a file that ends in .svg, .png or .html, or as an SVG. */
  plot(): Promise<string>;
  plot(target: string): Promise<undefined>;
  async plot(target?: string): Promise<string | undefined> {
    return plot(this.#views, this.#engine?.backend.price, target);
  }

  static {
    onDisplay(FunctionExecutor.prototype, (executor) =>
      displayJobs(`executor ${executor.executorId}`, executor.#views, executor.#engine?.backend.price),
    );
  }

  /**
   * Removes from storage what finished jobs have left there: code, arguments, statuses, results that have been read.
   * Whatever runs goes on. `close` does it anyway; this is for executors that live long.
   */
  async clean(options: WaitOptions = {}): Promise<Removed> {
    const { signal, timeoutMs } = checkWaitOptions(options);
    const timeout = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
    const engine = await this.#opening;
    if (engine === undefined || this.#closing !== undefined) return { objects: 0, bytes: 0 };
    return engine.clean(this.#views, AbortSignal.any(signal === undefined ? timeout : [signal, ...timeout]));
  }

  /**
   * Ends the executor: waits for its calls (or cancels them, as those in the background at last), then ends workers and
   * removes temporary data.
   *
   * @throws {AggregateError} of failures that nobody has looked at, when everything has been cleaned up.
   */
  close(options: { readonly cancel?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(options.cancel === true);
    if (options.cancel) for (const { core } of this.#jobs) core.cancel();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ cancel: true });
  }

  // ---- inside

  #checkOpen(): void {
    if (this.#closing !== undefined)
      throw new ExecutorError('closed', `executor ${this.executorId} is closed: it takes no more work`);
  }

  #call(fn: AnyFunction, arg: unknown, options: CallOptions): ResponseFuture<unknown> {
    const core = this.#launch({ fn, input: this.#inputs([arg]), options, single: true });
    const future = new ResponseFuture<unknown>(core, 0);
    this.#jobs.push({ core, result: () => future.result() });
    return future;
  }

  /** @param spread items are lists of arguments */
  #map(what: string, fn: unknown, data: unknown, options: MapOptions, spread = false): Job<unknown> {
    this.#checkOpen();
    checkFunction(what, fn);
    const core = this.#launch({ fn, input: this.#inputs(data), options, spread });
    const job = this.#jobOf(core);
    this.#jobs.push({ core, result: () => job.then() });
    return job;
  }

  #jobOf(core: JobCore): Job<unknown> {
    return new Job<unknown>(core, (fn, data, options) => this.#map('map function', fn, data, options));
  }

  #inputs(data: unknown): InputSource {
    return inputSource(data, () => this.#engine?.scheduler.wake());
  }

  #launch({ fn, input, options, spread = false, single = false }: Launch): JobCore {
    checkMapOptions(options);
    const opening = this.#open();
    this.#parent?.onCallEnd.add(this.#callEnds);
    const ordinal = this.#launched++;
    const { extraArgs = [], external, include, chunksize, maxWorkers, signal } = options;
    const { stream = false, speculate = false, isolated = false, background = false } = options;
    const maxCallsPerWorker = isolated ? 1 : (options.maxCallsPerWorker ?? Number.POSITIVE_INFINITY);
    const title = options.name === undefined ? undefined : { name: options.name, single };
    const shipment = new Shipment(fn, {
      extraArgs,
      external,
      include,
      spread,
      title,
      isolated,
      context: this.#options.context,
    });
    const core = new JobCore({
      number: this.#parent?.nextJob() ?? ordinal,
      ordinal,
      name: nameOf(fn),
      title,
      background,
      executorId: this.executorId,
      stream,
      maxWorkers: maxWorkers ?? Number.POSITIVE_INFINITY,
      onWork: () => this.#engine?.scheduler.wake(),
      onCancel: (job, grace) => this.#engine?.scheduler.cancelled(job, grace),
    });
    core.open(input);
    this.#views.push(core);
    this.#release();
    this.#hold(core, signal);
    opening
      .then(async (engine) => {
        const limits = limitsOf(options, engine.limits);
        core.runtimeMemory = limits.runtimeMemory;
        if (speculate) await engine.checkSpeculation();
        engine.scheduler.add(core, { chunksize, limits, speculate, isolated, maxCallsPerWorker });
        for (const observe of this.#observers) observe(core);
        engine.scheduler.ready(core, await shipment.transport(engine, core.number, core.jobId, limits));
      })
      .catch((error: unknown) => core.break(error, { failCalls: true }));
    return core;
  }

  /** Results that were read belong to whoever has read them: the executor keeps how their calls ran, and no more. */
  #release(): void {
    this.#jobs = this.#jobs.filter(({ core }) => {
      const view = core.readView;
      if (view !== undefined) this.#views[view.ordinal] = view;
      return view === undefined;
    });
  }

  /** Once, when the executor is first used: reads the configuration and starts a worker, which boots meanwhile. */
  #open(): Promise<Engine> {
    this.#opening ??= this.#start();
    return this.#opening;
  }

  async #start(): Promise<Engine> {
    const options = await resolveExecutorOptions(this.#options);
    // What is to be seen is seen where the outermost executor is.
    if (this.#parent === undefined) this.#observers = await observersOf(options);
    this.#engine = new Engine(this.executorId, options, this.#parent);
    if (this.#parent === undefined) this.#engine.scheduler.warm();
    return this.#engine;
  }

  /** An unfinished job keeps the process alive, unless it is in the background; idle workers do not. */
  #hold(core: JobCore, signal: AbortSignal | undefined): void {
    if (!core.background && this.#active++ === 0) this.#alive = keepAlive();
    const ended = countJob(core);
    // Not before the caller has the job.
    const stopListening = onAbort(signal, () => queueMicrotask(() => core.cancel(signal?.reason)));
    void core
      .until(() => core.done)
      .then(() => {
        ended();
        // A job that is cancelled at once ends before the configuration is known.
        this.#opening?.then(({ recorder }) => recorder?.jobEnded(core)).catch(() => {});
        stopListening();
        if (!core.background && --this.#active === 0) clearInterval(this.#alive);
        this.#release();
      });
  }

  #watched(
    futures: ResponseFuture<unknown> | Job<unknown> | readonly ResponseFuture<unknown>[] | undefined,
  ): () => readonly ResponseFuture<unknown>[] {
    if (futures instanceof ResponseFuture) return () => [futures];
    if (futures instanceof Job) return () => futures.futures;
    if (futures !== undefined) return () => futures;
    return () => this.#jobs.flatMap(({ core }) => futuresOf(core));
  }

  async #until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    const stops: (() => void)[] = [];
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (condition()) resolve();
      };
      for (const { core } of this.#jobs) stops.push(core.watch(look));
    });
    for (const stop of stops) stop();
  }

  async #close(cancel: boolean): Promise<void> {
    if (cancel) for (const { core } of this.#jobs) core.cancel();
    const cores = this.#jobs.map(({ core }) => core);
    const done = (core: JobCore): Promise<void> => core.until(() => core.done);
    await Promise.all(cores.filter(({ background }) => !background).map(done));
    // Not before: the others may be fed by these.
    for (const core of cores) core.cancel();
    await Promise.all(cores.map(done));
    // Workers keep nobody alive, so their end has to be waited for by something that does.
    const alive = keepAlive();
    try {
      await (await this.#opening?.catch(() => undefined))?.close();
    } finally {
      clearInterval(alive);
    }
    const failures = this.#jobs.flatMap(({ core }) => core.unseenFailures());
    if (failures.length > 0)
      throw new AggregateError(
        failures,
        `${failures.length} failed calls of executor ${this.executorId} were not looked at`,
      );
  }
}

function futuresOf(core: JobCore): ResponseFuture<unknown>[] {
  if (core.stream) return [];
  return Array.from(
    { length: core.length ?? core.table.size },
    (_, index) => new ResponseFuture<unknown>(core, index),
  );
}

/** A timer without a purpose but to keep the process alive until it is cleared. */
function keepAlive(): NodeJS.Timeout {
  return setInterval(() => {}, 2 ** 30);
}

/** For Node versions that cannot parse `await using`. */
export async function withExecutor<R, C extends object = NoContext>(
  options: ExecutorOptions<C>,
  body: (executor: FunctionExecutor<C>) => Promise<R> | R,
): Promise<R> {
  const executor = new FunctionExecutor<C>(options);
  try {
    return await body(executor);
  } finally {
    await executor[Symbol.asyncDispose]();
  }
}

/** Within a function, the executor that it closes over is the one that it runs in. */
const HANDLE: Portable<FunctionExecutor, null> = {
  type: 'skein.executor:FunctionExecutor@0',
  module: '@skein/executor',
  reach: 'network',
  dehydrate: () => null,
  revive: () => new FunctionExecutor(),
};
Object.defineProperty(FunctionExecutor, portable, { value: HANDLE });
registerPortable(FunctionExecutor as typeof FunctionExecutor & PortableClass);
