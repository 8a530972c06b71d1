/** Work that is done several at a time, and given in order. */
import { setImmediate as turn } from 'node:timers/promises';

/**
 * What `act` makes of each item, in their order. Up to `width` items are read and in the making ahead of who consumes.
 *
 * @param cancel called when nobody wants more, before what is in the making is waited for
 */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T>,
  act: (item: T) => R | Promise<R>,
  width: number,
  cancel?: () => void,
): AsyncGenerator<R, void, undefined> {
  const iterator = oneByOne(items);
  const made: Promise<{ readonly value: R } | undefined>[] = [];
  const make = async (): Promise<{ readonly value: R } | undefined> => {
    const { done, value } = await iterator.next();
    return done ? undefined : { value: await act(value) };
  };
  try {
    for (;;) {
      while (made.length < width) made.push(heardLater(make()));
      const first = await made.shift();
      if (first === undefined) return;
      yield first.value;
    }
  } finally {
    cancel?.();
    await iterator.return();
    await Promise.allSettled(made);
  }
}

/** What all sources give, one source after another. Up to `width` of them are opened, and their first items read, ahead. */
export async function* concatInOrder<T>(
  sources: AsyncIterable<AsyncIterable<T>>,
  width: number,
  cancel?: () => void,
): AsyncGenerator<T, void, undefined> {
  const open = new Set<AsyncIterator<T>>();
  const begin = async (source: AsyncIterable<T>): Promise<[AsyncIterator<T>, IteratorResult<T>]> => {
    const iterator = source[Symbol.asyncIterator]();
    open.add(iterator);
    return [iterator, await iterator.next()];
  };
  try {
    for await (const [iterator, first] of mapInOrder(sources, begin, width, cancel)) {
      for (let result = first; !result.done; result = await iterator.next()) yield result.value;
      open.delete(iterator);
    }
  } finally {
    for (const iterator of open) await iterator.return?.();
  }
}

/**
 * Items in lists of what came in one turn of the event loop, at most `most` of them: each step of an asynchronous loop, and
 * there is one for each stage, is taken for a list and not for an item, and still nothing waits for what has not come.
 */
export async function* inLists<T>(
  items: AsyncIterable<T>,
  most: number,
): AsyncGenerator<readonly T[], void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  let list: T[] = [];
  let ended = false;
  const some = new Bell();
  const room = new Bell();
  const read = async (): Promise<void> => {
    try {
      for (let result = await iterator.next(); !result.done; result = await iterator.next()) {
        list.push(result.value);
        some.ring();
        while (list.length >= most && !ended) await room.rung();
      }
    } finally {
      ended = true;
      some.ring();
    }
  };
  const reading = heardLater(read());
  try {
    for (;;) {
      if (list.length === 0 && !ended) await some.rung();
      if (list.length < most && !ended) await turn();
      const given = list;
      list = [];
      if (given.length > 0) yield given;
      else if (ended) return await reading; // which may have failed
      room.ring();
    }
  } finally {
    ended = true;
    room.ring();
    await iterator.return?.();
  }
}

/** Wakes one waiter; a ring that nobody waited for is heard by the next. */
class Bell {
  #heard: (() => void) | undefined;
  #rang = false;

  ring(): void {
    this.#rang = true;
    this.#heard?.();
  }

  async rung(): Promise<void> {
    if (!this.#rang) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    this.#rang = false;
    this.#heard = undefined;
  }
}

/** A generator takes several requests at once, and serves them one by one; not every iterable does. */
async function* oneByOne<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** A failure is told when its turn comes; until then it is no unhandled one. */
function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
