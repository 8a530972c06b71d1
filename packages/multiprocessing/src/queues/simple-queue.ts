import { SharedQueue } from '@skein/dso/handles';
import { travels } from '../portable.ts';
import { Queue } from './queue.ts';

/** A queue without bound, and without the rest. */
export class SimpleQueue<T> {
  readonly #queue: Queue<T>;

  /** @param shared internal: where it has travelled */
  constructor(shared?: SharedQueue<T>) {
    this.#queue = new Queue<T>(0, {}, shared);
  }

  put(item: T): Promise<void> {
    return this.#queue.put(item);
  }

  /** Takes the next item; waits while there is none. */
  get(): Promise<T> {
    return this.#queue.get();
  }

  empty(): Promise<boolean> {
    return this.#queue.empty();
  }

  /** This process will not use it any more. */
  close(): void {
    this.#queue.close();
  }

  static {
    travels(
      'SimpleQueue',
      SimpleQueue<unknown>,
      [SharedQueue<unknown>],
      (queue) => ({ handles: [queue.#queue.shared], data: null }),
      ([handle]) => new SimpleQueue(handle),
    );
  }
}
