import type { PausesRequest } from '../contestants/protocol.ts';
import type { Benchmark, Besides, Claim, Scale, ServedContestant } from '../harness/benchmark.ts';

type Event = PausesRequest['event'];

/** Of the servers, and how much longer it may take until others answer for one that is dead. */
const LEASE_MS = 2_000;
const AFTER_LEASE_MS = 1_500;
/** Whoever answers goes on when etcd knows that a copy is gone. */
const COPY_MS = 500;

export function dsoPauses({ quick }: Scale): Benchmark {
  // 1,200 increments a second: a small part of what two cores can do, so that who waits does not wait for the load.
  const sizes = quick
    ? { servers: 1, counters: 8, everyMs: 20, spanMs: 100 }
    : { servers: 3, counters: 48, everyMs: 40, spanMs: 8_000 };
  // Until a cluster is at rest takes seconds; and before it is, one that dies or leaves takes objects with it.
  const events: readonly Event[] = quick ? ['join'] : ['join', 'drain', 'death'];
  const played = (event: Event): ServedContestant => ({
    kind: 'served',
    name: event,
    program: 'dso-pauses.ts',
    request: { op: 'pauses', event, ...sizes, leaseMs: LEASE_MS, settled: !quick },
    etcd: { install: !quick },
  });
  const longest = (of: Event): Besides => ({
    kind: 'besides',
    name: `${of}: longest`,
    of,
    figure: 'longest',
  });
  const affected = (of: Event): Besides => ({
    kind: 'besides',
    name: `${of}: longest of the affected`,
    of,
    figure: 'affected',
  });
  const copied = (of: Event): Besides => ({
    kind: 'besides',
    name: `${of}: longest where only a copy moves`,
    of,
    figure: 'copied',
  });
  return {
    name: 'dso-pauses',
    title: 'how long increments take while a server joins a cluster, hands all over and leaves, or is killed',
    measures: `the 99.9th percentile of increments of unaffected objects, in ${sizes.spanMs / 1_000} s from when it begins to happen, against a span in which nothing does; their longest; the longest of the affected, of which another server answers, or has a copy, afterwards; and the longest of those among them of which the same server answers. ${sizes.counters} counters, each incremented every ${sizes.everyMs} ms and timed from when it was due, at ${sizes.servers} servers with two copies of each and a lease of ${LEASE_MS / 1_000} s. Each round has a cluster of its own.`,
    leavesOut:
      'machines of their own: servers, etcd and client share the cores of one, two where the results come from, so that the unaffected also feel what others compute. The process of a server that joins runs already, without having joined. And objects that are larger than a number, whose copies take longer to make.',
    unit: { name: 'ms', perMs: 1 },
    warmup: 0,
    rounds: quick ? 1 : 5,
    contestants: [
      played('calm'),
      ...events.map(played),
      ...['calm' as const, ...events].map(longest),
      ...events.map(affected),
      ...events.map(copied),
    ],
    claims: events.flatMap((event): Claim[] => [
      { of: event, above: 'calm', atMost: 20 },
      { of: `${event}: longest of the affected`, atMost: LEASE_MS + AFTER_LEASE_MS },
      { of: `${event}: longest where only a copy moves`, atMost: COPY_MS },
    ]),
  };
}
