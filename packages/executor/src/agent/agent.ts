/**
 * The generic program that every backend runs: it loads jobs, runs their calls one after another, and reports
 * how each ended. Where calls come from and where outcomes go is given to it.
 */
import { createSite, MetricsReader, type SiteCall, setProcessSite } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { type CallContext, setCurrentCall } from '../call-context.ts';
import type { Printed, PrintingCall } from '../logs/printed.ts';
import { parent } from '../parent.ts';
import { unpackBlock } from '../wire/chunk.ts';
import { withoutCredentials } from '../wire/credentials.ts';
import type { Resources } from '../wire/messages.ts';
import {
  type AgentPayload,
  type CodePlace,
  callIdOf,
  type FutureOutcome,
  type JobDescription,
  type Place,
  type Reference,
  titleOfCall,
} from '../wire/payload.ts';
import { CallEnvironment } from './call-environment.ts';
import { callLog } from './call-log.ts';
import { type LoadedJob, PlaceReader } from './loaded-job.ts';
import { openStorage } from './open-storage.ts';
import { Outcomes } from './outcomes.ts';
import type { Outlet } from './outlet.ts';
import type { Pulse } from './pulse.ts';
import { settleWithin } from './settle-within.ts';

/** Calls of one job that came together. */
export interface Batch {
  readonly job: number;
  readonly indexes: readonly number[];
  readonly attempt: number;
  readonly codes: Readonly<Record<number, readonly CodePlace[]>> | undefined;
  readonly refs: Readonly<Record<number, Reference>> | undefined;
  readonly futures: readonly FutureOutcome[] | undefined;
  readonly block: Uint8Array | Place;
}

export interface AgentOptions {
  /** Where to say what runs, for whoever watches this thread. */
  readonly pulse: Pulse;
  /**
   * Outcomes of calls that come one upon the other are delivered together, until they have gathered for this long:
   * a process that is killed takes at most so much finished work with it. 0: each call by itself.
   * @default 1
   */
  readonly deliverAfterMs?: number;
}

/** A call that took this long has its outcome delivered before the next one starts, milliseconds. */
const LONG_ENOUGH_MS = 0.1;

/** Milliseconds since the epoch; asking for it costs more than a brief call. */
const TIME_ORIGIN = performance.timeOrigin;

interface RunningCall {
  readonly job: JobDescription;
  readonly index: number;
  readonly attempt: number;
  readonly startedAt: number;
  /** Members of its context that the executor's user has given. */
  readonly members: object | undefined;
  abort: AbortController | undefined;
  context: CallContext | undefined;
  /** The call as handles see it. */
  site: SiteCall | undefined;
  printed: Printed | undefined;
  /** Rejects the wait for the call: an uncaught exception would otherwise leave it waiting for ever. */
  fail: ((error: unknown) => void) | undefined;
}

interface JobEntry {
  readonly description: JobDescription;
  readonly loading: Promise<LoadedJob>;
  loaded: LoadedJob | undefined;
}

interface PendingOutcomes {
  readonly job: number;
  readonly attempt: number;
  readonly outcomes: Outcomes;
}

class DecodeFailure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

export class Agent {
  readonly #payload: AgentPayload;
  readonly #outlet: Outlet;
  readonly #deliverAfterMs: number;
  readonly #pulse: Pulse;
  /** Of executors that calls have made. */
  readonly #callEnd: ReadonlySet<() => void> = parent()?.onCallEnd ?? new Set();
  readonly #environment = new CallEnvironment();
  readonly #storage: Storage;
  readonly #places: PlaceReader;
  readonly #jobs = new Map<number, JobEntry>();
  readonly #queue: Batch[] = [];
  #draining: Promise<void> | undefined;
  #running: RunningCall | undefined;
  /** Outcomes of the last calls, which go together. */
  #pending: PendingOutcomes | undefined;
  #deliveredAt = 0;
  #lastTook = 0;
  #resources = process.resourceUsage();
  readonly #metrics = new MetricsReader();

  constructor(payload: AgentPayload, outlet: Outlet, { deliverAfterMs = 1, pulse }: AgentOptions) {
    this.#deliverAfterMs = deliverAfterMs;
    this.#pulse = pulse;
    this.#payload = payload;
    this.#outlet = outlet;
    this.#storage = openStorage(payload.storage);
    this.#places = new PlaceReader(payload, this.#storage);
    // What handles hold for a call is let go when it ends, although this process lives on.
    const call = (): SiteCall | undefined => this.#running && this.#siteCallOf(this.#running);
    setProcessSite(createSite({ call }));
  }

  get storage(): Storage {
    return this.#storage;
  }

  /** The call that runs now, for whoever has to say what a dying process was doing. */
  get runningCall(): { readonly job: number; readonly index: number } | undefined {
    return this.#running && { job: this.#running.job.job, index: this.#running.index };
  }

  /** The same, for whoever writes down what it prints. */
  get printingCall(): PrintingCall | undefined {
    return this.#running;
  }

  addJob(told: JobDescription): void {
    // Before anything is read, for which they may be needed.
    const description = { ...told, env: withoutCredentials(told.env) };
    const loading = this.#places.job(description);
    const entry: JobEntry = { description, loading, loaded: undefined };
    // A job that cannot be loaded fails each of its calls, when they come.
    loading.then(
      (loaded) => {
        entry.loaded = loaded;
      },
      () => {},
    );
    this.#jobs.set(description.job, entry);
  }

  forgetJob(job: number): void {
    this.#jobs.delete(job);
  }

  enqueue(batch: Batch): void {
    this.#queue.push(batch);
    this.#draining ??= this.#drain();
  }

  /** Resolves when everything enqueued so far has been run and delivered. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  /** Delivers what is finished, synchronously as far as the outlet can: the process is about to end. */
  deliverNow(): void {
    this.#running?.printed?.flush();
    void this.#deliver();
  }

  /** An exception that nobody caught belongs to the call that runs, if one does: tells whether it did. */
  failRunning(error: unknown): boolean {
    const fail = this.#running?.fail;
    fail?.(error);
    return fail !== undefined;
  }

  async #drain(): Promise<void> {
    this.#pulse.busy = true;
    for (;;) {
      const batch = this.#queue.shift();
      if (batch !== undefined) await this.#runBatch(batch);
      else if (this.#pending !== undefined) await this.#deliver();
      else break;
    }
    this.#pulse.busy = false;
    this.#draining = undefined;
  }

  async #runBatch(batch: Batch): Promise<void> {
    const entry = this.#jobs.get(batch.job);
    if (
      this.#pending !== undefined &&
      (this.#pending.job !== batch.job || this.#pending.attempt !== batch.attempt)
    )
      await this.#deliver();
    let job: LoadedJob;
    let args: readonly unknown[];
    try {
      // A client that cancels a job still counts the answers to what it has sent.
      if (entry === undefined) throw new Error('the job is over');
      job = entry.loaded ?? (await entry.loading);
      if (batch.futures !== undefined) await job.deliver(batch.futures);
      const decoding = this.#arguments(batch, job);
      args = decoding instanceof Promise ? await decoding : decoding;
    } catch (error) {
      const now = Date.now();
      for (const index of batch.indexes) {
        if (this.#pending !== undefined && this.#deliverAfterMs === 0) await this.#deliver();
        this.#outcomesOf(batch, entry).add(index, false, error, now, now);
      }
      return;
    }
    await this.#runCalls(batch, entry, job, args);
  }

  /** Runs the calls; asynchronous only as far as the functions are. */
  async #runCalls(batch: Batch, entry: JobEntry, job: LoadedJob, args: readonly unknown[]): Promise<void> {
    const { fn, extra } = job;
    const { description } = entry;
    const { timeoutMs = 0, memory = 0 } = description;
    /** Nothing but the item is passed: what is to be fast. */
    const plain = !description.spread && extra.length === 0 && description.parameters !== 2;
    this.#environment.enter(description.env);
    let now = performance.now();
    for (let i = 0; i < args.length; i++) {
      const index = batch.indexes[i]!;
      if (this.#pending !== undefined && this.#isDue(now)) {
        await this.#deliver();
        now = performance.now();
      }
      const start = now;
      const call: RunningCall = {
        job: description,
        index,
        attempt: batch.attempt,
        startedAt: TIME_ORIGIN + start,
        members: job.context,
        abort: undefined,
        context: undefined,
        site: undefined,
        printed: undefined,
        fail: undefined,
      };
      this.#running = call;
      if (description.isolated) this.#outlet.begun?.(batch.job, index);
      this.#pulse.begin(batch.job, index, batch.attempt, TIME_ORIGIN + start, timeoutMs, memory);
      setCurrentCall(() => this.#contextOf(call));
      let succeeded = true;
      let value: unknown;
      try {
        const arg = args[i];
        if (arg instanceof DecodeFailure) throw arg.error;
        if (plain) value = fn(arg);
        else {
          const own = description.spread ? [...(arg as unknown[]), ...extra] : [arg, ...extra];
          // The context comes only to a function that declares one parameter more than it is given arguments.
          value = description.parameters === own.length + 1 ? fn(...own, this.#contextOf(call)) : fn(...own);
        }
        if (isThenable(value)) value = await this.#settled(call, value);
        // It has used executors itself: their futures may be part of what it returns.
        if (this.#callEnd.size > 0) value = await this.#settled(call, settleWithin(value));
      } catch (error) {
        succeeded = false;
        value = error;
      }
      this.#pulse.end();
      this.#running = undefined;
      call.printed?.flush();
      setCurrentCall(undefined);
      for (const end of this.#callEnd) end();
      call.abort?.abort();
      now = performance.now();
      this.#lastTook = now - start;
      this.#outcomesOf(batch, entry).add(index, succeeded, value, TIME_ORIGIN + start, TIME_ORIGIN + now);
    }
  }

  /** The outcome of an asynchronous call. Nobody knows how long it takes: what is finished goes ahead. */
  async #settled(call: RunningCall, value: PromiseLike<unknown>): Promise<unknown> {
    const settled = new Promise<unknown>((resolve, reject) => {
      call.fail = reject;
      value.then(resolve, reject);
    });
    if (this.#pending !== undefined) {
      settled.catch(() => {}); // it may fail while the others are delivered: it is awaited after that
      await this.#deliver();
    }
    return settled;
  }

  #outcomesOf({ job, attempt }: Batch, entry: JobEntry | undefined): Outcomes {
    this.#pending ??= {
      job,
      attempt,
      outcomes: new Outcomes({
        job,
        functions: () => entry?.loaded?.functions,
        inlineBytes: this.#payload.inlineResultBytes,
        checksum: this.#payload.checksum,
        logs: this.#outlet.logs,
        store: (index, encoded) => {
          if (entry === undefined) throw new Error('the job is over');
          return this.#outlet.store(entry.description, index, attempt, encoded);
        },
      }),
    };
    return this.#pending.outcomes;
  }

  #isDue(now: number): boolean {
    return this.#lastTook >= LONG_ENOUGH_MS || now - this.#deliveredAt >= this.#deliverAfterMs;
  }

  #deliver(): void | Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#deliveredAt = performance.now();
    const { indexes } = pending.outcomes;
    const packed = pending.outcomes.take(this.#spent(), this.#metrics.take());
    if (packed instanceof Promise) return packed.then((parts) => this.#outlet.deliver(parts, indexes));
    return this.#outlet.deliver(packed, indexes);
  }

  #arguments(batch: Batch, job: LoadedJob): readonly unknown[] | Promise<readonly unknown[]> {
    const { block } = batch;
    if (!(block instanceof Uint8Array))
      return this.#places.bytes(block).then((bytes) => this.#unpack(bytes, batch, job));
    return this.#unpack(block, batch, job);
  }

  #unpack(block: Uint8Array, batch: Batch, job: LoadedJob): readonly unknown[] | Promise<readonly unknown[]> {
    const args = unpackBlock(
      block,
      (bytes, i) => job.decodeArgument(bytes, batch.codes?.[i]),
      (error) => new DecodeFailure(error),
    );
    const { codes, refs } = batch;
    if (codes === undefined && refs === undefined) return args;
    // Only arguments that bring code with them, or are to be fetched, are made asynchronously.
    return Promise.all(
      args.map((arg, i) => {
        const ref = refs?.[i];
        if (ref === undefined && codes?.[i] === undefined) return arg;
        const made = ref === undefined ? Promise.resolve(arg) : this.#fetch(ref, arg, job);
        return made.catch((error: unknown) => new DecodeFailure(error));
      }),
    );
  }

  /** What other calls have left in storage for this one. */
  async #fetch(ref: Reference, arg: unknown, job: LoadedJob): Promise<unknown> {
    const read = async (place: Place): Promise<unknown> =>
      job.decodeArgument(await this.#places.bytes(place), []);
    if ('whole' in ref) return read(ref.whole);
    const list = (await arg) as unknown[];
    for (const [position, place] of ref.members) list[position] = await read(place);
    return list;
  }

  /** What the process has spent since the last time this was asked. */
  #spent(): Resources {
    const before = this.#resources;
    const now = process.resourceUsage();
    this.#resources = now;
    return {
      cpuUser: (now.userCPUTime - before.userCPUTime) / 1e6,
      cpuSystem: (now.systemCPUTime - before.systemCPUTime) / 1e6,
      peakMemory: now.maxRSS * 1024,
    };
  }

  #siteCallOf(call: RunningCall): SiteCall {
    const { executorId, jobId, prefix } = call.job;
    const { bucket, lasting } = this.#payload;
    const { signal, callId } = this.#contextOf(call);
    call.site ??= {
      signal,
      place: { executorId, jobId, callId, storage: this.#storage, bucket, prefix, lasting },
    };
    return call.site;
  }

  #contextOf(call: RunningCall): CallContext {
    if (call.context !== undefined) return call.context;
    call.abort = new AbortController();
    const callId = callIdOf(call.index);
    const { mode, logLevel } = this.#payload.output;
    call.context = {
      ...call.members,
      executorId: call.job.executorId,
      jobId: call.job.jobId,
      callId,
      index: call.index,
      attempt: call.attempt,
      signal: call.abort.signal,
      deadline:
        call.job.timeoutMs === undefined ? undefined : Math.floor(call.startedAt) + call.job.timeoutMs,
      storage: this.#storage,
      log: callLog(
        // Where all lines have a prefix, it says the same.
        mode === 'prefix' ? '' : labelOf(call.job, call.index),
        logLevel,
      ),
    };
    return call.context;
  }
}

function labelOf({ title, executorId, jobId }: JobDescription, index: number): string {
  return titleOfCall(title ?? { name: `${executorId}-${jobId}`, single: false }, index);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof (value as { then: unknown }).then === 'function'
  );
}
