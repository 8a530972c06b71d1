import type { Undo } from '../client/pending.ts';
import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { positive, received, valuesOf } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValue, fromValueLoading, toValue } from './values.ts';

const CODES = codesOf('queue');

/**
 * A queue that many share: first in, first out, and so are those who wait. Made with a `capacity`, it lets those wait
 * who put more. Who gives up, times out or dies while it waits leaves nothing.
 *
 * It counts items that are unfinished: {@link taskDone} marks them as done, {@link join} waits until all are.
 *
 * Made with `redeliver`, what was taken belongs to the call or process that has taken it until that says `taskDone`. If
 * it ends before, its items come back to where they were, for others to take: each is delivered at least once. Whoever
 * takes says `redeliver` too, or has a handle that was made so.
 */
export class SharedQueue<T> extends SharedObject {
  /** Adds an item; waits while the queue is full. */
  async put(item: T, options?: WriteOptions): Promise<void> {
    await this.writeWaiting(CODES.put, [toValue(item, 'the item')], options);
  }

  /**
   * Adds items in their order, in one operation: as many as there is room for, then each as soon as there is. If it times
   * out, or is given up, those that have come in stay.
   */
  async putAll(items: Iterable<T>, options?: WriteOptions): Promise<void> {
    await this.writeWaiting(CODES.put, valuesOf('the items', items), options);
  }

  /** Adds an item if there is room; whether there was. */
  async offer(item: T, options?: WriteOptions): Promise<boolean> {
    return fromValue(await this.write(CODES.offer, [toValue(item, 'the item')], options));
  }

  /**
   * Takes the next item; waits while there is none.
   * @throws {OutcomeUnknownError} when it may have been taken, and is lost then: to put it back would change the order.
   *   With `redeliver` it comes back
   */
  async take(options?: WriteOptions): Promise<T> {
    const undo = this.#redelivers ? giveBack : undefined;
    return fromValueLoading(await this.writeWaiting(CODES.take, [], options, undo));
  }

  /** Takes the next item, or gives `undefined`; where items may be that themselves, `drain(1)` tells the difference. */
  async poll(options?: WriteOptions): Promise<T | undefined> {
    const [item] = await this.#takeThere(CODES.poll, [], options);
    return fromValueLoading(item);
  }

  /** The next item, which stays. */
  async peek(options?: CallOptions): Promise<T | undefined> {
    const [item] = (await this.read(CODES.peek, [], options)) as readonly Value[];
    return fromValueLoading(item);
  }

  /** Takes what is there at one moment: `most` items, and about 1 MiB. An empty array says that there was nothing. */
  async drain(most?: number, options?: WriteOptions): Promise<T[]> {
    const args = most === undefined ? [] : [positive('how many to take', most)];
    return received(await this.#takeThere(CODES.drain, args, options));
  }

  /** How many items there are to be taken; those that wait to be put are not counted. */
  async size(options?: CallOptions): Promise<number> {
    return fromValue(await this.read(CODES.size, [], options));
  }

  /** Removes all items, as if they were done. Those that wait to be put come in then; those that were taken stay so. */
  async clear(options?: WriteOptions): Promise<void> {
    await this.write(CODES.clear, [], options);
  }

  /**
   * Marks `n` items as done, and gives how many are unfinished still. With `redeliver`, those that this call or process
   * has had for longest.
   * @throws {DsoError} `too-many-done`: there are fewer to be marked; nothing has changed
   */
  async taskDone(n = 1, options?: WriteOptions): Promise<number> {
    const args = [positive('how many are done', n)];
    return (await this.write(CODES.taskDone, args, options)) as number;
  }

  /**
   * Waits until every item that was put has been marked as done, or was removed; at once if there is none.
   * @throws {TimeoutError} when that took too long
   */
  async join(options?: WriteOptions): Promise<void> {
    await this.writeWaiting(CODES.join, [], options);
  }

  /** How many items were put and are not done, taken or not. */
  async unfinished(options?: CallOptions): Promise<number> {
    return (await this.read(CODES.unfinished, [], options)) as number;
  }

  get #redelivers(): boolean {
    return this.place.config[1] === true;
  }

  async #takeThere(
    operation: number,
    args: readonly Value[],
    options: WriteOptions | undefined,
  ): Promise<readonly Value[]> {
    const reply = this.#redelivers
      ? await this.writeTaking(operation, args, options, giveBackAll)
      : await this.write(operation, args, options);
    return reply as readonly Value[];
  }
}

/** What came when its caller had been told that nobody knows. */
const giveBack: Undo = (item) => [{ operation: CODES.giveBack, args: [item] }];
const giveBackAll: Undo = (items) => [{ operation: CODES.giveBack, args: items as readonly Value[] }];
