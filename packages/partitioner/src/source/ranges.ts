import type { ByteSource } from './byte-source.ts';
import type { Memory } from './memory.ts';

/** The bytes `[start, end)` of a source. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Bytes that are read though nobody asked for them, where that is sooner done than to ask again. */
const GAP = 64 * 1024;
const AT_ONCE = 8;

/** Pieces of a source that were read, of which ranges are views. */
export class Pieces {
  readonly #pieces: readonly (Range & { readonly bytes: Uint8Array })[];

  constructor(pieces: readonly (Range & { readonly bytes: Uint8Array })[]) {
    this.#pieces = pieces;
  }

  /** A range that was asked for; undefined where the source ends before it does. */
  get({ start, end }: Range): Uint8Array | undefined {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#pieces[middle]?.end ?? 0) < end) low = middle + 1;
      else high = middle;
    }
    const piece = this.#pieces[low];
    if (piece === undefined || start < piece.start || end - piece.start > piece.bytes.length)
      return undefined;
    return piece.bytes.subarray(start - piece.start, end - piece.start);
  }
}

/** Reads ranges, those that lie close together at once. */
export async function readRanges(
  source: ByteSource,
  ranges: readonly Range[],
  signal?: AbortSignal,
  memory?: Memory,
): Promise<Pieces> {
  const joined = join(ranges);
  const pieces: (Range & { readonly bytes: Uint8Array })[] = [];
  for (let from = 0; from < joined.length; from += AT_ONCE) {
    const some = joined.slice(from, from + AT_ONCE).map(async ({ start, end }) => {
      return { start, end, bytes: await source.read(start, end, signal, memory) };
    });
    pieces.push(...(await Promise.all(some)));
  }
  return new Pieces(pieces);
}

function join(ranges: readonly Range[]): readonly Range[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && start - last.end <= GAP) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}
