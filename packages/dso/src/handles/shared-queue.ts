import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { positive, received } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValue, fromValueLoading, toValue } from './values.ts';

const CODES = codesOf('queue');

/**
 * A queue that many share: first in, first out, and so are those who wait. Made with a `capacity`, it lets those wait
 * who put more. Who gives up, times out or dies while it waits leaves nothing.
 */
export class SharedQueue<T> extends SharedObject {
  /** Adds an item; waits while the queue is full. */
  async put(item: T, options?: WriteOptions): Promise<void> {
    await this.writeWaiting(CODES.put, [toValue(item, 'the item')], options);
  }

  /** Adds an item if there is room; whether there was. */
  async offer(item: T, options?: WriteOptions): Promise<boolean> {
    return fromValue(await this.write(CODES.offer, [toValue(item, 'the item')], options));
  }

  /**
   * Takes the next item; waits while there is none.
   * @throws {OutcomeUnknownError} when it may have been taken, and is lost then: to put it back would change the order
   */
  async take(options?: WriteOptions): Promise<T> {
    return fromValueLoading(await this.writeWaiting(CODES.take, [], options));
  }

  /** Takes the next item, or gives `undefined`; where items may be that themselves, `drain(1)` tells the difference. */
  async poll(options?: WriteOptions): Promise<T | undefined> {
    const [item] = (await this.write(CODES.poll, [], options)) as readonly Value[];
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
    const items = (await this.write(CODES.drain, args, options)) as readonly Value[];
    return received(items);
  }

  /** How many items there are; those that wait to be put are not counted. */
  async size(options?: CallOptions): Promise<number> {
    return fromValue(await this.read(CODES.size, [], options));
  }

  /** Removes all items. Those that wait to be put come in then. */
  async clear(options?: WriteOptions): Promise<void> {
    await this.write(CODES.clear, [], options);
  }
}
