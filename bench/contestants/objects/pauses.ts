import { setTimeout as delay } from 'node:timers/promises';
import { type AtomicCounter, connect, type Dso } from '@skein/dso';
import { Operator } from '@skein/dso/operator';
import type { PausesRequest, Reply } from '../protocol.ts';
import { numbersBelow, sum } from '../serve.ts';
import { ObjectCluster } from './cluster.ts';

const REPLICAS = 2;
/** Of load before the span that is measured: connections, compiled code. */
const WARMUP_MS = 1_000;

/**
 * How long increments take while something happens to a cluster. Affected are the objects of which another server answers, or
 * has a copy, when all is over. The figure is the 99.9th percentile of the others; besides it `longest` of theirs, and
 * `affected`, the longest of the affected.
 */
export async function pauses(request: PausesRequest): Promise<Reply> {
  const { servers, settled, leaseMs, counters, everyMs, spanMs } = request;
  const cluster = await ObjectCluster.start({ servers, replicas: REPLICAS, settled, leaseMs });
  try {
    await using dso = await connect(cluster.url);
    const load = numbersBelow(counters).map((n) => new Caller(dso.counter(`counter ${n}`)));
    const run = (ms: number): Promise<unknown> => {
      const from = performance.now();
      return Promise.all(
        load.map((caller, n) => caller.call(from + (n * everyMs) / counters, from + ms, everyMs)),
      );
    };
    const event = await prepare(cluster, request);
    await run(settled ? WARMUP_MS : everyMs);
    for (const caller of load) caller.times.length = 0;

    const before = await cluster.holders();
    await Promise.all([run(spanMs), event()]);
    if (settled) await cluster.settled();
    const after = await cluster.holders();

    const slots = await slotsOf(load, dso);
    const timesOf = (isAffected: boolean): number[] =>
      load
        .filter((_, n) => (before.get(slots[n]!) !== after.get(slots[n]!)) === isAffected)
        .flatMap(({ times }) => times);
    const [others, affected] = [timesOf(false), timesOf(true)];
    if (settled && (others.length === 0 || (affected.length === 0 && request.event !== 'calm')))
      throw new Error(`${request.event}: of ${counters} counters all are affected, or none`);
    const right = await Promise.all(load.map((caller) => caller.isExact()));
    return {
      ms: quantile(others, 0.999),
      answer: sum(right.map(Number)) / counters,
      besides: { longest: quantile(others, 1), affected: quantile(affected, 1) },
    };
  } finally {
    await cluster.stop();
  }
}

/** What the event takes beforehand; what is given has it happen, and resolves when the server has joined or left. */
async function prepare(cluster: ObjectCluster, { event }: PausesRequest): Promise<() => Promise<void>> {
  // Clients have asked the first one who the members are.
  const last = cluster.addresses.at(-1)!;
  switch (event) {
    case 'calm':
      return async () => {};
    case 'join':
      return cluster.load();
    case 'drain':
      return () => cluster.leave(last, 'SIGTERM');
    case 'death':
      return () => cluster.leave(last, 'SIGKILL');
  }
}

/** Of each caller's counter. */
async function slotsOf(load: readonly Caller[], dso: Dso): Promise<readonly number[]> {
  const { first } = await new Operator(dso).census({ limit: 10_000 });
  return load.map(({ counter }) => {
    const found = first.find(({ key }) => key === counter.key);
    if (found === undefined) throw new Error(`no server tells of ${counter.key}`);
    return found.slot;
  });
}

/** One of a counter's own, who calls when it is due, or as soon as the call before is answered. */
class Caller {
  readonly counter: AtomicCounter;
  /** Of each call, milliseconds from when it was due: those that wait behind a slow one are slow too. */
  readonly times: number[] = [];
  #acknowledged = 0;

  constructor(counter: AtomicCounter) {
    this.counter = counter;
  }

  async call(from: number, until: number, everyMs: number): Promise<void> {
    for (let due = from; due < until; due += everyMs) {
      const early = due - performance.now();
      if (early > 0) await delay(early);
      // A timer may be early by a part of a millisecond.
      const begun = Math.min(due, performance.now());
      await this.counter.increment();
      this.times.push(performance.now() - begun);
      this.#acknowledged++;
    }
  }

  /** Whether each call was done once. */
  async isExact(): Promise<boolean> {
    return (await this.counter.tally()) === this.#acknowledged;
  }
}

/** 0 of none, as in a quick run. */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? 0;
}
