import type { ByteSource } from './byte-source.ts';

/** The first request beyond what was likely to be enough, and the largest: they double. */
const FIRST_STEP = 64 * 1024;
const LARGEST_STEP = 1024 * 1024;

/** From a position on, as long as somebody goes on: up to `likely` in one request. See {@link ByteSource.stream} for `into`. */
export async function* onward(
  source: ByteSource,
  from: number,
  likely: number,
  signal?: AbortSignal,
  into?: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { size } = source;
  if (size === undefined) {
    yield* source.stream(from, undefined, signal, into);
    return;
  }
  const first = Math.min(size, Math.max(from, likely));
  if (first > from) yield* source.stream(from, first, signal, into);
  for (let at = first, step = FIRST_STEP; at < size; at += step, step = Math.min(step * 2, LARGEST_STEP))
    yield await source.read(at, Math.min(size, at + step), signal);
}
