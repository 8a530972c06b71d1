/**
 * A contestant program reads one request a line from its standard input and answers each with one line. All
 * contestants of a benchmark get requests of one kind and must give the same answer in every round: whoever is
 * fast by doing something else is found out.
 */

export type Request =
  | CallsRequest
  | RateRequest
  | StageRequest
  | LargeRequest
  | PiRequest
  | CaptureRequest
  | LatencyRequest
  | IncrementsRequest
  | AllReduceRequest
  | MultiplyRequest
  | PausesRequest
  | PoolMapRequest
  | QueueRequest
  | PipeRequest
  | LockRequest
  | BarrierRequest
  | BucketRequest
  | CountRequest
  | SumRequest
  | PlanRequest
  | CacheRequest
  | ModelRequest;

/** `n => n + 1` for 0 … count - 1; the answer is the sum of the results. */
export interface CallsRequest {
  readonly op: 'calls';
  readonly count: number;
  /** Calls a message. Left out: the contestant's own choice. */
  readonly chunksize?: number;
  /** With a limit of time and retries for every call, and its progress drawn. */
  readonly watched?: boolean;
}

/**
 * `n => n + 1` for 0 … 9, over and over. The answer is the mean of the results, which is the same for any multiple of
 * ten: so can those be compared who do different numbers of calls.
 */
export interface RateRequest {
  readonly op: 'rate';
  readonly count: number;
  /** As many jobs of that many calls, one after another. @default 1 */
  readonly jobs?: number;
  readonly chunksize?: number;
  /** Inputs from a generator, results read one by one and forgotten. */
  readonly stream?: boolean;
}

/** The calls of {@link CallsRequest} in stages of that many calls; the answer is the same. */
export interface StageRequest {
  readonly op: 'stage';
  readonly count: number;
  /**
   * `map`: one, that the client asks for. `nested`: one, that a call asks for. `chain`: five, each of the results of the
   * one before. `groups`: one, and a
   * reducer for each of ten groups of its results.
   */
  readonly shape: 'map' | 'nested' | 'chain' | 'groups';
  readonly chunksize?: number;
}

/** A Float64Array (in Python: bytes) of that size to a worker and back; the answer is the size that came back. */
export interface LargeRequest {
  readonly op: 'large';
  readonly bytes: number;
}

/** Monte Carlo pi, a seed a task; the answer is the number of points within the circle. */
export interface PiRequest {
  readonly op: 'pi';
  readonly tasks: number;
  readonly points: number;
}

/** The function of `fresh/price.mjs` captured that many times; the answer is what the last copy computes. */
export interface CaptureRequest {
  readonly op: 'capture';
  readonly count: number;
}

/** Increments of a shared counter, one after another. The time is the median of one; the answer is how many happened. */
export interface LatencyRequest extends Reached {
  readonly op: 'latency';
  readonly count: number;
}

/** Increments of shared counters, so many of them under way at every moment; the answer is how many happened. */
export interface IncrementsRequest extends Reached {
  readonly op: 'increments';
  readonly count: number;
  readonly inFlight: number;
  /** @default 1: all of the same */
  readonly counters?: number;
  /** That share the increments, each with so many in flight. @default the contestant itself */
  readonly processes?: number;
}

/**
 * Each participant gives a vector, `rank + index`, and gets the sum of all. The answer is the sum of all that all of
 * them have got.
 */
export interface AllReduceRequest extends Reached {
  readonly op: 'allReduce';
  readonly processes: number;
  readonly participants: number;
  readonly length: number;
  /** One of a process fetches what all of it need: not how participants on machines of their own could do it. */
  readonly together?: boolean;
}

/** A shared square matrix is multiplied by one that turns its columns; the answer is the sum of its elements. */
export interface MultiplyRequest extends Reached {
  readonly op: 'multiply';
  readonly size: number;
}

/**
 * Increments of so many counters of a cluster, each at an even pace, while something happens to it; the answer is the share of
 * counters that were incremented once for each call.
 */
export interface PausesRequest {
  readonly op: 'pauses';
  /** To one server: it joins, hands all over and leaves, or is killed. */
  readonly event: 'calm' | 'join' | 'drain' | 'death';
  readonly servers: number;
  readonly leaseMs: number;
  readonly counters: number;
  /** Between two increments of a counter. */
  readonly everyMs: number;
  /** From when it begins to happen. */
  readonly spanMs: number;
  /** Whether the cluster comes to rest before and after. */
  readonly settled: boolean;
}

/**
 * `Pool.map` over `count` items, in chunks as it likes. `square`: x * x of 0, 1, 2, …; `spin`: each keeps its worker busy
 * for a millisecond and gives itself; `same`: each is so many bytes, of which none is another's, and comes back. The answer
 * is the share of the results that are right.
 */
export interface PoolMapRequest {
  readonly op: 'poolMap';
  readonly task: 'square' | 'spin' | 'same';
  readonly count: number;
  /** Of an item of `same`. */
  readonly bytes?: number;
  /** @default the contestant's own choice */
  readonly chunksize?: number;
}

/** What processes share that the contestant has started and keeps. */
interface AmongProcesses {
  /** Skein's shared objects are at a server, reached by TCP. @default in the process that starts the others */
  readonly by?: 'tcp';
}

/**
 * Small numbers, 0 … 9 over and over, through one queue: so many processes put them, and as many others take them. The
 * answer is the mean of what was taken.
 */
export interface QueueRequest extends AmongProcesses {
  readonly op: 'queue';
  /** In all. A multiple of ten times `pairs`. */
  readonly count: number;
  readonly pairs: number;
  /** Puts under way in each process that puts, and takes in each that takes, where a language has promises. @default 1 */
  readonly inFlight?: number;
}

/** A small message from one process to another, and back: so many, one after another. The answer is the mean of them. */
export interface PipeRequest extends AmongProcesses {
  readonly op: 'pipe';
  readonly count: number;
}

/**
 * Two processes acquire and release one lock, each so often. The answer is 1: no two have held it at a time, by their
 * clocks.
 */
export interface LockRequest extends AmongProcesses {
  readonly op: 'lock';
  readonly count: number;
  /** Whether the time is divided by the times that the lock went from one to the other. */
  readonly perHandOver?: boolean;
}

/** Processes wait for each other so often. The answer is the mean, over the rounds, of the sum of their places. */
export interface BarrierRequest extends AmongProcesses {
  readonly op: 'barrier';
  readonly count: number;
  readonly parties: number;
}

/** Of contestants that have a bucket: all of a process are of one kind. */
export type BucketRequest = ObjectsRequest | StreamRequest;

interface InBucket {
  /** New objects are written, and taken away after the clock has stopped; what is read was written before it started. */
  readonly act: 'write' | 'read';
  readonly bytes: number;
  /**
   * Requests of one process that are under way at a time. Of a stream: its parts, where that is the contestant's to say.
   * Objects without it: by functions, each of which has one.
   */
  readonly atOnce?: number;
  /** Skein's. @default 's3' */
  readonly driver?: 's3' | 'minio';
}

/** So many objects of that many bytes. The answer is the share of them that is as it should be. */
export interface ObjectsRequest extends InBucket {
  readonly op: 'objects';
  readonly count: number;
}

/** One object that is never in memory as a whole; the answer is as above. */
export interface StreamRequest extends InBucket {
  readonly op: 'stream';
}

/** Records of the shared file are counted: rows of CSV, lines of text. The answer is the share of them that was found. */
export interface CountRequest {
  readonly op: 'count';
  readonly format: 'csv' | 'text';
  /** How many there are. */
  readonly records: number;
  /** Of `wc`: so many at a time, each with an even part of the file, which was copied before. @default 1 */
  readonly processes?: number;
}

/** The column `amount` of the shared file is added up; the answer is its mean. */
export interface SumRequest {
  readonly op: 'sum';
  readonly format: 'parquet' | 'arrow';
  readonly rows: number;
  /** Skein's: a table of each part that somebody could keep, instead of batches that are put over one another. */
  readonly asTables?: boolean;
}

/** Partitions of so many small objects: the files of the shared folder. The answer is the share of them that has one. */
export interface PlanRequest {
  readonly op: 'plan';
  readonly objects: number;
  /** Skein's: objects of a bucket in its memory instead, which were written before. */
  readonly inMemory?: boolean;
}

/** Entries of a cache that were set before are asked for. The answer is the share of requests that got the right one. */
export interface CacheRequest {
  readonly op: 'cache';
  /** A module of `caches/`. */
  readonly who: 'skein' | 'map' | 'lru-cache' | 'cacheable' | 'bentocache' | 'ioredis' | 'hotrod';
  readonly tiers: readonly ('memory' | 'node' | 'redis' | 'infinispan')[];
  readonly entries: number;
  /** Of an entry. */
  readonly bytes: number;
  /** Typed arrays rather than objects with a text. @default false */
  readonly numbers?: boolean;
  /** How many entries fit into memory. @default twice as many as there are */
  readonly held?: number;
  readonly requests: number;
  /** Zipf's exponent. @default each entry in turn */
  readonly skew?: number;
  /** Synchronously, from memory. @default false: a value or a load, as a promise */
  readonly peek?: boolean;
  /** @default 1 */
  readonly atOnce?: number;
}

/** A function reads an object of that many bytes, and keeps the time. The answer is 1 when it is as it was written. */
export interface ModelRequest {
  readonly op: 'model';
  readonly bytes: number;
  /** Through a cache where somebody on the machine has read it before, or nobody has; or from the store. */
  readonly from: 'warm' | 'cold' | 'store';
  /** Who reads: one that has read it before, or one that has run nothing yet. */
  readonly worker: 'same' | 'new';
}

/** How the server of shared objects is reached. */
export interface Reached {
  readonly by: 'unix' | 'tcp' | 'grpc';
  /** Of ioredis: calls of a turn of the event loop leave together, as Skein's always do. */
  readonly pipelining?: boolean;
}

export interface Reply {
  readonly ms: number;
  readonly answer: number;
  /** More figures of the same round, milliseconds. */
  readonly besides?: Readonly<Record<string, number>>;
}
