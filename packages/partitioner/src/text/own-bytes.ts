/**
 * Which lines of an object are a part's: those that begin in `[start, end)`. A position begins a line if it is 0 or a newline
 * ends there, so that `start` is judged from the bytes before it, and the last line is read on beyond `end`. Every position is
 * judged alike by all parts, hence what they own is the object, each byte once.
 */
import type { Cut } from '../format/format.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { onward } from '../source/onward.ts';
import type { Newline } from './newline.ts';
import { NewlineFinder } from './newline-finder.ts';

/** Bytes beyond a part that are read with it: most last lines end there, and no second request is needed. */
const OVERLAP = 16 * 1024;

/** The bytes of a part's lines. Pieces end anywhere; see {@link ByteSource.stream} for `into`. */
export async function* ownBytes(
  source: ByteSource,
  cut: Cut,
  newline: Newline,
  signal?: AbortSignal,
  into?: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { start, end } = cut;
  let position = Math.max(0, start - newline.behind);
  const begin = start === 0 ? undefined : new NewlineFinder(newline, position);
  let begun = begin === undefined;
  let last: NewlineFinder | undefined;
  for await (let piece of onward(source, position, end + OVERLAP, signal, into)) {
    if (!begun) {
      const first = begin!.feed(piece);
      const seen = position + piece.length;
      if (first >= end || (first < 0 && seen >= end)) return; // a line that began before goes on
      if (first < 0) {
        position = seen;
        continue;
      }
      piece = piece.subarray(first - position);
      position = first;
      begun = true;
    }
    const seen = position + piece.length;
    if (seen > end - newline.behind) {
      const from = Math.max(0, end - newline.behind - position);
      last ??= new NewlineFinder(newline, position + from);
      const after = last.feed(piece.subarray(from));
      if (after >= 0) {
        if (after > position) yield piece.subarray(0, after - position);
        return;
      }
    }
    if (piece.length > 0) yield piece;
    position = seen;
  }
}
