/** Takes back what workers have made of their calls, and what their end leaves open. */
import type { Exit } from '../backend/backend.ts';
import { type BatchStats, CallState } from '../job/call-table.ts';
import { StoredResult } from '../job/stored-result.ts';
import { unpackBlock } from '../wire/chunk.ts';
import type { OutcomesMessage } from '../wire/messages.ts';
import { type Death, deathStats, judge, lostError } from './death.ts';
import type { Entry } from './entry.ts';
import { kernelKills } from './kernel-memory.ts';
import type { Link, Message } from './link.ts';
import type { Pace } from './pace.ts';
import type { JobTransport } from './transport.ts';

export type Outcomes = OutcomesMessage & { readonly block: readonly [Uint8Array] };

/** What is asked and told on the way. */
export interface TakingBackOptions {
  readonly links: Iterable<Link>;
  /** `undefined` of a job that is over. */
  entry(job: number): Entry | undefined;
  /** There may be something to do. */
  wake(): void;
  /** A worker has ended before it was ready. */
  startFailed(exit: Exit): void;
}

export class TakingBack {
  readonly #options: TakingBackOptions;
  #kernelKills = kernelKills();

  constructor(options: TakingBackOptions) {
    this.#options = options;
  }

  /** Calls run in the order in which they were sent, so their outcomes use up the messages from the oldest on. */
  outcomes(link: Link, outcomes: Outcomes, bytes: number): void {
    const entry = this.#options.entry(outcomes.job);
    const values =
      entry?.transport === undefined
        ? undefined // the job was cancelled meanwhile
        : unpackValues(link, outcomes, entry.transport);
    if (entry !== undefined) observe(entry.pace, outcomes.times);
    if (outcomes.metrics !== undefined) entry?.job.metrics.add(outcomes.metrics);
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
    this.#options.wake();
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

  exited(link: Link, exit: Exit): void {
    const { lost, again, suspect } = judge(
      link,
      (job) => this.#options.entry(job.number)?.pace.brief ?? true,
    );
    if (lost !== undefined) {
      const { message, index } = lost;
      const { limits } = this.#options.entry(message.job.number) ?? {};
      const kills = kernelKills();
      const death: Death = {
        link,
        exit,
        kernelOutOfMemory: kills > this.#kernelKills,
        timeoutMs: limits?.timeoutMs,
      };
      this.#kernelKills = kills;
      message.job.setStats(index, message.sentTstamp, Date.now(), deathStats(link, message));
      this.#failed(message, index, CallState.lost, lostError(death, message.job.labelOf(index)));
    }
    for (const { message, indexes } of again) {
      const items = indexes.map((index) => message.items[message.indexes.indexOf(index)]);
      message.job.runAgain({ indexes: [...indexes], items, attempt: message.attempt, alone: suspect });
    }
    if (!link.ready && !link.closing) this.#options.startFailed(exit);
    this.#options.wake();
  }

  #failed(message: Message, index: number, state: CallState, error: unknown): void {
    const { job, attempt } = message;
    // Another attempt of it runs: that one decides.
    if (this.#options.entry(job.number)?.speculate && this.#runsElsewhere(message, index)) return;
    job.fail(index, state, error, {
      attempt,
      retries: this.#options.entry(job.number)?.limits.retries ?? 0,
      item: () => message.items[message.indexes.indexOf(index)],
    });
  }

  #runsElsewhere(message: Message, index: number): boolean {
    for (const link of this.#options.links) {
      for (const other of link.messages)
        if (other !== message && other.job === message.job && other.indexes.includes(index)) return true;
    }
    return false;
  }
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
