/** Requests to play, the same in every run; and those of a file. */
import { readFileSync } from 'node:fs';
import { randomFrom, zipf } from '../test/support/traces.ts';
import type { Request, Workload } from './simulation.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
/** An object store of the same region. */
const STORE = { latencyMs: 20, bytesPerSecond: 100e6 } as const;

const machines = { machines: 2, processesPerMachine: 4, pauseMs: 5 } as const;
const small = { ...machines, memoryBytes: 4 * MIB, nodeBytes: 16 * MIB, clusterBytes: 64 * MIB } as const;

export const synthetic: readonly Workload[] = [
  {
    ...small,
    name: 'Zipf 0.9, 16 KiB',
    requests: () =>
      spread(
        fetched(zipf(80_000, 20_000, 0.9, 7), () => 16 * KIB),
        1,
      ),
  },
  {
    ...small,
    name: 'the same with scans',
    requests: () =>
      spread(
        fetched(withScans(zipf(80_000, 20_000, 0.9, 7), 4_000, 8_000), () => 16 * KIB),
        1,
      ),
  },
  {
    ...small,
    name: 'a loop of 1.5 × the cluster',
    requests: () =>
      spread(
        fetched(loop(40_000, 6_000), () => 16 * KIB),
        2,
      ),
  },
  {
    ...small,
    name: 'what is new is asked for',
    requests: () =>
      spread(
        fetched(recent(80_000, 1_500, 3), () => 16 * KIB),
        3,
      ),
  },
  {
    ...machines,
    name: 'sizes 1 KiB to 64 MiB, loads 1 to 2,000 ms',
    memoryBytes: 64 * MIB,
    nodeBytes: 256 * MIB,
    clusterBytes: 1024 * MIB,
    requests: () => spread(mixed(zipf(60_000, 5_000, 0.8, 11)), 4),
  },
  {
    ...machines,
    name: 'a model for each shard',
    memoryBytes: 256 * MIB,
    nodeBytes: 768 * MIB,
    clusterBytes: 2048 * MIB,
    requests: () => models(40_000),
  },
  {
    ...machines,
    name: 'computed faster than read from the cluster',
    memoryBytes: 16 * MIB,
    nodeBytes: 64 * MIB,
    clusterBytes: 256 * MIB,
    requests: () => spread(computed(zipf(60_000, 1_000, 0.7, 13)), 6),
  },
];

/** Each request comes from any process. */
function* spread(requests: Iterable<Omit<Request, 'process'>>, seed: number): Generator<Request> {
  const random = randomFrom(seed);
  for (const request of requests) yield { ...request, process: Math.floor(random() * 2 ** 16) };
}

function* fetched(
  keys: Iterable<string>,
  bytesOf: (key: string) => number,
): Generator<Omit<Request, 'process'>> {
  for (const key of keys) {
    const bytes = bytesOf(key);
    yield { key, bytes, loadMs: STORE.latencyMs + (bytes / STORE.bytesPerSecond) * 1000 };
  }
}

/** After each `every` requests a scan over what nobody asks for again. */
function* withScans(keys: Iterable<string>, every: number, scanned: number): Generator<string> {
  let at = 0;
  for (const key of keys) {
    yield key;
    if (++at % every === 0 && at % (5 * every) === 0)
      for (let i = 0; i < scanned; i++) yield `scanned ${at} ${i}`;
  }
}

function* loop(requests: number, length: number): Generator<string> {
  for (let i = 0; i < requests; i++) yield `item ${i % length}`;
}

/** Asked for a few times soon after it has come, and never again. */
function* recent(requests: number, window: number, seed: number): Generator<string> {
  const random = randomFrom(seed);
  for (let i = 0; i < requests; i++) yield `new ${Math.floor(i / 8 + random() * window)}`;
}

/** Sizes and times to load are spread evenly over their orders of magnitude, and have nothing to do with each other. */
function* mixed(keys: Iterable<string>): Generator<Omit<Request, 'process'>> {
  const random = randomFrom(17);
  const known = new Map<string, Omit<Request, 'process'>>();
  for (const key of keys) {
    let request = known.get(key);
    if (request === undefined) {
      request = { key, bytes: Math.floor(KIB * 65_536 ** random()), loadMs: 2_000 ** random() };
      known.set(key, request);
    }
    yield request;
  }
}

/** Sixteen models of 64 to 304 MiB; nine of ten requests of a process are for the two of its own shard. Beside them, small lookups. */
function* models(requests: number): Generator<Request> {
  const random = randomFrom(5);
  const lookups = zipf(requests, 20_000, 0.9, 19);
  for (let i = 0; i < requests; i++) {
    const process = Math.floor(random() * 8);
    if (random() < 0.5) {
      const [lookup] = fetched([lookups.next().value as string], () => 4 * KIB);
      yield { ...lookup!, process };
      continue;
    }
    const model = random() < 0.9 ? 2 * process + Math.floor(2 * random()) : Math.floor(16 * random());
    const [request] = fetched([`model ${model}`], () => (64 + 16 * model) * MIB);
    yield { ...request!, process };
  }
}

/** A MiB that takes 1 ms to make. */
function* computed(keys: Iterable<string>): Generator<Omit<Request, 'process'>> {
  for (const key of keys) yield { key, bytes: MIB, loadMs: 1 };
}

/**
 * A recorded trace: a line for each request, of columns such as `time key bytes`. Without `bytes` each entry has 4 KiB. Memory is a
 * 64th, a machine a 16th, and the cluster a quarter of all that is asked for.
 */
export function recorded(path: string, columns: readonly string[], most: number): Workload {
  const [keyAt, bytesAt] = [columns.indexOf('key'), columns.indexOf('bytes')];
  const lines = readFileSync(path, 'latin1').split('\n').slice(0, most);
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter((row) => row[keyAt]);
  const sizes = new Map(rows.map((row) => [row[keyAt]!, Math.max(Number(row[bytesAt] ?? 4 * KIB), 1)]));
  const all = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    ...machines,
    name: path.slice(path.lastIndexOf('/') + 1),
    memoryBytes: all / 64,
    nodeBytes: all / 16,
    clusterBytes: all / 4,
    requests: () =>
      spread(
        fetched(
          rows.map((row) => row[keyAt]!),
          (key) => sizes.get(key)!,
        ),
        8,
      ),
  };
}
