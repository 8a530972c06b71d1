import type { Request } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';

/** One caller who waits for each: the way there and back, and the disk's. */
export function dsoOnDisk({ quick }: Scale): Benchmark {
  const count = quick ? 10 : 200;
  return onDisk({
    name: 'dso-on-disk',
    title: 'one increment of a shared counter at a time, each on the disk before its answer',
    measures: `the median of ${count} increments by one caller who waits for each, over a Unix socket: what a sync costs. Skein with --fsync always, Redis with appendfsync always, on the same file system; in memory both, to see what the disk is of it.`,
    leavesOut: 'more than one caller: see dso-on-disk-many. A file system in memory makes syncs free.',
    unit: { name: 'µs an increment', perMs: 1_000 },
    request: { op: 'latency', count, by: 'unix' },
    quick,
  });
}

/** Many under way: one sync serves them all. */
export function dsoOnDiskMany({ quick }: Scale): Benchmark {
  const count = quick ? 640 : 8_192;
  return onDisk({
    name: 'dso-on-disk-many',
    title: 'increments of a shared counter, 64 in flight, each on the disk before its answer',
    measures: `${count.toLocaleString('en')} increments, 64 of one client in flight, over a Unix socket: how many share a sync. Redis with pipelining.`,
    leavesOut: 'several clients, and several objects: all of a server share its log.',
    unit: { name: 'µs an increment', perMs: 1_000 / count },
    request: { op: 'increments', count, inFlight: 64, by: 'unix', pipelining: true },
    quick,
  });
}

interface Sizes extends Scale, Pick<Benchmark, 'name' | 'title' | 'measures' | 'leavesOut' | 'unit'> {
  readonly request: Request;
}

function onDisk({ request, quick, ...about }: Sizes): Benchmark {
  const redis = { kind: 'served', redis: { install: !quick }, request } as const;
  return {
    ...about,
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 12,
    contestants: [
      { kind: 'served', program: 'dso-on-disk.ts', name: 'Skein, on disk', request },
      { ...redis, program: 'redis-on-disk.ts', name: 'Redis, on disk' },
      { kind: 'served', program: 'dso.ts', name: 'Skein, in memory', request },
      { ...redis, program: 'redis.ts', name: 'Redis, in memory' },
    ],
    claims: [{ of: 'Skein, on disk', over: 'Redis, on disk', atMost: 1.2 }],
  };
}
