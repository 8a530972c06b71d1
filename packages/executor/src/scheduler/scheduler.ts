/**
 * Brings calls to workers and outcomes back. Workers are pulled full: inputs are read only when a worker can
 * take them, jobs take turns, and nothing here costs more when a job has more calls.
 */
import type { Exit } from '../backend/backend.ts';
import { WorkerLostError } from '../errors.ts';
import type { Chunk } from '../job/call-queue.ts';
import { CallState, isSettled } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import type { WorkerTerms } from '../wire/loan.ts';
import { howItEnded } from './death.ts';
import type { Entry, JobTerms } from './entry.ts';
import { ChannelLink, type Link, type Message, type PackedMessage } from './link.ts';
import { Loan } from './loan.ts';
import { Pace } from './pace.ts';
import { packChunk } from './pack-chunk.ts';
import { STRAGGLER_LOOK_MS, stragglerOf } from './stragglers.ts';
import { TakingBack } from './taking-back.ts';
import type { JobTransport } from './transport.ts';
import { type Grace, UnwantedCalls } from './unwanted.ts';
import type { WantedWorker } from './wear.ts';
import { isEnding, suits, Workers, type WorkersOptions } from './workers.ts';

export interface SchedulerOptions extends WorkersOptions {
  /** A message with more bytes of arguments than this leaves them in storage. */
  readonly inlineArgumentBytes: number;
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
  readonly #takingBack: TakingBack;
  /** There are, or were, jobs that use workers up. */
  #wearing = false;
  #turn = 0;
  #startFailures = 0;
  #stragglers: NodeJS.Timeout | undefined;
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
        onOutcomes: (from, outcomes, bytes) => this.#takingBack.outcomes(from, outcomes, bytes),
        onExit: (from, exit) => this.#takingBack.exited(from, exit),
        onBorrow: (loan) => {
          this.#loans.push(loan);
          if (loan.terms.fresh) this.#wearing = true;
          this.wake();
        },
        onGivenBack: () => this.wake(),
      },
      {
        wanted: (link) => this.#entries.some((entry) => !entry.job.done && suits(link, wantedBy(entry))),
        look: () => this.wake(),
      },
    );
    this.#unwanted = new UnwantedCalls(this.#workers);
    this.#takingBack = new TakingBack({
      links: this.#workers,
      entry: (job) => this.#byNumber.get(job),
      wake: () => this.wake(),
      startFailed: (exit) => this.#startFailed(exit),
    });
  }

  /** Starts one worker if there is none: it boots while the client captures and bundles. */
  warm(): void {
    if (this.#workers.size === 0) this.#workers.open({ memory: undefined, fresh: false });
  }

  /** A job whose calls wait until {@link ready} says how they travel. */
  add(job: JobCore, { chunksize, ...terms }: JobTerms): void {
    const entry: Entry = {
      ...terms,
      job,
      pace: new Pace(chunksize),
      overtaken: new Map(),
      transport: undefined,
      prepared: false,
    };
    this.#entries.push(entry);
    if (terms.speculate) this.#watchStragglers();
    if (terms.maxCallsPerWorker !== Number.POSITIVE_INFINITY) this.#wearing = true;
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
    const { transport, limits, isolated } = entry;
    // A worker that has loaded code is nobody's own any more.
    if (transport === undefined || isolated) return;
    for (const link of this.#workers) {
      if (!link.ready || link.memory !== limits.runtimeMemory || link.lent || link.wear.retired) continue;
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

  /** Calls of the job that still run in workers are given a moment, or what is said, then their workers end. */
  cancelled(job: JobCore, grace: Grace | undefined): void {
    this.#unwanted.watch(job, grace);
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
    if (this.#wearing) this.#renew();
    for (const link of this.#workers) link.flush();
    this.#sweep();
    this.#workers.trim();
  }

  #lend(): void {
    while (this.#workers.room) {
      const [loan] = this.#loans;
      if (loan === undefined) return;
      if (!loan.ended) {
        const link = this.#workers.free(wantedBy(loan), () => this.#loans.length);
        if (link === undefined) return;
        if (link instanceof ChannelLink) loan.lend(link);
      }
      this.#loans.shift();
    }
  }

  /** Starts workers in the place of those that retire, as far as something waits. */
  #renew(): void {
    const waits = ({ job, transport }: Entry): boolean => transport !== undefined && job.queue.ready();
    const next = this.#loans[0] ?? this.#entries.find(waits);
    if (next === undefined) return;
    const wanted = wantedBy(next);
    this.#workers.renew(wanted, this.#loans.length + this.#waiting(wanted, undefined));
  }

  /**
   * Calls, of all jobs but one, that could use such a worker now; counted no further than there may be workers, and as
   * one of a job that is not to have all of them.
   */
  #waiting({ memory, fresh }: WorkerTerms, but: Entry | undefined): number {
    const { most } = this.#options;
    let calls = 0;
    for (const entry of this.#entries) {
      const { job, transport, limits, isolated } = entry;
      if (entry === but || transport === undefined || isolated !== fresh) continue;
      if (limits.runtimeMemory !== memory || !job.queue.ready()) continue;
      calls += job.maxWorkers < most ? 1 : job.queue.waiting;
      if (calls >= most) break;
    }
    return calls;
  }

  /** Gives one chunk of one job to one worker; `false` when nothing more can be given now. */
  #handOut(): boolean {
    for (let tried = 0; tried < this.#entries.length; tried++) {
      const entry = this.#entries[this.#turn++ % this.#entries.length]!;
      const { job, pace, transport } = entry;
      if (transport === undefined || !job.queue.ready()) continue;
      const link = this.#linkFor(entry);
      if (link === undefined) continue;
      const left = link.wear.left(entry.maxCallsPerWorker);
      const chunk = job.queue.take(Math.min(left, pace.chunk(job.queue.waiting, this.#options.most)));
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
    const { job, pace, transport } = entry;
    if (transport === undefined || job.queue.ready() || !this.#workers.room) return;
    const used = [...this.#workers].filter(({ messages }) => messages.some((one) => one.job === job));
    if (used.length >= job.maxWorkers) return;
    const found = stragglerOf(this.#workers, job, pace, entry.overtaken);
    if (found === undefined) return;
    const { message } = found;
    const link = this.#workers.free(wantedBy(entry), () => 1);
    if (link === undefined) return; // it starts: at the next look it may be there
    const indexes = found.indexes.slice(0, link.wear.left(entry.maxCallsPerWorker));
    const items = indexes.map((index) => message.items[message.indexes.indexOf(index)]);
    const chunk: Chunk = { indexes, items, attempt: message.attempt, alone: false };
    this.#dispatch(entry, transport, link, chunk);
    link.flush();
    // The first result stands; whoever still runs then runs for nobody.
    for (const index of indexes) entry.overtaken.set(index, message.attempt);
    for (const index of indexes) job.whenSettled(index, () => this.#unwanted.watch(job));
  }

  /** A free worker, else a new one, else one that may have something sent ahead. */
  #linkFor(entry: Entry): Link | undefined {
    const { job, pace, limits, isolated } = entry;
    let best: Link | undefined;
    let bestLoad = Number.POSITIVE_INFINITY;
    let used = 0;
    const window = job.queue.nextAlone ? 1 : pace.window();
    const bounded = job.maxWorkers < this.#options.most;
    for (const link of this.#workers) {
      const runsJob = bounded && link.messages.some((message) => message.job === job);
      if (runsJob) used++;
      if (isolated || isEnding(link) || link.wear.retired || link.lent || link.waits > 0) continue;
      if (link.memory !== limits.runtimeMemory || link.wear.left(entry.maxCallsPerWorker) < 1) continue;
      const load = link.messages.length + link.reserved;
      if (load === 0 || load >= bestLoad || !takesMore(link, load, window, job.number)) continue;
      if (bounded && !runsJob) continue;
      best = link;
      bestLoad = load;
    }
    if (used < job.maxWorkers && this.#workers.room) {
      // Data may have more items than it says: one call waits in any case.
      const waiting = Math.max(1, Math.min(job.queue.waiting, job.maxWorkers - used));
      const wanted = wantedBy(entry);
      return this.#workers.free(wanted, () => waiting + this.#waiting(wanted, entry)) ?? best;
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
    link.wear.add(chunk.indexes.length, entry.maxCallsPerWorker);
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

  // ---- ends

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

function wantedBy(one: Entry | Loan): WantedWorker {
  // A loan may be for calls that are counted: whoever borrows does that, from its first one on.
  if (one instanceof Loan) return { ...one.terms, maxCalls: Number.POSITIVE_INFINITY };
  return { memory: one.limits.runtimeMemory, fresh: one.isolated, maxCalls: one.maxCallsPerWorker };
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
