/** Shapes that users meet when they write functions and options. */
import type { CallContext } from './call-context.ts';
import type { ResponseFuture } from './job/response-future.ts';

/** What a function gets for an input: a future arrives as its result. */
export type Item<T> = T extends ResponseFuture<infer U> ? U : T;

/** Inputs of a map. A string is refused: it is one value, not its characters. */
export type Data<T> = (Iterable<T> | AsyncIterable<T>) & object;

/**
 * Inputs that know more of themselves than that they can be read; `objects(...)` of `@skein/partitioner` are such. They
 * are read as workers can take them, a little ahead. A job that ends before they do, because it is cancelled or broken,
 * calls `return` of their iterator: then what lists, or holds connections, stops.
 */
export interface CallSource<T> extends AsyncIterable<T> {
  /** How many there are, where that is known before they are read. */
  readonly length?: number;
  /** The object that an input is a part of, for one reducer an object. */
  objectOf?(item: T): string;
}

/** An executor whose `ctx` has no members of the user's. */
export type NoContext = Record<never, never>;

/** What a call may take; said to an executor for all its calls, or to one map. */
export interface CallLimits {
  /** How often a call that fails, whether by its own error or with its worker, runs again. @default 0 */
  readonly retries?: number;
  /** How long one attempt may run, milliseconds from its start; then it is stopped, even in an endless loop. */
  readonly timeoutMs?: number;
  /** What the process of a call may hold: bytes, or text such as `'512MiB'`. @default what the machine has */
  readonly runtimeMemory?: number | string;
  /** Environment variables for the calls. Never stored, never logged. */
  readonly extraEnv?: Readonly<Record<string, string>>;
}

export interface CallOptions<E extends readonly unknown[] = readonly unknown[]> extends CallLimits {
  /** Arguments that every call gets after its item. */
  readonly extraArgs?: readonly [...E];
  /** Ends the calls that have no outcome yet, with {@link CallCancelledError}. */
  readonly signal?: AbortSignal;
  /** Packages that are not bundled but expected where the function runs. */
  readonly external?: readonly string[];
  /**
   * Files that travel with the function: paths and globs from the folder of the file that defines it. It reads
   * them as at home, by `new URL('./model.json', import.meta.url)`, and always the copies that travelled. At most
   * 1,000 files and 256 MiB: larger data belongs into storage.
   */
  readonly include?: readonly string[];
  /**
   * Each call runs in a worker that has run nothing before, and that ends with it: it sees no variables, modules or
   * globals that other calls have changed.
   * @default false
   */
  readonly isolated?: boolean;
  /**
   * A worker that has been given so many calls gets no more of any job: it ends when they have their outcomes, and another
   * one takes its place. Counted are the calls of all jobs that have this option.
   * @default no limit
   */
  readonly maxCallsPerWorker?: number;
  /** What errors, lines, progress, summaries and records call the job. One line. @default the name of the function */
  readonly name?: string;
  /**
   * The job does not keep this process running, and ends with it. `close` does not wait for it, but cancels it when the
   * others have ended.
   * @default false
   */
  readonly background?: boolean;
}

export interface MapOptions<E extends readonly unknown[] = readonly unknown[]> extends CallOptions<E> {
  /** Calls a message. @default chosen by how long the calls take, so that a message is about a millisecond's work */
  readonly chunksize?: number;
  /** At most this many workers at a time for this job. @default all of the executor's */
  readonly maxWorkers?: number;
  /**
   * For inputs without an end: results that were read are forgotten, and inputs are read only as results are.
   * @default false
   */
  readonly stream?: boolean;
  /**
   * Runs a call that takes much longer than the others a second time when workers are free; the first result wins.
   * For functions without side effects.
   * @default false
   */
  readonly speculate?: boolean;
}

export interface ReduceOptions<E extends readonly unknown[] = readonly unknown[], T = never, M = unknown>
  extends MapOptions<E> {
  /** Of the map; the reduction has the name of its function. */
  readonly name?: string;
  /** Arguments that the reducer gets after the results. */
  readonly extraArgsReduce?: readonly unknown[];
  /** Percent of the map's results after which workers load the reducer's code. @default 20 */
  readonly spawnReducer?: number;
  /** One reducer for the results of each object (of data that knows them), or for each key that this gives an item. */
  readonly reducerOnePerObject?: boolean | ((item: T) => unknown);
  /**
   * Makes one result of two neighbours; associative. Workers combine results as they come, 32 neighbours a call and what
   * came of those again, so that a reducer gets at most 32, however many calls there were: results and combined ones, in
   * input order. The same inputs are always combined in the same way.
   */
  combine?(a: M, b: M): M;
  readonly mapRuntimeMemory?: number | string;
  readonly reduceRuntimeMemory?: number | string;
}

/** By which values are grouped: told apart as in a Map, but that arrays of the same members are the same. */
export type GroupKey = string | number | bigint | boolean | null | undefined | readonly GroupKey[];

/** What a map for groups gives: an array, a Map, a generator, asynchronous or not, or a promise of one. */
export type Pairs<K, V> =
  | Iterable<readonly [key: K, value: V]>
  | AsyncIterable<readonly [key: K, value: V]>
  | PromiseLike<Iterable<readonly [key: K, value: V]> | AsyncIterable<readonly [key: K, value: V]>>;

/**
 * The values of a key, in the order of the calls that gave them, and within a call in that in which it did. They come from
 * storage as they are read: once, and while the function runs.
 */
export interface Values<V> extends AsyncIterable<V> {
  /** All of them, in memory. */
  toArray(): Promise<V[]>;
}

export interface GroupOptions<
  E extends readonly unknown[] = readonly unknown[],
  X extends readonly unknown[] = readonly unknown[],
  V = unknown,
> extends Omit<MapOptions<E>, 'stream'> {
  /** Of the map; the reduction has the name of its function. */
  readonly name?: string;
  /** Arguments that the reducer gets after the values. */
  readonly extraArgsReduce?: readonly [...X];
  /** Calls that take groups, each those of a part of the keys. @default twice the workers */
  readonly partitions?: number;
  /** Makes one value of two of the same key; associative. Applied before values are stored, and when they are read. */
  combine?(a: V, b: V): V;
  /**
   * What a call holds of pairs, or of what it reads of them, until it stores or reads on: bytes, or text such as
   * `'32MiB'`, from 1 MiB to 1 GiB. @default an eighth of the `runtimeMemory`, else 64 MiB
   */
  readonly memory?: number | string;
  /** Percent of the maps' calls after which workers load the reducer's code. @default 20 */
  readonly spawnReducer?: number;
  readonly mapRuntimeMemory?: number | string;
  readonly reduceRuntimeMemory?: number | string;
}

/** Those of a grouping that is nothing but the combination of values. */
export type CombineOptions<E extends readonly unknown[] = readonly unknown[]> = Omit<
  GroupOptions<E>,
  'combine' | 'extraArgsReduce'
>;

/** One of two inputs that are grouped together. */
export interface GroupInput<T, K, V> {
  /** Gives the pairs of an item. */
  map(item: Item<T>, ctx: CallContext): Pairs<K, V>;
  readonly data: Data<T>;
}

export interface CancelOptions {
  /** How long a call that runs may go on, to end by itself, until its worker is ended; 0: not at all. @default 50 */
  readonly graceMs?: number;
}

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
