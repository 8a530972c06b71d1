import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import { ExecutorError } from '../errors.ts';
import { graceOf } from '../options.ts';
import { displayCall, onDisplay } from '../report/display.ts';
import type { CallStats } from '../stats.ts';
import type { CancelOptions, WaitOptions } from '../types.ts';
import { within } from '../wait.ts';
import { CallState, type CallStateName, isSettled, stateNames } from './call-table.ts';
import { type CallReference, type DeliveredOutcome, delivered, nameOfCall } from './delivered.ts';
import { PendingInput } from './dependency.ts';
import type { JobCore } from './job-core.ts';

/** What a future needs to know of the job whose call it stands for. */
export interface CallBook
  extends Pick<
    JobCore,
    'executorId' | 'jobId' | 'outcome' | 'markSeen' | 'cancelCall' | 'started' | 'labelOf'
  > {
  dependency: JobCore['dependency'];
  callName(index: number): string;
  stateOf(index: number): CallState;
  valueOf(index: number): unknown;
  statsOf(index: number): CallStats | undefined;
  logsOf(index: number): string;
}

/**
 * One call: awaiting it gives its result or throws its error. It holds nothing of its own, so a job makes it
 * only when it is asked for.
 */
export class ResponseFuture<R> extends PendingInput implements PromiseLike<R> {
  readonly #core: CallBook;
  /** Position of the call's input. */
  readonly index: number;

  /** Futures are made by an executor: {@link FunctionExecutor.callAsync}, {@link Job.futures}. */
  constructor(core: CallBook, index: number) {
    super(() => core.dependency(index));
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
    return this.#core.valueOf(this.index);
  }

  /** Times and sizes of every step, once the call has run. */
  get stats(): CallStats | undefined {
    return this.#core.statsOf(this.index);
  }

  /**
   * Resolves when the call has begun to run; never rejects. An isolated call tells it at once, others when they have run
   * for half a second or have their outcome. Of agents without a channel all calls are seen within a second or two.
   */
  get started(): Promise<void> {
    return this.#core.started(this.index);
  }

  /**
   * What the call has printed, standard output and error in the order in which they were written: the first and the last
   * 128 KiB. It grows while the call runs, where agents have a channel; else it comes with the outcome. Of several
   * attempts, the one whose outcome the call has, or else the last.
   */
  get logs(): string {
    return this.#core.logsOf(this.index);
  }

  /** The result, or the wait's own end by `timeoutMs` or `signal`: the call goes on then. */
  result(options: WaitOptions = {}): Promise<R> {
    return within(
      this.#core.outcome(this.index) as Promise<R>,
      options,
      () => `call ${this.#core.labelOf(this.index)}`,
    );
  }

  /** Ends the call if it has no outcome yet: a function that is running is stopped with its worker. */
  cancel(options: CancelOptions = {}): void {
    this.#core.cancelCall(this.index, graceOf(options));
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
    return this.#core.stateOf(this.index);
  }
}

/** Futures that were met while something was encoded: their outcomes have to go with it. */
let met: Set<ResponseFuture<unknown>> | undefined;

export function meetFutures<T>(encode: () => T): {
  readonly encoded: T;
  readonly futures: readonly ResponseFuture<unknown>[];
} {
  const before = met;
  met = new Set();
  try {
    return { encoded: encode(), futures: [...met] };
  } finally {
    met = before;
  }
}

const HANDLE: Portable<
  ResponseFuture<unknown>,
  { readonly executorId: string; readonly jobId: string; readonly index: number }
> = {
  type: 'skein.executor:ResponseFuture@0',
  module: '@skein/executor',
  reach: 'network',
  dehydrate: (future) => {
    met?.add(future);
    const { executorId, jobId, index } = future;
    return { executorId, jobId, index };
  },
  revive: (call) => new ResponseFuture(deliveredCall(call), call.index),
};
Object.defineProperty(ResponseFuture, portable, { value: HANDLE });
registerPortable(ResponseFuture as unknown as PortableClass);

/** The book of a call of which this process has nothing but the outcome. */
function deliveredCall(call: CallReference): CallBook {
  const name = nameOfCall(call);
  const outcome = (): DeliveredOutcome => {
    const found = delivered().get(name);
    if (found !== undefined) return found;
    const value = new ExecutorError('protocol', `the outcome of call ${name} has not come with its future`);
    return { state: CallState.error, value };
  };
  return {
    ...call,
    callName: () => name,
    labelOf: () => name,
    started: () => Promise.resolve(),
    stateOf: () => outcome().state,
    valueOf: () => outcome().value,
    statsOf: () => undefined,
    logsOf: () => '',
    markSeen: () => {},
    cancelCall: () => {},
    outcome: async () => {
      const { state, value } = outcome();
      if (state === CallState.success) return value;
      throw value;
    },
    dependency: () => {
      const { state, value } = outcome();
      const known = state === CallState.success ? { item: value } : { state, error: value };
      return { now: () => known, whenKnown: (then) => then() };
    },
  };
}
