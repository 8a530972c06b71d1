import { logsOf } from '../logs/call-logs.ts';
import { displayCall, onDisplay } from '../report/display.ts';
import { type CallStats, callStats } from '../stats.ts';
import type { WaitOptions } from '../types.ts';
import { within } from '../wait.ts';
import { CallState, type CallStateName, isSettled, stateNames } from './call-table.ts';
import { callDependency, PendingInput } from './dependency.ts';
import type { JobCore } from './job-core.ts';

/**
 * One call: awaiting it gives its result or throws its error. It holds nothing of its own, so a job makes it
 * only when it is asked for.
 */
export class ResponseFuture<R> extends PendingInput implements PromiseLike<R> {
  readonly #core: JobCore;
  /** Position of the call's input. */
  readonly index: number;

  /** Futures are made by an executor: {@link FunctionExecutor.callAsync}, {@link Job.futures}. */
  constructor(core: JobCore, index: number) {
    super(() => callDependency(core, index));
    this.#core = core;
    this.index = index;
  }

  get executorId(): string {
    return this.#core.executorId;
  }

  get jobId(): string {
    return this.#core.jobId;
  }

  get callId(): string {
    return String(this.index).padStart(5, '0');
  }

  get state(): CallStateName {
    return stateNames[this.#state];
  }

  /** The call has an outcome. */
  get done(): boolean {
    return isSettled(this.#state);
  }

  get success(): boolean {
    return this.#state === CallState.success;
  }

  /** Why the call has no result; `undefined` while it runs and when it succeeded. */
  get error(): unknown {
    if (!this.done || this.success) return undefined;
    this.#core.markSeen(this.index);
    return this.#core.table.value(this.index);
  }

  /** Times and sizes of every step, once the call has run. */
  get stats(): CallStats | undefined {
    return this.index < this.#core.table.size ? callStats(this.#core, this.index) : undefined;
  }

  /**
   * What the call has printed so far, standard output and error in the order in which they were written: the first and
   * the last 128 KiB. Of several attempts, the one whose outcome the call has, or else the last.
   */
  get logs(): string {
    return logsOf(this.#core, this.index);
  }

  /** The result, or the wait's own end by `timeoutMs` or `signal`: the call goes on then. */
  result(options: WaitOptions = {}): Promise<R> {
    return within(this.#core.outcome(this.index) as Promise<R>, options, () => `call ${this}`);
  }

  /** Ends the call if it has no outcome yet: a function that is running is stopped with its worker. */
  cancel(): void {
    this.#core.cancelCall(this.index);
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a future is what it is for
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return (this.#core.outcome(this.index) as Promise<R>).then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R> {
    return (this.#core.outcome(this.index) as Promise<R>).finally(onFinally);
  }

  static {
    onDisplay(ResponseFuture.prototype, (future) => displayCall(String(future), future.state, future.stats));
  }

  override toString(): string {
    return this.#core.callName(this.index);
  }

  get #state(): CallState {
    return this.index < this.#core.table.size ? this.#core.table.state(this.index) : CallState.new;
  }
}
