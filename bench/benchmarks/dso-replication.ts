import type { Shape } from '../contestants/objects/cluster.ts';
import type { Request } from '../contestants/protocol.ts';
import type { Benchmark, Besides, Scale, ServedContestant } from '../harness/benchmark.ts';

/** One caller who waits for each: the way there and back, and from there to the server that has the copy. */
export function dsoReplication({ quick }: Scale): Benchmark {
  const count = quick ? 10 : 1_000;
  const request: Request = { op: 'latency', count, by: 'tcp' };
  return {
    name: 'dso-replication',
    title: 'one increment of a shared counter at a time, with a copy at another server',
    measures: `the median of ${count.toLocaleString('en')} increments by one caller who waits for each, over TCP: what a copy costs. Skein at two servers that find each other by etcd, with --replicas 2, and with --replicas 1. Redis with one replica and WAIT 1 after each increment, both commands in one pipeline, and without.`,
    leavesOut:
      'the slowest calls, and a network, which would add a way there and back to both. Redis’ answer says that a replica had the increment; what becomes of it when a server fails is another matter.',
    unit: { name: 'µs an increment', perMs: 1_000 },
    warmup: quick ? 0 : 10,
    rounds: quick ? 1 : 30,
    contestants: [
      skein('Skein, two copies', { copies: 2, quick, request }),
      skein('Skein, one copy', { copies: 1, quick, request }),
      redis('Redis, with a replica', { program: 'redis-replicated.ts', quick, request }),
      redis('Redis, alone', { program: 'redis.ts', quick, request }),
    ],
    claims: [{ of: 'Skein, two copies', over: 'Skein, one copy', atMost: 2.2 }],
  };
}

/** Many under way at independent objects: they share messages to the other server, and its acknowledgements. */
export function dsoReplicationMany({ quick }: Scale): Benchmark {
  const count = quick ? 64 : 16_384;
  const request: Request = { op: 'increments', count, inFlight: 64, counters: 64, by: 'tcp' };
  const processor = (of: string): Besides => ({
    kind: 'besides',
    name: `${of}: processor time of its servers`,
    of,
    figure: 'processor',
  });
  const together: Request = { ...request, pipelining: true };
  return {
    name: 'dso-replication-many',
    title: 'increments of 64 shared counters, one of each in flight, with a copy at another server',
    measures: `${count.toLocaleString('en')} increments by one client over TCP: how many share a message to the other server. Otherwise as dso-replication, and by one server of Skein alone: what an increment costs the servers when the counters are spread over two. Redis with a WAIT for each increment, and with one for all that leave in a turn of the event loop, as they do with pipelining.`,
    leavesOut:
      'more than two cores, which a client and two servers would use. Processor time is that of all servers of a cluster, also for what they do without being asked.',
    unit: { name: 'µs an increment', perMs: 1_000 / count },
    warmup: quick ? 0 : 4,
    rounds: quick ? 1 : 16,
    contestants: [
      skein('Skein, two copies', { copies: 2, quick, request }),
      skein('Skein, one copy', { copies: 1, quick, request }),
      // As the one before, whose copies need no second server in a quick run.
      ...(quick ? [] : [skein('Skein, one server', { copies: 1, servers: 1, quick, request })]),
      redis('Redis, a WAIT a turn', { program: 'redis-replicated.ts', quick, request: together }),
      redis('Redis, a WAIT each', { program: 'redis-replicated.ts', quick, request }),
      redis('Redis, alone', { program: 'redis.ts', quick, request: together }),
      processor('Skein, two copies'),
      processor('Skein, one copy'),
      ...(quick ? [] : [processor('Skein, one server')]),
    ],
    claims: [{ of: 'Skein, two copies', over: 'Skein, one copy', atMost: 2.2 }],
  };
}

interface Copies extends Scale {
  readonly copies: number;
  /** @default 2, in a quick run as many as copies */
  readonly servers?: number;
  readonly request: Request;
}

function skein(
  name: string,
  { copies, quick, servers = quick ? copies : 2, request }: Copies,
): ServedContestant {
  const shape: Shape = { servers, replicas: copies, settled: !quick };
  const args = [JSON.stringify(shape)];
  return { kind: 'served', name, program: 'dso-cluster.ts', args, request, etcd: { install: !quick } };
}

function redis(
  name: string,
  { quick, ...rest }: Scale & Pick<ServedContestant, 'program' | 'request'>,
): ServedContestant {
  return { kind: 'served', name, redis: { install: !quick }, ...rest };
}
