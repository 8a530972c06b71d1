import { setTimeout as delay } from 'node:timers/promises';
import { type AtomicCounter, connect, type Dso } from '@skein/dso';
import { Operator } from '@skein/dso/operator';
import type { PausesRequest, Reply } from '../protocol.ts';
import { numbersBelow, sum } from '../serve.ts';
import { type Holders, ObjectCluster } from './cluster.ts';

const REPLICAS = 2;
/** Of load before the span that is measured: connections, compiled code. */
const WARMUP_MS = 1_000;

/**
 * How long increments take while something happens to a cluster. Affected are the objects of which another server answers, or
 * has a copy, when all is over. The figure is the 99.9th percentile of the others; besides it `longest` of theirs, `affected`, the
 * longest of the affected, and `copied`, the longest of those among them of which the same server answers.
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
    const isSame = (slot: number, part: keyof Holders): boolean =>
      before.get(slot)?.[part] === after.get(slot)?.[part];
    const timesOf = (isOne: (slot: number) => boolean): number[] =>
      load.filter((_, n) => isOne(slots[n]!)).flatMap(({ times }) => times);
    const isAffected = (slot: number): boolean => !isSame(slot, 'primary') || !isSame(slot, 'copies');
    const affected = timesOf(isAffected);
    const others = timesOf((slot) => !isAffected(slot));
    const copied = timesOf((slot) => isAffected(slot) && isSame(slot, 'primary'));
    const isMixed = others.length > 0 && (request.event === 'calm' || copied.length > 0);
    if (settled && !isMixed)
      throw new Error(
        `${request.event}: of ${counters} counters none is unaffected, or none has another copy`,
      );
    const right = await Promise.all(load.map((caller) => caller.isExact()));
    return {
      ms: quantile(others, 0.999),
      answer: sum(right.map(Number)) / counters,
      besides: {
        longest: quantile(others, 1),
        affected: quantile(affected, 1),
        copied: quantile(copied, 1),
      },
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
