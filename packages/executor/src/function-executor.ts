import { randomBytes } from 'node:crypto';
import type { Removed } from '@skein/cloudobject/temporary';
import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import type { CallContext } from './call-context.ts';
import { Engine } from './engine.ts';
import { ExecutorError } from './errors.ts';
import { groupBy, type PairInput } from './job/group-by.ts';
import { type InputSource, inputSource } from './job/input-source.ts';
import { Job } from './job/job.ts';
import { JobCore } from './job/job-core.ts';
import type { JobView } from './job/job-view.ts';
import { type Launch, type Launcher, mapReduce, type Reading } from './job/map-reduce.ts';
import type { ReduceJob } from './job/reduce-job.ts';
import { ResponseFuture } from './job/response-future.ts';
import { type Settled, type SettledOptions, type WaitedFor, waitForCalls } from './job/waiting.ts';
import { KeepAlive } from './keep-alive.ts';
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
import { onlyValue } from './shuffle/only-value.ts';
import { countJob } from './totals.ts';
import type {
  CallOptions,
  CombineOptions,
  Data,
  GroupInput,
  GroupKey,
  GroupOptions,
  Item,
  MapOptions,
  NoContext,
  Pairs,
  ReduceOptions,
  Values,
  WaitOptions,
} from './types.ts';
import { checkWaitOptions } from './wait.ts';

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
  readonly #alive = new KeepAlive();
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
    options: ReduceOptions<E, T, Awaited<M>> & {
      readonly reducerOnePerObject: true | ((item: T) => unknown);
    },
  ): ReduceJob<Awaited<R>[]>;
  mapReduce<T, M, R, E extends readonly unknown[] = []>(
    mapFn: (item: Item<T>, ...extra: E) => M,
    data: Data<T>,
    reduceFn: (results: Awaited<M>[], ...extra: never[]) => R,
    options?: ReduceOptions<E, T, Awaited<M>>,
  ): ReduceJob<Awaited<R>>;
  mapReduce(
    mapFn: AnyFunction,
    data: Data<unknown>,
    reduceFn: AnyFunction,
    options: ReduceOptions = {},
  ): ReduceJob<unknown> {
    this.#checkOpen();
    const { job, reading } = mapReduce(mapFn, data, reduceFn, options, this.#launcher());
    this.#jobs.push(...reading);
    return job;
  }

  /**
   * Brings together what has the same key: `mapFn` gives pairs of key and value for each item, and `reduceFn` runs once a
   * key, on all its values. They go from worker to worker through the storage, sorted, and may be more than memory holds.
   * Awaiting it gives what `reduceFn` returned, in order of the keys: by type (undefined, null, booleans, numbers,
   * bigints, texts, arrays), then by value, texts by their code points.
   *
   * @example executor.groupBy((part) => part.map((row) => [row.city, row.price]), parts, async (city, prices) => …)
   */
  groupBy<T, K extends GroupKey, V, R, E extends readonly unknown[] = [], X extends readonly unknown[] = []>(
    mapFn: (...args: [item: Item<T>, ...extra: E, ctx: CallContext & C]) => Pairs<K, V>,
    data: Data<T>,
    reduceFn: (...args: [key: K, values: Values<V>, ...extra: X, ctx: CallContext & C]) => R,
    options?: GroupOptions<E, X, V>,
  ): ReduceJob<Awaited<R>[]>;
  groupBy<T, K extends GroupKey, V, R, E extends readonly unknown[] = [], X extends readonly unknown[] = []>(
    mapFn: (item: Item<T>, ...extra: E) => Pairs<K, V>,
    data: Data<T>,
    reduceFn: (key: K, values: Values<V>, ...extra: X) => R,
    options?: GroupOptions<E, X, V>,
  ): ReduceJob<Awaited<R>[]>;
  groupBy(
    mapFn: AnyFunction,
    data: Data<unknown>,
    reduceFn: AnyFunction,
    options: GroupOptions = {},
  ): ReduceJob<unknown[]> {
    return this.#group([{ map: mapFn, data }], reduceFn, options);
  }

  /** Pairs of every key and what `combine` makes of its values, in order of the keys: see {@link groupBy}. */
  reduceByKey<T, K extends GroupKey, V, E extends readonly unknown[] = []>(
    mapFn: (...args: [item: Item<T>, ...extra: E, ctx: CallContext & C]) => Pairs<K, V>,
    data: Data<T>,
    combine: (a: V, b: V) => V,
    options?: CombineOptions<E>,
  ): ReduceJob<[key: K, value: V][]>;
  reduceByKey<T, K extends GroupKey, V, E extends readonly unknown[] = []>(
    mapFn: (item: Item<T>, ...extra: E) => Pairs<K, V>,
    data: Data<T>,
    combine: (a: V, b: V) => V,
    options?: CombineOptions<E>,
  ): ReduceJob<[key: K, value: V][]>;
  reduceByKey<V>(
    mapFn: AnyFunction,
    data: Data<unknown>,
    combine: (a: V, b: V) => V,
    options: CombineOptions = {},
  ): ReduceJob<unknown[]> {
    checkFunction('combine function', combine);
    return this.#group([{ map: mapFn, data }], onlyValue, { ...options, combine } as GroupOptions);
  }

  /**
   * Groups two inputs together, which is how joins are written: `reduceFn` runs once for each key that either has, on the
   * values of both, and may read them in any order. See {@link groupBy}.
   */
  cogroup<A, B, K extends GroupKey, V, W, R, X extends readonly unknown[] = []>(
    left: GroupInput<A, K, V>,
    right: GroupInput<B, K, W>,
    reduceFn: (...args: [key: K, left: Values<V>, right: Values<W>, ...extra: X, ctx: CallContext & C]) => R,
    options: Omit<GroupOptions<[], X>, 'combine' | 'extraArgs'> = {},
  ): ReduceJob<Awaited<R>[]> {
    return this.#group([left, right], reduceFn, options) as ReduceJob<Awaited<R>[]>;
  }

  /**
   * Waits for calls without reading them: it never rejects for a failure of theirs.
   *
   * @param futures what to wait for; everything that this executor runs, when left out
   */
  wait(futures?: WaitedFor, options: SettledOptions = {}): Promise<Settled> {
    return waitForCalls(futures, () => this.#jobs.map(({ core }) => core), options);
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

  #group(inputs: readonly PairInput[], reduceFn: AnyFunction, options: GroupOptions): ReduceJob<unknown[]> {
    this.#checkOpen();
    const { job, reading } = groupBy(inputs, reduceFn, options, this.#launcher());
    this.#jobs.push(...reading);
    return job;
  }

  #launcher(): Launcher {
    return {
      launch: (launch) => this.#launch(launch),
      inputs: (items) => this.#inputs(items),
      jobOf: (core) => this.#jobOf(core),
      wake: () => this.#engine?.scheduler.wake(),
      prepare: (core) => this.#engine?.scheduler.prepare(core),
      removeRuns: ({ jobId }) => this.#engine?.removeRuns(jobId),
    };
  }

  #jobOf(core: JobCore): Job<unknown> {
    return new Job<unknown>(core, (fn, data, options) => this.#map('map function', fn, data, options));
  }

  #inputs(data: unknown): InputSource {
    return inputSource(data, () => this.#engine?.scheduler.wake());
  }

  #launch({ fn, input, options, spread = false, single = false, role }: Launch): JobCore {
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
      role,
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
    if (!core.background) this.#alive.hold();
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
        if (!core.background) this.#alive.release();
        this.#release();
      });
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
    this.#alive.hold();
    try {
      await (await this.#opening?.catch(() => undefined))?.close();
    } finally {
      this.#alive.release();
    }
    const failures = this.#jobs.flatMap(({ core }) => core.unseenFailures());
    if (failures.length > 0)
      throw new AggregateError(
        failures,
        `${failures.length} failed calls of executor ${this.executorId} were not looked at`,
      );
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
