import type { IncrementsRequest } from '../contestants/protocol.ts';
import type { Benchmark, Claim, Scale, ServedContestant } from '../harness/benchmark.ts';

/** One client with so many increments under way as a small pool of callers has. */
export function dsoThroughput({ quick }: Scale): Benchmark {
  return increments({ name: 'dso-throughput', count: quick ? 640 : 32_768, inFlight: 64, quick });
}

/** The same with as many as a burst has. */
export function dsoThroughputMany({ quick }: Scale): Benchmark {
  return increments({ name: 'dso-throughput-many', count: quick ? 2_048 : 65_536, inFlight: 1_024, quick });
}

/** Several clients at once: the server's share of the work. */
export function dsoThroughputClients({ quick }: Scale): Benchmark {
  const count = quick ? 640 : 65_536;
  return increments({ name: 'dso-throughput-clients', count, inFlight: 64, processes: quick ? 2 : 4, quick });
}

interface Sizes extends Scale {
  readonly name: string;
  readonly count: number;
  readonly inFlight: number;
  readonly processes?: number;
}

function increments({ name, count, inFlight, processes, quick }: Sizes): Benchmark {
  const request: Omit<IncrementsRequest, 'by'> = {
    op: 'increments',
    count,
    inFlight,
    ...(processes === undefined ? {} : { processes }),
  };
  const redis = { kind: 'served', program: 'redis.ts', redis: { install: !quick } } as const;
  const contestants: [ServedContestant, ...ServedContestant[]] = [
    { kind: 'served', program: 'dso.ts', name: 'Skein', request: { ...request, by: 'unix' } },
    { kind: 'served', program: 'dso.ts', name: 'Skein, gRPC', request: { ...request, by: 'grpc' } },
    { ...redis, name: 'Redis, auto-pipelining', request: { ...request, by: 'unix', pipelining: true } },
    { ...redis, name: 'Redis', request: { ...request, by: 'unix' } },
  ];
  // Three times as many in the same time.
  const claims: Claim[] = ['Redis, auto-pipelining', 'Redis'].map((over) => ({
    of: 'Skein',
    over,
    atMost: 0.333,
  }));
  const clients = processes === undefined ? 'one client' : `each of ${processes} client processes`;
  return {
    name,
    title: `increments of a shared counter, ${inFlight.toLocaleString('en')} in flight from ${clients}`,
    measures: `${count.toLocaleString('en')} increments over a Unix socket to a server in another process: what an operation costs when many are under way. Redis by ioredis, with and without its pipelining.`,
    leavesOut: 'a network, replicas, and how long one of them takes: see dso-latency.',
    unit: { name: 'µs an increment', perMs: 1_000 / count },
    warmup: quick ? 0 : 4,
    rounds: quick ? 1 : 16,
    contestants,
    // Four clients and a server have more to do than two cores: what is measured is who costs less in all.
    claims: processes === undefined ? claims : [],
  };
}
