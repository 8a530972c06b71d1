import { ExecutorError } from '../errors.ts';
import { displayJobs, onDisplay } from '../report/display.ts';
import type { CallSource, CancelOptions, ReduceOptions, WaitOptions } from '../types.ts';
import { within } from '../wait.ts';
import { jobBehind } from './dependency.ts';
import type { Job } from './job.ts';
import type { GroupOf } from './job-source.ts';

/** The jobs of a reduction. */
export interface ReduceStages {
  readonly maps: readonly Job<unknown>[];
  readonly combine: Job<unknown> | undefined;
  readonly reduce: Job<unknown>;
}

/**
 * A map whose results further calls reduce. Awaiting it gives what the reducer returned; where there is one reducer a
 * group, the list of that: of `mapReduce` in order of their first items, of `groupBy` in order of their keys.
 */
export class ReduceJob<R> implements PromiseLike<R> {
  readonly #stages: ReduceStages;
  readonly #result: () => Promise<R>;

  /** Reductions are made by an executor. */
  constructor(stages: ReduceStages, result: () => Promise<R>) {
    this.#stages = stages;
    this.#result = result;
  }

  /** The map, the first one of several. */
  get mapJob(): Job<unknown> {
    return this.#stages.maps[0]!;
  }

  /** All maps, one an input. Their failures are the reduction's too: a reducer never sees part of the results. */
  get mapJobs(): readonly Job<unknown>[] {
    return this.#stages.maps;
  }

  /** What combines results before the reducer gets them. */
  get combineJob(): Job<unknown> | undefined {
    return this.#stages.combine;
  }

  get reduceJob(): Job<unknown> {
    return this.#stages.reduce;
  }

  get #jobs(): readonly Job<unknown>[] {
    const { maps, combine, reduce } = this.#stages;
    return [...maps, ...(combine === undefined ? [] : [combine]), reduce];
  }

  static {
    onDisplay(ReduceJob.prototype, (reduction) =>
      displayJobs(
        'map and reduction',
        reduction.#jobs.map((job) => jobBehind(job)!),
        undefined,
      ),
    );
  }

  result(options: WaitOptions = {}): Promise<R> {
    return within(
      this.#result(),
      options,
      () => `the reduction of ${this.mapJob.executorId}-${this.mapJob.jobId}`,
    );
  }

  cancel(reason?: unknown, options: CancelOptions = {}): void {
    for (const job of this.#jobs) job.cancel(reason, options);
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a job is what it is for
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R> {
    return this.#result().finally(onFinally);
  }
}

/** How items are grouped for their reducers; `undefined` for one reducer of all. */
export function groupingOf(data: unknown, option: ReduceOptions['reducerOnePerObject']): GroupOf | undefined {
  if (option === undefined || option === false) return undefined;
  if (typeof option === 'function') return option as GroupOf;
  const source = data as CallSource<unknown>;
  if (typeof source.objectOf !== 'function')
    throw new ExecutorError(
      'invalid-argument',
      'reducerOnePerObject: true is for data that knows its objects, such as objects(…) of @skein/partitioner, not its groups; ' +
        'for other data give the key of an item: reducerOnePerObject: (item) => …',
    );
  return (item) => source.objectOf?.(item);
}
