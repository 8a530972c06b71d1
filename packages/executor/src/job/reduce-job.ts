import { jupyterDisplay, type MimeBundle } from '../report/display.ts';
import type { WaitOptions } from '../types.ts';
import { within } from '../wait.ts';
import type { Job } from './job.ts';

/** A map whose results one more call reduces. Awaiting it gives what the reducer returned. */
export class ReduceJob<R> implements PromiseLike<R> {
  /** The map. Its failures are the reduction's too: a reducer never sees part of the results. */
  readonly mapJob: Job<unknown>;
  readonly #result: () => Promise<R>;

  constructor(mapJob: Job<unknown>, result: () => Promise<R>) {
    this.mapJob = mapJob;
    this.#result = result;
  }

  /** How notebooks show it: the map, whose calls are nearly all there is. */
  [jupyterDisplay](): Promise<MimeBundle> {
    return this.mapJob[jupyterDisplay]();
  }

  result(options: WaitOptions = {}): Promise<R> {
    return within(
      this.#result(),
      options,
      () => `the reduction of ${this.mapJob.executorId}-${this.mapJob.jobId}`,
    );
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
