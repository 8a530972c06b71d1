import { badArgument } from '../errors.ts';
import { Process } from '../process/process.ts';
import { type Limit, limitOf, type TimeoutOptions, within } from '../waiting.ts';
import { Connection } from './connection.ts';

/** What {@link wait} waits for: something to receive, the end of a process, or of anything else. */
export type Waitable = Connection<never, unknown> | Process<never[]> | Promise<unknown>;

/**
 * Python's `multiprocessing.connection.wait`: which of these are ready, as soon as one is; none when the time is up.
 * Nothing is received by it.
 */
export async function wait<W extends Waitable>(
  objects: readonly W[],
  options: TimeoutOptions = {},
): Promise<W[]> {
  if (!Array.isArray(objects)) throw badArgument('the objects to wait for', 'an array', objects);
  const limit = limitOf(options);
  if (limit === undefined) {
    const looks = await Promise.all(objects.map(isReadyNow));
    return objects.filter((_, i) => looks[i]);
  }
  const over = new AbortController();
  const signal = limit.signal === undefined ? over.signal : AbortSignal.any([over.signal, limit.signal]);
  const ready = new Set<W>();
  try {
    await new Promise<void>((resolve, reject) => {
      let waiting = objects.length;
      if (waiting === 0) resolve();
      for (const object of objects) {
        isReady(object, { ...limit, signal }).then((is) => {
          if (is) ready.add(object);
          if (is || --waiting === 0) resolve();
        }, reject);
      }
    });
  } finally {
    over.abort();
  }
  return objects.filter((object) => ready.has(object));
}

async function isReady(object: Waitable, limit: Limit): Promise<boolean> {
  if (object instanceof Connection)
    return object.poll({ ...limit, timeoutMs: Number.isFinite(limit.timeoutMs) ? limit.timeoutMs : null });
  return within(ended(object), limit);
}

async function isReadyNow(object: Waitable): Promise<boolean> {
  if (object instanceof Connection) return object.poll();
  const now = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  return Promise.race([ended(object), now]);
}

function ended(object: Process<never[]> | Promise<unknown>): Promise<boolean> {
  const end = object instanceof Process ? object.sentinel : object;
  if (!(end instanceof Promise))
    throw badArgument('an object to wait for', 'a connection, a process or a promise', object);
  return end.then(
    () => true,
    () => true,
  );
}
