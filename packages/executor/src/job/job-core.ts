/**
 * What happens to the calls of one job, without a word of how they travel: the scheduler takes chunks of them
 * and tells their outcomes; {@link Job} and {@link ResponseFuture} are the faces that users see.
 *
 * E1: every input has exactly one outcome, in input order. E4: a failure is its own call's and no other's.
 */
import { MetricsSum } from '@skein/codec';
import { CallCancelledError } from '../errors.ts';
import { CallLogs, logsOf } from '../logs/call-logs.ts';
import type { Grace } from '../scheduler/unwanted.ts';
import { type CallStats, callStats } from '../stats.ts';
import { type JobTitle, titleOfCall } from '../wire/payload.ts';
import { CallQueue, type Chunk } from './call-queue.ts';
import { type BatchStats, CallState, CallTable, isSettled } from './call-table.ts';
import { allKnown, callDependency, type Dependency, type PendingInput } from './dependency.ts';
import type { InputSource } from './input-source.ts';
import type { JobView } from './job-view.ts';
import { Listeners } from './listeners.ts';
import { resultOf } from './reading.ts';
import { Starts } from './starts.ts';
import type { StoredResult } from './stored-result.ts';

/** Unsettled and unread calls that a stream may have. */
const STREAM_AHEAD = 1024;

interface Waiter {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  /** Wants to know that there is an outcome, not which. */
  readonly peeks?: true;
}

export interface JobCoreOptions {
  /** By which agents know it: no other job of a worker has it. */
  readonly number: number;
  /** Which one of its executor it is, from 0. */
  readonly ordinal: number;
  /** Of the function. */
  readonly name: string;
  /** What the user calls it. */
  readonly title: JobTitle | undefined;
  readonly executorId: string;
  /** Nobody is to wait for it. */
  readonly background: boolean;
  readonly stream: boolean;
  readonly maxWorkers: number;
  /** There may be something to run. */
  readonly onWork: () => void;
  /** @param grace for calls that run, where somebody has said it */
  readonly onCancel: (job: JobCore, grace: Grace | undefined) => void;
}

export class JobCore implements JobView {
  readonly number: number;
  readonly ordinal: number;
  readonly name: string;
  readonly functionName: string;
  readonly background: boolean;
  readonly jobId: string;
  readonly executorId: string;
  readonly table: CallTable = new CallTable();
  readonly logs: CallLogs = new CallLogs();
  readonly metrics: MetricsSum = new MetricsSum();
  readonly maxWorkers: number;
  readonly stream: boolean;
  readonly createdTstamp: number = Date.now();
  /** Bytes that each call was given, where somebody said so; known when the configuration is. */
  runtimeMemory: number | undefined;
  #finishedTstamp: number | undefined;
  readonly #options: JobCoreOptions;
  /** What is to run. */
  readonly queue: CallQueue;
  #broken: { readonly error: unknown } | undefined;
  #cancelled: { readonly reason: unknown } | undefined;
  #waiters = new Map<number, Waiter[]>();
  readonly #listeners = new Listeners();
  /** Readers of {@link readOrder}. */
  #completing = 0;
  #order: number[] = [];
  #firstFailure: number | undefined;
  #observed = false;
  #seen = new Set<number>();
  #read = 0;
  #execMs = 0;
  #feedsOthers = false;
  #hasStored = false;
  #onSettled: ((index: number) => void) | undefined;
  #starts: Starts | undefined;

  constructor(options: JobCoreOptions) {
    this.#options = options;
    this.number = options.number;
    this.ordinal = options.ordinal;
    this.name = options.title?.name ?? options.name;
    this.functionName = options.name;
    this.background = options.background;
    this.jobId = `M${String(options.ordinal).padStart(3, '0')}`;
    this.executorId = options.executorId;
    this.stream = options.stream;
    this.maxWorkers = options.maxWorkers;
    this.queue = new CallQueue({
      table: this.table,
      mayRead: () => !this.stream || this.table.size < this.#read + STREAM_AHEAD,
      onEnd: () => this.#ended(),
      onBroken: (error) => this.break(error),
      settle: (index, state, value) => this.settle(index, state, value),
      onWork: options.onWork,
    });
  }

  /** Inputs can be read from here on. */
  open(input: InputSource): void {
    this.queue.open(input);
  }

  /** Calls that exist or are known to come; `undefined` while nobody knows. */
  get length(): number | undefined {
    return this.queue.length;
  }

  /** Every input has been read and every call has its outcome. */
  get done(): boolean {
    return this.queue.ended && this.table.settled === this.table.size;
  }

  /** What is wrong with the job as a whole: its input or its bundle. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }

  /** Time within the user's function, summed over all calls, milliseconds. */
  get execMs(): number {
    return this.#execMs;
  }

  /** Every input has been read. */
  get inputEnded(): boolean {
    return this.queue.ended;
  }

  get firstFailure(): number | undefined {
    return this.#firstFailure;
  }

  get cancelled(): boolean {
    return this.#cancelled !== undefined;
  }

  get finishedTstamp(): number | undefined {
    return this.#finishedTstamp;
  }

  /** Some results are in storage. */
  get hasStored(): boolean {
    return this.#hasStored;
  }

  /** Whether somebody has asked for the results. */
  get observed(): boolean {
    return this.#observed;
  }

  /** What may be told of the job when its results are read; `undefined` while somebody may still ask for them here. */
  get readView(): JobView | undefined {
    if (!this.done || !this.#observed || this.#feedsOthers) return undefined;
    const { executorId, jobId, ordinal, name, stream, createdTstamp, finishedTstamp } = this;
    const { length, cancelled, runtimeMemory, execMs, metrics } = this;
    const told = { executorId, jobId, ordinal, name, stream, createdTstamp, finishedTstamp };
    return {
      ...told,
      length,
      cancelled,
      runtimeMemory,
      execMs,
      metrics,
      done: true,
      table: this.table.withoutValues(),
    };
  }

  // ---- for the scheduler

  /**
   * An attempt has failed. The call runs again if it may; else this is its outcome.
   *
   * @param item the call's input; asked only when it runs again
   */
  fail(
    index: number,
    state: CallState,
    error: unknown,
    { attempt, retries, item }: { attempt: number; retries: number; item: () => unknown },
  ): void {
    // What an attempt says that was given up, or that another runs beside, decides nothing unless it is good news.
    if (attempt < this.table.attempt(index)) return;
    if (attempt > retries || isSettled(this.table.state(index))) this.settle(index, state, error);
    else {
      // What has ended a worker, or was stopped with it, may do so again: nothing is to wait behind it.
      const alone = state === CallState.lost;
      this.runAgain({ indexes: [index], items: [item()], attempt: attempt + 1, alone });
    }
  }

  /** These calls are to run again, each by itself. */
  runAgain(chunk: Chunk): void {
    chunk.indexes.forEach((index, i) => {
      // Settled, or run by a later attempt already.
      if (isSettled(this.table.state(index)) || this.table.attempt(index) > chunk.attempt) return;
      this.table.setState(index, CallState.new);
      this.queue.runAgain({ ...chunk, indexes: [index], items: [chunk.items[i]] });
    });
    this.#options.onWork();
  }

  /** A result that is in storage. It is read when somebody asks, at once when somebody waits. */
  settleStored(index: number, result: StoredResult): void {
    const wanted = this.#observed || this.#waiters.has(index);
    this.#hasStored = true;
    this.settle(index, CallState.success, result);
    // Who reads it hears of a failure; this only begins.
    if (wanted && !this.#feedsOthers) result.read().catch(() => {});
  }

  /** The results are inputs of other calls. */
  markFeeding(): void {
    this.#feedsOthers = true;
  }

  /** An agent says that it runs the call. */
  begun(index: number): void {
    // A stream has nobody who could ask.
    if (this.stream || this.#settledAt(index)) return;
    this.#starts ??= new Starts();
    this.#starts.tell(index);
  }

  /** The call waits again: its input holds futures whose calls have not ended. */
  park(index: number, item: unknown, futures: readonly PendingInput[]): void {
    this.table.setState(index, CallState.new);
    this.queue.await(index, allKnown(item, futures));
  }

  setStats(index: number, start: number, end: number, batch: BatchStats): void {
    this.#execMs += end - start;
    if (!isSettled(this.table.state(index))) this.table.setStats(index, start, end, batch);
  }

  settle(index: number, state: CallState, value: unknown): void {
    if (!this.table.settle(index, state, value)) return;
    const succeeded = state === CallState.success;
    if (!succeeded) this.#firstFailure ??= index;
    if (!this.stream || this.#completing > 0) this.#order.push(index);
    if (this.#waiters.size > 0) {
      const waiters = this.#waiters.get(index);
      this.#waiters.delete(index);
      for (const waiter of waiters ?? []) this.#answer(index, waiter);
    }
    this.#starts?.forget(index);
    this.#onSettled?.(index);
    this.#changed();
  }

  /** The job's input is broken, or (`failCalls`) what all its calls need: its code, workers. No call is added any more. */
  break(error: unknown, options?: { readonly failCalls: boolean }): void {
    if (this.done) return; // cancelled meanwhile: nothing of it fails any more
    this.#broken ??= { error };
    if (options?.failCalls) this.#endAll(CallState.error, () => error);
    this.queue.end();
  }

  /**
   * Calls without an outcome end as cancelled; inputs that were not read never become calls.
   *
   * @param graceMs how long calls that run may go on; said of calls that have been cancelled already, it counts from now on
   */
  cancel(reason?: unknown, graceMs?: number): void {
    const grace = graceMs === undefined ? undefined : { ms: graceMs, index: undefined };
    if (this.done) {
      if (this.cancelled && grace !== undefined) this.#options.onCancel(this, grace);
      return;
    }
    this.#cancelled = { reason };
    // Nobody knows what else would have come: the calls that there are are not the job.
    if (this.length === undefined) this.#broken ??= { error: this.#cancellation(undefined, reason) };
    this.#endAll(CallState.cancelled, (index) => this.#cancellation(index, reason));
    this.#options.onCancel(this, grace);
  }

  /** E1: inputs that are known to exist have an outcome too, though nobody has read them. */
  #endAll(state: CallState, reason: (index: number) => unknown): void {
    const known = this.queue.length ?? 0;
    while (this.table.size < known) this.table.add();
    this.queue.clear();
    for (let index = 0; index < this.table.size; index++) {
      if (!this.#settledAt(index)) this.settle(index, state, reason(index));
    }
  }

  cancelCall(index: number, graceMs?: number): void {
    if (index >= (this.length ?? this.table.size)) return;
    const grace = graceMs === undefined ? undefined : { ms: graceMs, index };
    if (this.#settledAt(index)) {
      if (this.stateOf(index) === CallState.cancelled && grace !== undefined)
        this.#options.onCancel(this, grace);
      return;
    }
    // Its input may not have been read yet.
    while (this.table.size <= index) this.table.add();
    this.settle(index, CallState.cancelled, this.#cancellation(index, undefined));
    this.#options.onCancel(this, grace);
  }

  #cancellation(index: number | undefined, reason: unknown): CallCancelledError {
    const what = index === undefined ? `job ${this.#label}` : `call ${this.labelOf(index)}`;
    return new CallCancelledError(`${what} was cancelled`, reason === undefined ? {} : { cause: reason });
  }

  // ---- for futures

  dependency(index: number): Dependency {
    return callDependency(this, index);
  }

  stateOf(index: number): CallState {
    return index < this.table.size ? this.table.state(index) : CallState.new;
  }

  valueOf(index: number): unknown {
    return this.table.value(index);
  }

  statsOf(index: number): CallStats | undefined {
    return index < this.table.size ? callStats(this, index) : undefined;
  }

  logsOf(index: number): string {
    return logsOf(this, index);
  }

  callName(index: number): string {
    return `${this.executorId}-${this.jobId}-${String(index).padStart(5, '0')}`;
  }

  /** What messages call it: by its name, where it was given one. */
  labelOf(index: number): string {
    const { title } = this.#options;
    const id = this.callName(index);
    return title === undefined ? id : `${titleOfCall(title, index)} (${id})`;
  }

  get #label(): string {
    const id = `${this.executorId}-${this.jobId}`;
    return this.#options.title === undefined ? id : `${this.name} (${id})`;
  }

  // ---- for those who wait

  /** Resolves when the call has begun, as far as that is told, else when it has its outcome or will never exist. */
  started(index: number): Promise<void> {
    return new Promise((resolve) => {
      this.whenSettled(index, resolve);
      if (this.#settledAt(index)) return;
      this.#starts ??= new Starts();
      this.#starts.when(index, resolve);
    });
  }

  /** The outcome of one call. Whoever asks has looked at it, even if it fails. */
  outcome(index: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject };
      this.#seen.add(index);
      if (this.#seen.size === this.length) this.#observed = true;
      if (this.#settledAt(index)) this.#answer(index, waiter);
      else this.#await(index, waiter);
    });
  }

  /** Calls `then` when the call has its outcome, or will never exist. Nobody has looked at it by that. */
  whenSettled(index: number, then: () => void): void {
    if (this.#settledAt(index)) then();
    else this.#await(index, { resolve: then, reject: then, peeks: true });
  }

  #await(index: number, waiter: Waiter): void {
    if (this.queue.ended && index >= this.table.size) {
      waiter.reject(this.whyAbsent(index));
      return;
    }
    const waiters = this.#waiters.get(index);
    if (waiters === undefined) this.#waiters.set(index, [waiter]);
    else waiters.push(waiter);
  }

  /** Calls in the order in which they end, for a reader who says when it needs them no more. */
  readOrder(): number[] {
    this.#completing++;
    return this.#order;
  }

  endReadingOrder(): void {
    this.#completing--;
  }

  /** Resolves when the condition holds; it is looked at whenever a call settles or the job changes. */
  until(condition: () => boolean): Promise<void> {
    return this.#listeners.until(condition);
  }

  /** Calls `listener` whenever something changes; gives the way to stop. */
  watch(listener: () => void): () => void {
    return this.#listeners.watch(listener);
  }

  /** Calls `listener` for every call that has its outcome, those that have it already first. There is one listener. */
  eachSettled(listener: (index: number) => void): void {
    for (let index = 0; index < this.table.size; index++) if (this.#settledAt(index)) listener(index);
    this.#onSettled = listener;
  }

  markObserved(): void {
    this.#observed = true;
  }

  markSeen(index: number): void {
    this.#seen.add(index);
  }

  /** Failures that nobody has looked at, by any way there is. */
  unseenFailures(): unknown[] {
    if (this.#observed) return [];
    if (this.#broken !== undefined) {
      const { error } = this.#broken;
      if (error instanceof CallCancelledError) return [];
      // Who asked for a call that never came to be was told the same.
      const told = (at: number): boolean => at >= this.table.size || this.table.value(at) === error;
      return [...this.#seen].some(told) ? [] : [error];
    }
    const unseen: unknown[] = [];
    if (this.table.failed === 0) return unseen;
    for (let index = 0; index < this.table.size; index++) {
      const state = this.table.state(index);
      if ((state === CallState.error || state === CallState.lost) && !this.#seen.has(index))
        unseen.push(this.table.value(index));
    }
    return unseen;
  }

  #answer(index: number, waiter: Waiter): void {
    if (waiter.peeks) {
      waiter.resolve(undefined);
      return;
    }
    if (this.table.state(index) === CallState.success) waiter.resolve(resultOf(this.table.value(index)));
    else waiter.reject(this.table.value(index));
  }

  #settledAt(index: number): boolean {
    return index < this.table.size && isSettled(this.table.state(index));
  }

  /** The reader of a stream has this result: nothing else will ask for it. */
  forget(index: number): void {
    if (!this.stream) return;
    this.#read++;
    this.table.forget(index);
    this.#options.onWork();
  }

  #ended(): void {
    // Futures of calls that will never exist: only possible where a length was known and the input broke.
    for (const [index, waiters] of this.#waiters) {
      if (index < this.table.size) continue;
      this.#waiters.delete(index);
      const reason = this.whyAbsent(index);
      for (const waiter of waiters) waiter.reject(reason);
    }
    this.#changed();
  }

  /** Why a call that was asked for does not exist. */
  whyAbsent(index: number): unknown {
    if (this.#cancelled !== undefined) return this.#cancellation(index, this.#cancelled.reason);
    const ended = `call ${this.labelOf(index)} never existed: the data ended`;
    return this.#broken?.error ?? new CallCancelledError(ended);
  }

  /** Tells the listeners once a turn, however many calls have settled in it. */
  #changed(): void {
    if (this.#finishedTstamp === undefined && this.done) this.#finishedTstamp = Date.now();
    this.#listeners.changed();
  }
}
