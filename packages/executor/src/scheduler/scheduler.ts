/**
 * Brings calls to workers and outcomes back. Workers are pulled full: inputs are read only when a worker can
 * take them, jobs take turns, and nothing here costs more when a job has more calls.
 */
import type { Exit } from '../backend/backend.ts';
import { WorkerLostError } from '../errors.ts';
import type { Chunk } from '../job/call-queue.ts';
import { type BatchStats, CallState, isSettled } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import { StoredResult } from '../job/stored-result.ts';
import type { ResolvedLimits } from '../options.ts';
import { unpackBlock } from '../wire/chunk.ts';
import type { OutcomesMessage } from '../wire/messages.ts';
import { type Death, deathStats, howItEnded, judge, lostError } from './death.ts';
import { kernelKills } from './kernel-memory.ts';
import { ChannelLink, type Link, type Message, type PackedMessage } from './link.ts';
import type { Loan } from './loan.ts';
import { Pace } from './pace.ts';
import { packChunk } from './pack-chunk.ts';
import { STRAGGLER_LOOK_MS, stragglerOf } from './stragglers.ts';
import type { JobTransport } from './transport.ts';
import { UnwantedCalls } from './unwanted.ts';
import { isEnding, Workers, type WorkersOptions } from './workers.ts';

export interface SchedulerOptions extends WorkersOptions {
  /** A message with more bytes of arguments than this leaves them in storage. */
  readonly inlineArgumentBytes: number;
}

/** What a job asks of its workers. */
export interface JobTerms {
  /** Calls a message, where the user says it. */
  readonly chunksize: number | undefined;
  readonly limits: ResolvedLimits;
  /** A straggler may run a second time. */
  readonly speculate: boolean;
}

type Outcomes = OutcomesMessage & { readonly block: readonly [Uint8Array] };

interface Entry {
  readonly job: JobCore;
  readonly pace: Pace;
  readonly limits: ResolvedLimits;
  readonly speculate: boolean;
  /** By call, the latest attempt of which a second one was begun. */
  readonly overtaken: Map<number, number>;
  transport: JobTransport | undefined;
  /** Workers are to load it before it has calls to run. */
  prepared: boolean;
}

/** Workers that may die one after another before they are ready, until the reason is taken to be lasting. */
const MOST_START_FAILURES = 3;
/** A worker of which nothing was heard for this long runs a call that is longer than the others, milliseconds. */
const STUCK_MS = 10;
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #entries: Entry[] = [];
  readonly #byNumber = new Map<number, Entry>();
  readonly #workers: Workers;
  /** Workers that calls have asked for. They come before all else: a call waits for them that has begun. */
  readonly #loans: Loan[] = [];
  readonly #unwanted: UnwantedCalls;
  #turn = 0;
  #startFailures = 0;
  #stragglers: NodeJS.Timeout | undefined;
  #kernelKills = kernelKills();
  #scheduled = false;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#workers = new Workers(
      options,
      {
        onReady: () => {
          this.#startFailures = 0;
          this.wake();
        },
        onOutcomes: (from, outcomes, bytes) => this.#outcomes(from, outcomes, bytes),
        onExit: (from, exit) => this.#exited(from, exit),
        onBorrow: (loan) => {
          this.#loans.push(loan);
          this.wake();
        },
        onGivenBack: () => this.wake(),
      },
      {
        wanted: (memory) =>
          this.#entries.some(({ job, limits }) => limits.runtimeMemory === memory && !job.done),
        look: () => this.wake(),
      },
    );
    this.#unwanted = new UnwantedCalls(this.#workers);
  }

  /** Starts one worker if there is none: it boots while the client captures and bundles. */
  warm(): void {
    if (this.#workers.size === 0) this.#workers.open(undefined);
  }

  /** A job whose calls wait until {@link ready} says how they travel. */
  add(job: JobCore, { chunksize, limits, speculate }: JobTerms): void {
    const entry: Entry = {
      job,
      limits,
      speculate,
      pace: new Pace(chunksize),
      overtaken: new Map(),
      transport: undefined,
      prepared: false,
    };
    this.#entries.push(entry);
    if (speculate) this.#watchStragglers();
    this.#byNumber.set(job.number, entry);
  }

  ready(job: JobCore, transport: JobTransport): void {
    const entry = this.#byNumber.get(job.number);
    if (entry === undefined) return;
    entry.transport = transport;
    if (entry.prepared) this.prepare(job);
    this.wake();
  }

  /** Has the workers that are there load a job's code before its first call comes; as soon as it is known. */
  prepare(job: JobCore): void {
    const entry = this.#byNumber.get(job.number);
    if (entry === undefined) return;
    entry.prepared = true;
    const { transport, limits } = entry;
    if (transport === undefined) return;
    for (const link of this.#workers) {
      if (!link.ready || link.memory !== limits.runtimeMemory || link.lent) continue;
      link.prepare(transport.description);
      link.flush();
    }
  }

  /** Looks for work in this turn of the event loop, once however often it is asked. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Calls of the job that still run in workers are given a moment, then their workers end. */
  cancelled(job: JobCore): void {
    this.#unwanted.watch(job);
    this.#sweep();
    this.wake();
  }

  /** Ends all workers. Resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#stragglers);
    await this.#workers.close();
    this.#unwanted.close();
  }

  // ---- handing out

  #pump(): void {
    if (this.#closed) return;
    this.#lend();
    while (this.#handOut());
    for (const link of this.#workers) link.flush();
    this.#sweep();
    this.#workers.trim();
  }

  #lend(): void {
    while (this.#workers.room) {
      const [loan] = this.#loans;
      if (loan === undefined) return;
      if (!loan.ended) {
        const link = this.#workers.free(loan.memory, this.#loans.length);
        if (link === undefined) return;
        if (link instanceof ChannelLink) loan.lend(link);
      }
      this.#loans.shift();
    }
  }

  /** Gives one chunk of one job to one worker; `false` when nothing more can be given now. */
  #handOut(): boolean {
    for (let tried = 0; tried < this.#entries.length; tried++) {
      const entry = this.#entries[this.#turn++ % this.#entries.length]!;
      const { job, pace, transport } = entry;
      if (transport === undefined || !job.queue.ready()) continue;
      const link = this.#linkFor(entry);
      if (link === undefined) continue;
      const chunk = job.queue.take(pace.chunk(job.queue.waiting, this.#options.most));
      if (chunk === undefined) continue;
      this.#dispatch(entry, transport, link, chunk);
      return true;
    }
    return false;
  }

  #watchStragglers(): void {
    this.#stragglers ??= setInterval(() => {
      for (const entry of this.#entries) if (entry.speculate) this.#overtake(entry);
    }, STRAGGLER_LOOK_MS).unref();
  }

  /** A second attempt of calls that take too long, while nothing else waits for the worker. */
  #overtake(entry: Entry): void {
    const { job, pace, limits, transport } = entry;
    if (transport === undefined || job.queue.ready() || !this.#workers.room) return;
    const used = [...this.#workers].filter(({ messages }) => messages.some((one) => one.job === job));
    if (used.length >= job.maxWorkers) return;
    const straggler = stragglerOf(this.#workers, job, pace, entry.overtaken);
    if (straggler === undefined) return;
    const { message, indexes } = straggler;
    const items = indexes.map((index) => message.items[message.indexes.indexOf(index)]);
    const chunk: Chunk = { indexes, items, attempt: message.attempt, alone: false };
    const link = this.#workers.free(limits.runtimeMemory, 1);
    if (link === undefined) return; // it starts: at the next look it may be there
    this.#dispatch(entry, transport, link, chunk);
    link.flush();
    // The first result stands; whoever still runs then runs for nobody.
    for (const index of indexes) entry.overtaken.set(index, message.attempt);
    for (const index of indexes) job.whenSettled(index, () => this.#unwanted.watch(job));
  }

  /** A free worker, else a new one, else one that may have something sent ahead. */
  #linkFor({ job, pace, limits }: Entry): Link | undefined {
    let best: Link | undefined;
    let bestLoad = Number.POSITIVE_INFINITY;
    let used = 0;
    const window = job.queue.nextAlone ? 1 : pace.window();
    const bounded = job.maxWorkers < this.#options.most;
    for (const link of this.#workers) {
      const runsJob = bounded && link.messages.some((message) => message.job === job);
      if (runsJob) used++;
      if (isEnding(link) || link.lent || link.waits > 0 || link.memory !== limits.runtimeMemory) continue;
      const load = link.messages.length + link.reserved;
      if (load === 0 || load >= bestLoad || !takesMore(link, load, window, job.number)) continue;
      if (bounded && !runsJob) continue;
      best = link;
      bestLoad = load;
    }
    if (used < job.maxWorkers && this.#workers.room) {
      // Data may have more items than it says: one call waits in any case.
      const waiting = Math.max(1, Math.min(job.queue.waiting, job.maxWorkers - used));
      return this.#workers.free(limits.runtimeMemory, waiting) ?? best;
    }
    return best;
  }

  #dispatch(entry: Entry, transport: JobTransport, link: Link, chunk: Chunk): void {
    const { job } = entry;
    const packed = packChunk(job, transport, chunk, this.#options.inlineArgumentBytes);
    if (packed === undefined) {
      this.wake(); // every item was refused: its future has said so
      return;
    }
    const send = (ready: PackedMessage): void => {
      if (chunk.indexes.every((index) => isSettled(job.table.state(index)))) return;
      const { indexes, items, attempt, alone } = chunk;
      const message: Message = {
        job,
        indexes,
        items,
        attempt,
        alone,
        decoders: ready.decoders,
        unreported: indexes.length,
        sentTstamp: 0,
        bytes: 0,
      };
      link.send(message, transport.description, ready);
    };
    if (!(packed instanceof Promise)) {
      send(packed);
      return;
    }
    link.reserved++;
    packed
      .then(
        (ready) => {
          link.reserved--;
          if (!this.#workers.has(link)) job.runAgain(chunk);
          else send(ready);
        },
        (error: unknown) => {
          link.reserved--;
          for (const index of chunk.indexes) job.settle(index, CallState.error, error);
        },
      )
      .finally(() => {
        link.flush();
        this.wake();
      });
  }

  // ---- taking back

  /** Calls run in the order in which they were sent, so their outcomes use up the messages from the oldest on. */
  #outcomes(link: Link, outcomes: Outcomes, bytes: number): void {
    const entry = this.#byNumber.get(outcomes.job);
    const values =
      entry?.transport === undefined
        ? undefined // the job was cancelled meanwhile
        : unpackValues(link, outcomes, entry.transport);
    if (entry !== undefined) observe(entry.pace, outcomes.times);
    link.reportedJob = outcomes.job;
    const count = outcomes.indexes.length;
    for (let at = 0; at < count; ) {
      const message = link.messages.find(({ job }) => job.number === outcomes.job);
      if (message === undefined)
        throw new Error(
          `worker ${link.name} reported call ${outcomes.indexes[at]} of job ${outcomes.job}, which it was not given`,
        );
      const end = Math.min(count, at + message.unreported);
      const batch: BatchStats = {
        worker: link.id,
        submitTstamp: message.sentTstamp,
        doneTstamp: Date.now(),
        calls: count,
        attempt: message.attempt,
        coldStart: link.calls === 0,
        bytesIn: (message.bytes * count) / message.indexes.length,
        bytesOut: bytes,
        ...outcomes.resources,
      };
      if (entry?.transport !== undefined && values !== undefined)
        this.#settle(message, entry.transport, outcomes, values, batch, at, end);
      link.calls += end - at;
      message.unreported -= end - at;
      if (message.unreported === 0) link.messages.splice(link.messages.indexOf(message), 1);
      at = end;
    }
    this.wake();
  }

  #settle(
    message: Message,
    transport: JobTransport,
    { indexes, succeeded, times, places }: Outcomes,
    values: readonly unknown[],
    batch: BatchStats,
    from: number,
    to: number,
  ): void {
    const { job } = message;
    for (let i = from; i < to; i++) {
      const index = indexes[i]!;
      job.setStats(index, times[i * 2]!, times[i * 2 + 1]!, batch);
      const place = places?.[i];
      if (place !== undefined) {
        const read = async (keep: boolean): Promise<unknown> =>
          transport.decodeResult(await transport.readResult(place, keep), undefined);
        if (succeeded[i] === 1) job.settleStored(index, new StoredResult(place, read));
        else {
          const failed = (error: unknown): void =>
            this.#failed(message, index, CallState.error, transport.mapError(error));
          read(false).then(failed, failed);
        }
      } else if (succeeded[i] === 1) job.settle(index, CallState.success, values[i]);
      else this.#failed(message, index, CallState.error, transport.mapError(values[i]));
    }
  }

  #exited(link: Link, exit: Exit): void {
    const { lost, again, suspect } = judge(link, (job) => this.#byNumber.get(job.number)?.pace.brief ?? true);
    if (lost !== undefined) {
      const { message, index } = lost;
      const { limits } = this.#byNumber.get(message.job.number) ?? {};
      const kills = kernelKills();
      const death: Death = {
        link,
        exit,
        kernelOutOfMemory: kills > this.#kernelKills,
        timeoutMs: limits?.timeoutMs,
      };
      this.#kernelKills = kills;
      message.job.setStats(index, message.sentTstamp, Date.now(), deathStats(link, message));
      this.#failed(message, index, CallState.lost, lostError(death, message.job.callName(index)));
    }
    for (const { message, indexes } of again) {
      const items = indexes.map((index) => message.items[message.indexes.indexOf(index)]);
      message.job.runAgain({ indexes: [...indexes], items, attempt: message.attempt, alone: suspect });
    }
    if (!link.ready && !link.closing) this.#startFailed(exit);
    this.wake();
  }

  #failed(message: Message, index: number, state: CallState, error: unknown): void {
    const { job, attempt } = message;
    // Another attempt of it runs: that one decides.
    if (this.#byNumber.get(job.number)?.speculate && this.#runsElsewhere(message, index)) return;
    job.fail(index, state, error, {
      attempt,
      retries: this.#byNumber.get(job.number)?.limits.retries ?? 0,
      item: () => message.items[message.indexes.indexOf(index)],
    });
  }

  #runsElsewhere(message: Message, index: number): boolean {
    for (const link of this.#workers) {
      for (const other of link.messages)
        if (other !== message && other.job === message.job && other.indexes.includes(index)) return true;
    }
    return false;
  }

  /** A worker that cannot even start will not start the tenth time either. */
  #startFailed(exit: Exit): void {
    if (++this.#startFailures < MOST_START_FAILURES) return;
    this.#startFailures = 0;
    const error = new WorkerLostError(
      `no worker could be started, ${MOST_START_FAILURES} attempts failed: ${howItEnded(exit)}`,
      {
        reason: 'start',
        exitCode: exit.code,
        signal: exit.signal,
      },
    );
    for (const { job } of this.#entries) job.break(error, { failCalls: true });
  }

  /** Jobs that are over: their functions are forgotten everywhere. */
  #sweep(): void {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const { job } = this.#entries[i]!;
      if (!job.done) continue;
      this.#entries.splice(i, 1);
      this.#byNumber.delete(job.number);
      for (const link of this.#workers) {
        link.forget(job.number);
        link.flush();
      }
    }
  }
}

/**
 * A worker is filled up to the window once half of it is used up, so that messages share a write. Nothing waits behind
 * a call that runs alone, nor behind one that takes longer than the others: who has not told of this job yet, or has
 * told of nothing for a while, gets nothing more.
 */
function takesMore(link: Link, load: number, window: number, job: number): boolean {
  const flows = link.reportedJob === job && Date.now() - link.heardAt < STUCK_MS;
  if (!link.ready || !link.reusable || load >= window || !flows || link.messages[0]?.alone) {
    link.filling = false;
    return false;
  }
  if (load * 2 <= window) link.filling = true;
  return link.filling;
}

function observe(pace: Pace, times: Float64Array): void {
  let total = 0;
  let longest = 0;
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times.length; i += 2) {
    const took = times[i + 1]! - times[i]!;
    total += took;
    if (took > longest) longest = took;
    if (took < shortest) shortest = took;
  }
  pace.observe(times.length / 2, total, longest, shortest);
}

/** Decodes the values of outcomes. One that cannot be read here fails its own call. */
function unpackValues(link: Link, outcomes: Outcomes, transport: JobTransport): unknown[] {
  const { indexes, places, succeeded } = outcomes;
  const decoders = link.messages.filter((message) => message.decoders !== undefined);
  return unpackBlock(
    outcomes.block[0],
    (bytes, i) => {
      if (places?.[i] !== undefined) return undefined;
      const index = indexes[i]!;
      const own = decoders.find(
        (message) => message.job.number === outcomes.job && message.decoders?.has(index),
      );
      return transport.decodeResult(bytes, own?.decoders?.get(index));
    },
    (error, i) => {
      succeeded[i] = 0;
      return error;
    },
  );
}
