import { DsoError, TimeoutError as NotInTime, SharedQueue } from '@skein/dso/handles';
import { badArgument, checkOptions, Empty, Full, ProcessError } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';
import { type BlockOptions, inTime, limitOf, type TimeoutOptions } from '../waiting.ts';
import { arrived, leaveBehind, onItsWay } from './on-its-way.ts';

export interface QueueOptions {
  /**
   * An item that was taken is not gone before `taskDone()`: when the process ends that has taken it, it is the next one
   * again. So each is handled at least once. For a {@link JoinableQueue}: no other one is told what is done.
   * @default false: an item is handled at most once, and lost with the process that has taken it
   */
  readonly redeliver?: boolean;
}

/**
 * A queue of any number of processes: first in, first out. What `put` has resolved for is in the queue, and stays there
 * until it is taken, whatever becomes of the process that has put it.
 */
export class Queue<T> {
  static readonly Empty: typeof Empty = Empty;
  static readonly Full: typeof Full = Full;

  /** How many items it holds at most; 0: any number. */
  readonly maxsize: number;
  /** @internal */
  readonly shared: SharedQueue<T>;
  readonly #redeliver: boolean;
  #closed = false;
  #isJoined = true;

  /** @param shared internal: where it has travelled */
  constructor(maxsize = 0, options: QueueOptions = {}, shared?: SharedQueue<T>) {
    if (!Number.isSafeInteger(maxsize))
      throw badArgument('maxsize', 'a whole number; 0: any number', maxsize);
    checkOptions('what a queue is made of', ['redeliver'], options);
    const { redeliver = false } = options;
    if (typeof redeliver !== 'boolean') throw badArgument('redeliver', 'true or false', redeliver);
    if (redeliver && !(this instanceof JoinableQueue))
      throw badArgument('redeliver', 'for a JoinableQueue, which has taskDone()', redeliver);
    this.maxsize = Math.max(0, maxsize);
    this.#redeliver = redeliver;
    const definition = {
      ...(this.maxsize === 0 ? {} : { capacity: this.maxsize }),
      ...(redeliver ? { redeliver } : {}),
    };
    this.shared = shared ?? make((dso, key) => dso.queue<T>(key, definition));
  }

  /** Adds an item; waits while the queue is full. @throws {Full} when there was no room in time */
  async put(item: T, options?: BlockOptions): Promise<void> {
    this.#checkOpen();
    const limit = limitOf(options);
    const putting = limit === undefined ? this.shared.offer(item) : inTime(this.shared.put(item, limit));
    const isIn = await (this.#isJoined ? onItsWay(this, putting) : putting);
    if (!isIn) throw new Full();
  }

  /** @throws {Full} when there is no room now */
  putNowait(item: T): Promise<void> {
    return this.put(item, { block: false });
  }

  /** Takes the next item; waits while there is none. @throws {Empty} when there was none in time */
  async get(options?: BlockOptions): Promise<T> {
    this.#checkOpen();
    const limit = limitOf(options);
    if (limit === undefined) {
      const items = await this.shared.drain(1);
      if (items.length === 0) throw new Empty();
      return items[0]!;
    }
    try {
      return await this.shared.take(limit);
    } catch (error) {
      if (error instanceof NotInTime) throw new Empty();
      throw error;
    }
  }

  /** @throws {Empty} when there is none now */
  getNowait(): Promise<T> {
    return this.get({ block: false });
  }

  /** How many items there are. */
  qsize(): Promise<number> {
    return this.shared.size();
  }

  async empty(): Promise<boolean> {
    return (await this.shared.size()) === 0;
  }

  async full(): Promise<boolean> {
    return this.maxsize > 0 && (await this.shared.size()) >= this.maxsize;
  }

  /** This process will not use it any more. What is in it stays for the others. */
  close(): void {
    this.#closed = true;
  }

  /** Waits for what this process has put and not awaited. A process does so at its end. */
  async joinThread(): Promise<void> {
    if (!this.#closed) throw new ProcessError('wrong-state', 'the queue is not closed: close() comes first');
    await arrived(this);
  }

  /** The process ends without waiting for room for what it has put and not awaited. */
  cancelJoinThread(): void {
    this.#isJoined = false;
    leaveBehind(this);
  }

  #checkOpen(): void {
    if (this.#closed) throw new ProcessError('closed', 'the queue was closed by this process');
  }

  /** @internal */
  static data(queue: Queue<unknown>): readonly [number, boolean] {
    return [queue.maxsize, queue.#redeliver];
  }
}

/** A queue that knows when all that was put into it has been worked off. */
export class JoinableQueue<T> extends Queue<T> {
  /** An item that was taken has been worked off. @throws {ProcessError} `too-often`: more than were put */
  async taskDone(): Promise<void> {
    try {
      await this.shared.taskDone();
    } catch (error) {
      if (!(error instanceof DsoError) || error.code !== 'too-many-done') throw error;
      throw new ProcessError('too-often', 'taskDone() was called more often than items were put');
    }
  }

  /** Waits until all items that were put have been worked off; whether they were, in time. */
  async join(options?: TimeoutOptions): Promise<boolean> {
    return inTime(this.shared.join(limitOf(options) ?? { timeoutMs: 0 }));
  }
}

travels(
  'Queue',
  Queue<unknown>,
  [SharedQueue<unknown>],
  (queue) => ({ handles: [queue.shared], data: Queue.data(queue) }),
  ([handle], [maxsize, redeliver]) => new Queue(maxsize, { redeliver }, handle),
);
travels(
  'JoinableQueue',
  JoinableQueue<unknown>,
  [SharedQueue<unknown>],
  (queue) => ({ handles: [queue.shared], data: Queue.data(queue) }),
  ([handle], [maxsize, redeliver]) => new JoinableQueue(maxsize, { redeliver }, handle),
);
