import { setMaxListeners } from 'node:events';

/** Does something with each item, some at a time; after a failure no other is begun, and those under way are ended. */
export async function forEachAtOnce<T>(
  items: Iterable<T>,
  atOnce: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  setMaxListeners(0, both); // each of those under way listens
  const left = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = left.next(); !next.done && !both.aborted; next = left.next())
      await work(next.value, both);
  };
  const workers = Array.from({ length: atOnce }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
  signal?.throwIfAborted();
}
