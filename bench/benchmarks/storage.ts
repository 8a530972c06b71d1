import type { BucketRequest, ObjectsRequest, StreamRequest } from '../contestants/protocol.ts';
import type {
  Benchmark,
  Claim,
  Contestant,
  FreshContestant,
  Scale,
  ServedContestant,
} from '../harness/benchmark.ts';

type Act = BucketRequest['act'];

export function storageSmallWrite(scale: Scale): Benchmark {
  return small('write', scale);
}

export function storageSmallRead(scale: Scale): Benchmark {
  return small('read', scale);
}

export function storageManyWrite(scale: Scale): Benchmark {
  return many('write', scale);
}

export function storageManyRead(scale: Scale): Benchmark {
  return many('read', scale);
}

export function storageLargeWrite(scale: Scale): Benchmark {
  return large('write', scale);
}

export function storageLargeRead(scale: Scale): Benchmark {
  return large('read', scale);
}

function small(act: Act, scale: Scale): Benchmark {
  const { quick } = scale;
  const count = quick ? 20 : 1_000;
  return objects(scale, {
    request: { op: 'objects', act, count, bytes: 1_000 },
    name: `storage-small-${act}`,
    title: `${count.toLocaleString('en')} objects of 1 kB, ${PAST[act]}`,
    atOnce: 32,
    others: quick ? [2] : [8, 32, 128],
    threads: 8,
    fewer: quick ? 2 : 4,
    unit: { name: 'µs an object', perMs: 1_000 },
    parts: (objects) => objects,
    warmup: quick ? 0 : 1,
    rounds: quick ? 1 : 6,
  });
}

function many(act: Act, scale: Scale): Benchmark {
  const { quick } = scale;
  const [count, bytes] = quick ? [4, 1_000_000] : [32, 16_000_000];
  return objects(scale, {
    request: { op: 'objects', act, count, bytes },
    name: `storage-many-${act}`,
    title: `${count} objects of ${bytes / 1e6} MB, ${PAST[act]}`,
    atOnce: 4,
    others: quick ? [2] : [2, 4, 8],
    threads: 4,
    fewer: quick ? 2 : 4,
    unit: MB_PER_SECOND,
    parts: (objects) => (objects * bytes) / 1e6,
    warmup: quick ? 0 : 1,
    rounds: quick ? 1 : 6,
  });
}

interface Shape extends Pick<Benchmark, 'name' | 'title' | 'unit' | 'warmup' | 'rounds'> {
  readonly request: ObjectsRequest;
  /** Requests at a time of Skein in one process, and of each of the SDK's contestants. */
  readonly atOnce: number;
  readonly others: readonly number[];
  /** Of Lithops in one process. */
  readonly threads: number;
  /** Objects of a round of Lithops' functions. */
  readonly fewer: number;
  /** Of so many objects: what a figure is of. */
  parts(objects: number): number;
}

function objects(
  scale: Scale,
  { request, atOnce, others, threads, fewer, parts, ...shape }: Shape,
): Benchmark {
  const all = parts(request.count);
  const sdk = others.map((many) =>
    sdkContestant(`SDK, ${many} at a time`, { ...request, atOnce: many }, all),
  );
  const served = [
    skein('Skein', { ...request, atOnce }, all),
    skein('Skein, minio', { ...request, atOnce, driver: 'minio' }, all),
    skein('Skein, functions', request, all),
    ...sdk,
    lithops(`Lithops, ${threads} threads`, { ...request, atOnce: threads }, all, scale),
    lithops('Lithops, functions', { ...request, count: fewer }, parts(fewer), scale),
  ] as const;
  return {
    ...shape,
    measures: `storage on one server for all, from one process, Skein ${atOnce} requests at a time, and from functions, each with an object. SDK is AWS’ own, in one process; it should be as quick with none of its numbers of requests at a time as Skein is. Figures are of one object or MB: Lithops starts an interpreter for each function, and plays ${fewer}.`,
    leavesOut: LEAVES_OUT,
    contestants: onServer(scale, served),
    claims: [
      ...beside('Skein', sdk),
      ...beside('Skein, minio', sdk),
      { of: 'Skein', over: `Lithops, ${threads} threads`, atMost: 0.5 },
      { of: 'Skein, functions', over: 'Lithops, functions', atMost: 0.5 },
    ],
  };
}

function large(act: Act, scale: Scale): Benchmark {
  const { quick } = scale;
  const bytes = quick ? 12_000_000 : 1_000_000_000;
  const parts = bytes / 1e6;
  const request: StreamRequest = { op: 'stream', act, bytes };
  const ways = quick ? [2] : act === 'write' ? [2, 4, 8] : [1, 4, 8];
  const sdk = ways.map((atOnce) => sdkContestant(wayOf(act, atOnce), { ...request, atOnce }, parts));
  return {
    name: `storage-large-${act}`,
    title: `one object of ${parts.toLocaleString('en')} MB, ${PAST[act]} as a stream`,
    measures:
      'a stream from and to a process that makes its bytes and forgets them. SDK is AWS’ own: `Upload` writes it in parts, and it is read by one request, or by ranges that are asked for ahead. Lithops writes by one request.',
    leavesOut: `memory: see storage-large-memory. ${LEAVES_OUT}`,
    unit: MB_PER_SECOND,
    warmup: quick ? 0 : 1,
    rounds: quick ? 1 : 6,
    contestants: onServer(scale, [
      skein('Skein', request, parts),
      skein('Skein, minio', { ...request, driver: 'minio' }, parts),
      ...sdk,
      lithops('Lithops', request, parts, scale),
    ]),
    claims: [
      ...beside('Skein', sdk),
      ...beside('Skein, minio', sdk),
      { of: 'Skein', over: 'Lithops', atMost: 0.5 },
    ],
  };
}

export function storageLargeMemory(scale: Scale): Benchmark {
  const { quick } = scale;
  const [some, most] = quick ? [6_000_000, 12_000_000] : [250_000_000, 1_000_000_000];
  const streamed = (name: string, who: string, bytes: number): FreshContestant => ({
    kind: 'fresh',
    name: `${name}, ${(bytes / 1e6).toLocaleString('en')} MB`,
    program: 'storage-memory.mjs',
    args: [who, String(bytes)],
    clock: 'own',
  });
  const [less, all] = [streamed('Skein', 'skein', some), streamed('Skein', 'skein', most)];
  return {
    name: 'storage-large-memory',
    title: 'memory while an object is written as a stream and read again',
    measures:
      'the highest resident memory of a process above what it had after a small object. A size four times as large should take no more. SDK is AWS’ own, whose `Upload` sends parts of 5 MiB where Skein’s are of 8, and which reads by one request.',
    leavesOut: 'the server’s memory.',
    unit: { name: 'MiB', perByte: 2 ** -20 },
    warmup: 0,
    rounds: quick ? 1 : 4,
    contestants: onServer(scale, [all, less, streamed('SDK', 'sdk', most)]),
    claims: [
      { of: all.name, atMost: 256 },
      { of: all.name, over: less.name, atMost: 1.2 },
    ],
  };
}

const PAST = { write: 'written', read: 'read' } as const;
const MB_PER_SECOND = { name: 'MB/s', perSecond: 1 } as const;
const LEAVES_OUT =
  'a network: server and contestants share this machine, its processors and its disk. Connections are made, and what is read is written, before.';

function wayOf(act: Act, atOnce: number): string {
  if (act === 'read' && atOnce === 1) return 'SDK, one request';
  return `SDK, ${atOnce} ${act === 'write' ? 'parts' : 'ranges'} at a time`;
}

/** As quick as the best of them is as quick as each of them. */
function beside(of: string, others: readonly ServedContestant[]): Claim[] {
  return others.map(({ name }) => ({ of, over: name, atMost: 1.15 }));
}

function skein(name: string, request: BucketRequest, parts: number): ServedContestant {
  return { kind: 'served', name, program: 'storage.ts', request, parts };
}

function sdkContestant(name: string, request: BucketRequest, parts: number): ServedContestant {
  return { kind: 'served', name, program: 's3-sdk.ts', request, parts };
}

function lithops(name: string, request: BucketRequest, parts: number, { quick }: Scale): ServedContestant {
  return {
    ...{ kind: 'served', name, program: 'lithops_storage.py', request, parts },
    python: { packages: ['lithops==3.8.0', 'boto3==1.43.11'], install: !quick },
  };
}

/** A full run asks for the server that people have; the smallest one makes do with what is built sooner. */
function onServer(
  { quick }: Scale,
  [first, ...others]: readonly [Contestant, ...Contestant[]],
): Benchmark['contestants'] {
  const at = (contestant: Contestant): Contestant => ({ ...contestant, s3: quick ? 'versitygw' : 'minio' });
  return [at(first), ...others.map(at)];
}
