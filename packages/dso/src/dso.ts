import type { Cluster } from './client/cluster.ts';
import { LeaseKeeper } from './client/lease-keeper.ts';
import type { Times } from './client/pending.ts';
import { ConnectionError, DsoError } from './errors.ts';
import { AllReduce, type ReduceFunction, type ReduceOperator } from './handles/all-reduce.ts';
import { AtomicBoolean } from './handles/atomic-boolean.ts';
import { AtomicByteArray } from './handles/atomic-byte-array.ts';
import { AtomicCounter } from './handles/atomic-counter.ts';
import { AtomicLong } from './handles/atomic-long.ts';
import { AtomicReference } from './handles/atomic-reference.ts';
import { Blob } from './handles/blob.ts';
import { Channel } from './handles/channel.ts';
import type { Condition } from './handles/condition.ts';
import { CountDownLatch } from './handles/count-down-latch.ts';
import { CyclicBarrier } from './handles/cyclic-barrier.ts';
import { Lock } from './handles/lock.ts';
import { Logger } from './handles/logger.ts';
import { Semaphore } from './handles/semaphore.ts';
import { SharedEvent } from './handles/shared-event.ts';
import { SharedFuture } from './handles/shared-future.ts';
import { SharedList } from './handles/shared-list.ts';
import { SharedMap } from './handles/shared-map.ts';
import { SharedMatrix } from './handles/shared-matrix.ts';
import { deleteObject, type Place, type WriteOptions } from './handles/shared-object.ts';
import { SharedQueue } from './handles/shared-queue.ts';
import { SharedSet } from './handles/shared-set.ts';
import { SharedTreeMap } from './handles/shared-tree-map.ts';
import { SharedTypedArray, typedArrayConfig } from './handles/shared-typed-array.ts';
import { type Shared, type UserClass, UserObject } from './handles/user-object.ts';
import { toValue } from './handles/values.ts';
import { type Lease, MAX_LEASE_MS, MIN_LEASE_MS } from './lease.ts';
import type { ElementOf, ElementType, TypedArrayOf } from './objects/typed-elements.ts';
import { processState } from './process-state.ts';
import type { NodeStats } from './server/admin.ts';
import type { Value } from './value/value.ts';

/** How {@link Dso.leased} objects live. */
export interface LeaseOptions {
  /**
   * How long they live when nothing is heard of the program, milliseconds: longer than it may be cut off, or compute
   * without coming back to its event loop.
   * @default 3600000
   */
  readonly ttlMs?: number;
}

/**
 * Shared objects by type and key. The same type and key is the same object, wherever a program runs that names it; its
 * first use makes it. Handles may be closed over, passed and stored.
 */
export class Dso implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #leave: () => Promise<void>;
  readonly #times: Times | undefined;
  readonly #lease: Lease | undefined;
  /** Made by {@link leased}, and not closed. */
  readonly #leased = new Set<Dso>();
  #closed = false;

  /** Made by `connect()` and `open()`. */
  constructor(cluster: Cluster, leave: () => Promise<void>, times?: Times, lease?: Lease) {
    this.#cluster = cluster;
    this.#leave = leave;
    this.#times = times;
    this.#lease = lease;
  }

  /** @internal */
  get cluster(): Cluster {
    return this.#cluster;
  }

  /** @internal */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** The address by which others reach the same objects. */
  get url(): string {
    return this.#cluster.url;
  }

  /** A whole number that many count on. @param options.initial where it begins, 0 by default */
  counter(key: string, options: { readonly initial?: number } = {}): AtomicCounter {
    return new AtomicCounter(this.#place('counter', key, [options.initial]));
  }

  /** A whole number of any size, as a bigint. */
  atomicLong(key: string, options: { readonly initial?: bigint } = {}): AtomicLong {
    return new AtomicLong(this.#place('long', key, [options.initial]));
  }

  atomicBoolean(key: string, options: { readonly initial?: boolean } = {}): AtomicBoolean {
    return new AtomicBoolean(this.#place('boolean', key, [options.initial]));
  }

  /** One value of any kind, set and compared as a whole. */
  atomicReference<T>(key: string, options: { readonly initial?: T } = {}): AtomicReference<T> {
    return new AtomicReference<T>(this.#place('reference', key, [toValue(options.initial, 'initial')]));
  }

  /** Bytes that are set, compared and written in part. */
  atomicByteArray(key: string, options: { readonly initial?: Uint8Array } = {}): AtomicByteArray {
    return new AtomicByteArray(this.#place('bytes', key, [options.initial && Buffer.from(options.initial)]));
  }

  /** Content, replaced as a whole. */
  blob(key: string): Blob {
    return new Blob(this.#place('bytes', key, []));
  }

  list<T>(key: string): SharedList<T> {
    return new SharedList<T>(this.#place('list', key, []));
  }

  map<K, V>(key: string): SharedMap<K, V> {
    return new SharedMap<K, V>(this.#place('map', key, []));
  }

  /** A map in the order of its keys: numbers, bigints or strings, all of one kind. */
  treeMap<K extends number | bigint | string, V>(key: string): SharedTreeMap<K, V> {
    return new SharedTreeMap<K, V>(this.#place('treeMap', key, []));
  }

  set<T>(key: string): SharedSet<T> {
    return new SharedSet<T>(this.#place('set', key, []));
  }

  /**
   * First in, first out.
   * @param options.capacity items that it holds at most; without it, any number
   * @param options.redeliver what was taken comes back if the call or process that has it ends before `taskDone`
   */
  queue<T>(
    key: string,
    options: { readonly capacity?: number; readonly redeliver?: boolean } = {},
  ): SharedQueue<T> {
    return new SharedQueue<T>(this.#place('queue', key, [options.capacity, options.redeliver]));
  }

  /**
   * Two ends, between which messages go both ways.
   * @param options.capacity bytes that messages may take in each direction before they are received, 1 MiB by default
   */
  channel<T>(key: string, options: { readonly capacity?: number } = {}): Channel<T> {
    return new Channel<T>(this.#place('channel', key, [options.capacity]));
  }

  /** Numbers by row and column. @param options.fill what every element begins with, 0 by default */
  matrix(
    key: string,
    options: { readonly rows?: number; readonly columns?: number; readonly fill?: number } = {},
  ): SharedMatrix {
    return new SharedMatrix(this.#place('matrix', key, [options.rows, options.columns, options.fill]));
  }

  /**
   * Numbers of one type, as many as it is made with: `length` zeros, or `initial`. A use of one that is there need only
   * give the type.
   */
  typedArray<E extends ElementType>(
    key: string,
    options: {
      readonly type: E;
      readonly length?: number;
      readonly initial?: TypedArrayOf<E> | Iterable<ElementOf<E>>;
    },
  ): SharedTypedArray<E> {
    const { type, length, initial } = options;
    return new SharedTypedArray<E>(this.#place('typedArray', key, typedArrayConfig(type, length, initial)));
  }

  /** Where `parties` wait for each other, again and again. */
  barrier(key: string, options: { readonly parties?: number } = {}): CyclicBarrier {
    return new CyclicBarrier(this.#place('barrier', key, [options.parties]));
  }

  /** Where any number wait until `count` things have happened. */
  latch(key: string, options: { readonly count?: number } = {}): CountDownLatch {
    return new CountDownLatch(this.#place('latch', key, [options.count]));
  }

  /**
   * Permits. They belong to the call or process that acquired them, and come back when it ends; with `owned: false`
   * they do not, for semaphores by which one tells another that something has happened.
   * @param options.bound so many are to be had at most: to release more is refused, and who releases what others hold
   *   relieves them. A lock that anybody may release has `{ permits: 1, bound: 1 }`
   */
  semaphore(
    key: string,
    options: { readonly permits?: number; readonly owned?: boolean; readonly bound?: number } = {},
  ): Semaphore {
    return new Semaphore(this.#place('semaphore', key, [options.permits, options.owned, options.bound]));
  }

  /** Something that has happened, or not yet. */
  event(key: string): SharedEvent {
    return new SharedEvent(this.#place('event', key, []));
  }

  /** Mutual exclusion. `acquire()` gives a fencing token; who holds it and dies frees it. */
  lock(key: string): Lock {
    return new Lock(this.#place('lock', key, []));
  }

  /** A condition of a lock. @default the lock of the same key */
  condition(key: string, options: { readonly lock?: Lock } = {}): Condition {
    return (options.lock ?? this.lock(key)).condition(key);
  }

  /** A value that is set once, and waited for. */
  future<T>(key: string): SharedFuture<T> {
    return new SharedFuture<T>(this.#place('future', key, []));
  }

  /**
   * Combines a value of each of `parties`, again and again: all get the combined one. `op` is 'sum', 'min', 'max',
   * 'prod', on numbers, typed arrays and records of them, or a function of two values that runs at the server.
   */
  allReduce<T>(
    key: string,
    options: { readonly parties: number; readonly op: ReduceOperator | ReduceFunction<T> },
  ): AllReduce<T> {
    return AllReduce.make<T>(this.#cluster, key, options, this.#times, this.#lease);
  }

  /** Lines that the server's operator sees, the last of which are kept. */
  logger(key: string, options: { readonly capacity?: number } = {}): Logger {
    return new Logger(this.#place('logger', key, [options.capacity]));
  }

  /**
   * An object of a class of yours: its methods run where it is, one at a time. The class is captured now, with what it
   * closes over, and sent with the arguments, which make the object unless it exists.
   *
   * @throws {CaptureError} at once, when the class or an argument cannot travel
   */
  object<T extends object, A extends readonly unknown[]>(
    key: string,
    Class: UserClass<T, A>,
    ...args: A
  ): Shared<T> {
    this.#checkOpen();
    return UserObject.make(this.#cluster, key, Class, args, this.#times, this.#lease);
  }

  /** Deletes an object: who waits at it is told, and the next use makes it anew. */
  delete(handle: object, options?: WriteOptions): Promise<void> {
    return deleteObject(handle, options);
  }

  /** Deletes all objects of all members, one after another. */
  async clear(): Promise<void> {
    this.#checkOpen();
    await this.#cluster.administer('clear', []);
  }

  /** What each member holds and has done. */
  async stats(): Promise<NodeStats[]> {
    this.#checkOpen();
    return (await this.#cluster.administer('stats', [])).map((text) => JSON.parse(String(text)) as NodeStats);
  }

  /** The addresses of the members. */
  async members(): Promise<readonly string[]> {
    this.#checkOpen();
    await this.#cluster.open();
    return this.#cluster.members;
  }

  /**
   * Resolves when the objects can be reached: after `connect()` they were; after `open()` this makes the connection, and
   * no operation has to wait for that. When it rejects, operations still try.
   *
   * @throws {ConnectionError} when no server answers, or it refuses this client
   */
  async ready(): Promise<void> {
    this.#checkOpen();
    try {
      await this.#cluster.open();
    } catch (error) {
      if (error instanceof ConnectionError || error instanceof AggregateError) throw error;
      if (error instanceof DsoError && error.code === 'closed') throw error;
      throw new ConnectionError('not-connected', `cannot reach ${this.url}: ${String(error)}`, {
        cause: error,
      });
    }
  }

  /**
   * The same place, for objects that live no longer than this program: those whose first use is by handles of what this
   * gives, here or in a worker to which they have travelled. They are deleted when it is closed, or this one is; when the
   * program ends without that, as by its own `process.exit()`; and, if it cannot say so because it was killed, when
   * nothing has been heard of it for `ttlMs`. Handles that are used after that are refused.
   *
   * An object that is there already stays what it is.
   *
   * @throws {DsoError} `bad-argument` for a `ttlMs` that is not from 100 to 2592000000 (30 days)
   *
   * @example
   * await using mine = dso.leased();
   * const tasks = mine.queue<string>(randomUUID());
   */
  leased({ ttlMs = 3_600_000 }: LeaseOptions = {}): Dso {
    this.#checkOpen();
    if (!(Number.isSafeInteger(ttlMs) && ttlMs >= MIN_LEASE_MS && ttlMs <= MAX_LEASE_MS))
      throw new DsoError(
        'bad-argument',
        `ttlMs must be a whole number of milliseconds from ${MIN_LEASE_MS} to ${MAX_LEASE_MS}, not ${String(ttlMs)}`,
      );
    const keeper = new LeaseKeeper(this.#cluster, ttlMs);
    const leave = async (): Promise<void> => {
      this.#leased.delete(dso);
      await keeper.end();
    };
    const dso: Dso = new Dso(this.#cluster, leave, this.#times, keeper.lease);
    this.#leased.add(dso);
    return dso;
  }

  /**
   * @internal Resolves when all has its answer that was called in this process, by any handle, but for what waits for
   * others. The end of an executor's call drops what was called in it and has not been sent.
   */
  async settled(): Promise<void> {
    await Promise.all([...processState().clusters.values()].map((cluster) => cluster.settled()));
  }

  /**
   * Ends the connection, and what this process holds. Embedded objects are gone when the last user closes. Of what
   * {@link leased} has given, it deletes the objects; a server that cannot be reached deletes them when their time is over.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#leased.size > 0) await Promise.all([...this.#leased].map((dso) => dso.close()));
    await this.#leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #place(type: string, key: string, config: readonly Value[]): Place {
    this.#checkOpen();
    return { cluster: this.#cluster, type, key, config, times: this.#times, lease: this.#lease };
  }

  #checkOpen(): void {
    if (this.#closed) throw new DsoError('closed', 'these shared objects were closed');
  }
}
