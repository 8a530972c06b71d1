/**
 * Requests of several processes on several machines, played through the package's own code in virtual time: W-TinyLFU in memory,
 * the way entries take through the tiers (`Layers`), what that is measured to cost, and the policy. Simulated are the tiers below
 * memory, which are LRU bounded by bytes as the node tier and a Redis with `allkeys-lru` are, the loader, and the clock.
 *
 * One request at a time: it does not measure queues, nor what processes do to each other's times.
 */
import { Layers, type Origin } from '../src/layers.ts';
import { TinyLfu } from '../src/memory/tiny-lfu.ts';
import { type CachePolicy, MEMORY } from '../src/policy.ts';
import type { Entry } from '../src/tier.ts';
import { randomFrom } from '../test/support/traces.ts';
import { LruMap, SimulatedTier, VirtualClock } from './simulated-tier.ts';

export interface Request {
  readonly key: string;
  readonly bytes: number;
  /** What the loader takes, milliseconds. */
  readonly loadMs: number;
  readonly process: number;
}

export interface Workload {
  readonly name: string;
  readonly machines: number;
  readonly processesPerMachine: number;
  readonly memoryBytes: number;
  readonly nodeBytes: number;
  readonly clusterBytes: number;
  /** Between a request's end and the next one's beginning. */
  readonly pauseMs: number;
  readonly requests: () => Iterable<Request>;
}

export interface Contestant {
  readonly name: string;
  readonly memory: 'lru' | 'tiny-lfu';
  readonly tiers: readonly ('node' | 'cluster')[];
  readonly policy: (now: () => number) => CachePolicy;
}

export interface Outcome {
  readonly requests: number;
  /** Requests without a load, of all. */
  readonly hitRatio: number;
  /** That a request has waited, mean. */
  readonly ms: number;
  /** Bytes in the machines' tiers and in the cluster's, mean over time. */
  readonly nodeBytes: number;
  readonly clusterBytes: number;
  /** How long it all took. */
  readonly hours: number;
}

const NODE = { name: 'node', scope: 'machine', latencyMs: 0.1, bytesPerSecond: 3e9 } as const;
const CLUSTER = { name: 'cluster', scope: 'cluster', latencyMs: 0.5, bytesPerSecond: 250e6 } as const;
/** Times vary by chance, between 1/NOISE and NOISE times what is usual. */
const NOISE = 1.5;
const MS_PER_HOUR = 3_600_000;
/** Entries are parts of it that nobody reads. */
const BYTES = new Uint8Array(2 ** 29);

export async function simulate(workload: Workload, contestant: Contestant): Promise<Outcome> {
  const { machines, processesPerMachine, memoryBytes } = workload;
  const clock = new VirtualClock(NOISE, randomFrom(1));
  const cluster = new SimulatedTier({ ...CLUSTER, maxBytes: workload.clusterBytes }, clock);
  const nodes = Array.from(
    { length: machines },
    () => new SimulatedTier({ ...NODE, maxBytes: workload.nodeBytes }, clock),
  );
  const processes = Array.from({ length: machines * processesPerMachine }, (_, at) => {
    const policy = contestant.policy(clock.now);
    const node = nodes[at % machines]!;
    const tiers = contestant.tiers.map((name) => () => (name === 'node' ? node : cluster));
    const layers = new Layers(tiers, 'simulation', policy, () => {}, clock.now);
    const memory =
      contestant.memory === 'lru' ? new LruMap(memoryBytes) : new TinyLfu<true>({ maxBytes: memoryBytes });
    return { policy, layers, memory };
  });
  let [requests, loads, waitedMs, nodeByteMs, clusterByteMs] = [0, 0, 0, 0, 0];
  for (const request of workload.requests()) {
    const begun = clock.now();
    const isLoad = await serve(processes[request.process % processes.length]!, request, clock);
    const ms = clock.now() - begun;
    requests++;
    if (isLoad) loads++;
    waitedMs += ms;
    for (const node of nodes) nodeByteMs += node.bytes * (ms + workload.pauseMs);
    clusterByteMs += cluster.bytes * (ms + workload.pauseMs);
    clock.pass(workload.pauseMs);
  }
  const allMs = clock.now();
  return {
    requests,
    hitRatio: 1 - loads / requests,
    ms: waitedMs / requests,
    nodeBytes: nodeByteMs / allMs,
    clusterBytes: clusterByteMs / allMs,
    hours: allMs / MS_PER_HOUR,
  };
}

interface Process {
  readonly policy: CachePolicy;
  readonly layers: Layers;
  readonly memory: Pick<TinyLfu<true>, 'get' | 'set'>;
}

/** As `getOrSet` does. @returns whether it had to load */
async function serve(
  { policy, layers, memory }: Process,
  { key, bytes, loadMs }: Request,
  clock: VirtualClock,
): Promise<boolean> {
  if (memory.get(key)) return false;
  const found = await layers.find(key, [], ({ only }) => only === undefined);
  const tier = layers.tiers[found.at];
  let origin: Origin;
  if (tier === undefined) {
    const ms = clock.takes(loadMs);
    policy.loaded?.(bytes, ms);
    const from = { fetchMs: ms, from: 'loader' };
    origin = await layers.fill(key, entryOf(bytes), found.marks, from, layers.tiers.length, 'machine');
  } else {
    const from = { fetchMs: tier.reading.expect(bytes), from: tier.name };
    origin = await layers.fill(key, found.entry!, found.marks, from, found.at);
  }
  const entry = { key, bytes, staleAt: Number.POSITIVE_INFINITY, ...origin, isAwaited: false };
  if (policy.keeps(MEMORY, entry)) memory.set(key, true, bytes, policy.worth?.(entry));
  return tier === undefined;
}

function entryOf(bytes: number): Entry {
  return {
    kind: 'value',
    madeAt: 0,
    staleAt: Number.POSITIVE_INFINITY,
    expiresAt: Number.POSITIVE_INFINITY,
    tags: [],
    body: [BYTES.subarray(0, bytes)],
  };
}
