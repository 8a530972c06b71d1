import { ExecutorError } from '../errors.ts';
import { displayJobs, onDisplay } from '../report/display.ts';
import type { CallSource, CancelOptions, ReduceOptions, WaitOptions } from '../types.ts';
import { within } from '../wait.ts';
import { jobBehind } from './dependency.ts';
import type { Job } from './job.ts';
import type { GroupOf } from './job-source.ts';

/**
 * A map whose results one more call reduces, or one a group. Awaiting it gives what the reducer returned; for groups
 * the list of that, in order of their first items.
 */
export class ReduceJob<R> implements PromiseLike<R> {
  /** The map. Its failures are the reduction's too: a reducer never sees part of the results. */
  readonly mapJob: Job<unknown>;
  readonly reduceJob: Job<unknown>;
  readonly #result: () => Promise<R>;

  /** Reductions are made by an executor. */
  constructor(mapJob: Job<unknown>, reduceJob: Job<unknown>, result: () => Promise<R>) {
    this.mapJob = mapJob;
    this.reduceJob = reduceJob;
    this.#result = result;
  }

  static {
    onDisplay(ReduceJob.prototype, ({ mapJob, reduceJob }) =>
      displayJobs('map and reduction', [jobBehind(mapJob)!, jobBehind(reduceJob)!], undefined),
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
    this.mapJob.cancel(reason, options);
    this.reduceJob.cancel(reason, options);
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
      'reducerOnePerObject: true is for data that knows its objects, such as objects(…) of @skein/partitioner; ' +
        'for other data give the key of an item: reducerOnePerObject: (item) => …',
    );
  return (item) => source.objectOf?.(item);
}
