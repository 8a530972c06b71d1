import type { ByteSource } from './byte-source.ts';

/** How many objects' footers and headers a process keeps. */
const KEPT = 64;

const bySource = new WeakMap<ByteSource, Map<string, Promise<unknown>>>();
const byVersion = new Map<string, Promise<unknown>>();

/**
 * What is read of each version of an object once in this process, and not for each part: a footer, a header. Of a version
 * that nothing tells from others, once for each source.
 *
 * @param what of the object is read: it tells values apart
 */
export function oncePerVersion<T>(source: ByteSource, what: string, read: () => Promise<T>): Promise<T> {
  const { version } = source;
  let kept: Map<string, Promise<unknown>> | undefined = byVersion;
  if (version === undefined) {
    kept = bySource.get(source) ?? new Map();
    bySource.set(source, kept);
  }
  const key = JSON.stringify([what, source.name, version]);
  const found = kept.get(key) as Promise<T> | undefined;
  const value = found ?? read();
  if (found === undefined) value.catch(() => kept.delete(key)); // neither failures nor aborts are remembered
  kept.delete(key); // and set again: the last used is the last to go
  kept.set(key, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return value;
}
