import type { CallContext } from '../call-context.ts';
import { graceOf } from '../options.ts';
import { displayJobs, onDisplay } from '../report/display.ts';
import type { CancelOptions, MapOptions } from '../types.ts';
import { rememberJob } from './dependency.ts';
import type { JobCore } from './job-core.ts';
import { completed, inOrder, results } from './reading.ts';
import { ResponseFuture } from './response-future.ts';

/** How an executor maps over a job: without its types, which {@link Job.map} has. */
export type MapJob = (
  fn: (...args: never[]) => unknown,
  job: Job<unknown>,
  options: MapOptions,
) => Job<unknown>;

/** How one call of a job ended, as `completed()` tells it. */
export type Completed<R> =
  | { readonly index: number; readonly status: 'fulfilled'; readonly value: R }
  | { readonly index: number; readonly status: 'rejected'; readonly reason: unknown };

/** Where a job stands. */
export interface JobProgress {
  /** Calls with an outcome. */
  readonly settled: number;
  readonly failed: number;
  /** Calls in all; `undefined` while nobody knows. */
  readonly total: number | undefined;
}

/**
 * The calls of one `map`. Awaiting it gives all results in input order; iterating gives them one by one, as
 * soon as each and all before it are there.
 */
export class Job<R> implements PromiseLike<R[]>, AsyncIterable<R> {
  readonly #core: JobCore;
  readonly #map: MapJob;
  #futures: ResponseFuture<R>[] = [];

  /** Jobs are made by an executor. */
  constructor(core: JobCore, map: MapJob) {
    this.#core = core;
    this.#map = map;
    rememberJob(this, core);
  }

  /**
   * Runs `fn` on every result, each as soon as it is there and where it is: what is large goes from worker to worker
   * through storage. A call that fails here fails there too, with the same error, and does not run.
   */
  map<R2, E extends readonly unknown[] = []>(
    fn: (...args: [item: R, ...extra: E, ctx: CallContext]) => R2,
    options?: MapOptions<E>,
  ): Job<Awaited<R2>>;
  map<R2, E extends readonly unknown[] = []>(
    fn: (item: R, ...extra: E) => R2,
    options?: MapOptions<E>,
  ): Job<Awaited<R2>>;
  map(fn: (...args: never[]) => unknown, options: MapOptions = {}): Job<unknown> {
    return this.#map(fn, this, options);
  }

  get executorId(): string {
    return this.#core.executorId;
  }

  get jobId(): string {
    return this.#core.jobId;
  }

  /** Calls of this job; `undefined` while its input has not been read to its end and has no known length. */
  get length(): number | undefined {
    return this.#core.length;
  }

  /** Every call has its outcome. */
  get done(): boolean {
    return this.#core.done;
  }

  /** One future a call, in input order; it grows as the input is read. A stream keeps none. */
  get futures(): readonly ResponseFuture<R>[] {
    if (this.#core.stream) throw new TypeError('a stream keeps no futures: iterate over it');
    const count = this.#core.length ?? this.#core.table.size;
    for (let index = this.#futures.length; index < count; index++)
      this.#futures.push(new ResponseFuture<R>(this.#core, index));
    return this.#futures;
  }

  /** Ends all calls that have no outcome yet; those that run are stopped with their workers. */
  cancel(reason?: unknown, options: CancelOptions = {}): void {
    this.#core.cancel(reason, graceOf(options));
  }

  static {
    onDisplay(Job.prototype, (job) => displayJobs('job', [job.#core], undefined));
  }

  [Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    return inOrder(this.#core) as AsyncGenerator<R, void, undefined>;
  }

  /** Outcomes as calls complete, failures as values: nothing throws but a broken input. */
  async *completed(): AsyncGenerator<Completed<R>, void, undefined> {
    for await (const { index, succeeded, value } of completed(this.#core)) {
      yield succeeded
        ? { index, status: 'fulfilled', value: value as R }
        : { index, status: 'rejected', reason: value };
    }
  }

  /** Where the job stands, whenever that changes; ends with the job. Slow readers skip steps, never the last. */
  get progress(): AsyncGenerator<JobProgress, void, undefined> {
    return this.#progress();
  }

  async *#progress(): AsyncGenerator<JobProgress, void, undefined> {
    for (let told = -1; ; ) {
      const { settled, failed } = this.#core.table;
      told = settled;
      yield { settled, failed, total: this.#core.length };
      if (this.#core.done) return;
      await this.#core.until(() => this.#core.done || this.#core.table.settled > told);
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a job is what it is for
  then<A = R[], B = never>(
    onFulfilled?: ((value: R[]) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return (results(this.#core) as Promise<R[]>).then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R[] | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R[]> {
    return (results(this.#core) as Promise<R[]>).finally(onFinally);
  }
}
