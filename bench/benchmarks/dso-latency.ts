import type { Reached } from '../contestants/protocol.ts';
import type { Benchmark, Scale, ServedContestant } from '../harness/benchmark.ts';

export function dsoLatency({ quick }: Scale): Benchmark {
  const count = quick ? 20 : 1_000;
  const played = (name: string, program: 'dso.ts' | 'redis.ts', by: Reached['by']): ServedContestant => ({
    kind: 'served',
    name,
    program,
    request: { op: 'latency', count, by },
    ...(program === 'redis.ts' ? { redis: { install: !quick } } : {}),
  });
  return {
    name: 'dso-latency',
    title: 'one increment of a shared counter at a time',
    measures: `the median of ${count.toLocaleString('en')} increments by one caller who waits for each: the way there and back, at a server in another process. Redis by ioredis.`,
    leavesOut: 'the slowest calls, a network, more than one caller, and replicas.',
    unit: { name: 'µs an increment', perMs: 1_000 },
    warmup: quick ? 0 : 10,
    rounds: quick ? 1 : 30,
    contestants: [
      played('Skein, Unix socket', 'dso.ts', 'unix'),
      played('Skein, TCP', 'dso.ts', 'tcp'),
      played('Skein, gRPC', 'dso.ts', 'grpc'),
      played('Redis, Unix socket', 'redis.ts', 'unix'),
      played('Redis, TCP', 'redis.ts', 'tcp'),
    ],
    claims: [
      { of: 'Skein, Unix socket', over: 'Redis, Unix socket', atMost: 1.2 },
      { of: 'Skein, TCP', over: 'Redis, TCP', atMost: 1.2 },
    ],
  };
}
