import type { Cut } from '../format/format.ts';
import { Pool } from '../pool.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { ByteCounter } from './byte-counter.ts';
import type { Newline } from './newline.ts';
import { ownBytes } from './own-bytes.ts';
import { utf8 } from './utf8.ts';

const counters = new Pool(() => new ByteCounter());

/** How many lines a part owns, without making them. */
export function countLines(
  source: ByteSource,
  cut: Cut,
  newline: Newline,
  signal?: AbortSignal,
): Promise<number> {
  const { byte } = newline;
  return byte === undefined || source.size === undefined
    ? countInOwnBytes(source, cut, newline, signal)
    : countBegins(source, cut, source.size, byte, signal);
}

/**
 * Counts positions in `[start, end)` that begin a line: 0, and those behind a newline of one byte. That takes no byte
 * beyond the part, and no line has to be found.
 */
async function countBegins(
  source: ByteSource,
  { start, end }: Cut,
  size: number,
  byte: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (size === 0) return 0;
  return counters.use(async (counter) => {
    let count = start === 0 ? 1 : 0;
    const pieces = source.stream(Math.max(0, start - 1), Math.min(end, size) - 1, signal, counter.window);
    for await (const piece of utf8(pieces, source.name, start === 0)) count += counter.count(piece, byte);
    return count;
  });
}

/** Counts the newlines of the part's lines; the last line of an object needs none. */
async function countInOwnBytes(
  source: ByteSource,
  cut: Cut,
  newline: Newline,
  signal: AbortSignal | undefined,
): Promise<number> {
  let count = 0;
  let open: Uint8Array = Buffer.alloc(0);
  const pieces = ownBytes(source, cut, newline, signal);
  for await (const piece of utf8(pieces, source.name, cut.start === 0)) {
    const seen = open.length === 0 ? piece : Buffer.concat([open, piece]);
    let from = 0;
    for (let end = newline.endAfter(seen, 0); end >= 0; end = newline.endAfter(seen, from)) {
      from = end;
      count++;
    }
    // Of a long line only what may be the beginning of its newline is kept.
    open = seen.subarray(Math.max(from, seen.length - newline.length));
  }
  return open.length === 0 ? count : count + 1;
}
