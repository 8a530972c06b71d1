/**
 * Zstandard of many frames with a table of them at the end (zstd's "seekable format", contrib/seekable_format): a position is
 * reached by unpacking the frame that it is in.
 */
import { malformed } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { collect } from '../source/collect.ts';
import { slice } from './unpacked-source.ts';
import { unzstd } from './zstd.ts';

const SKIPPABLE = 0x184d2a5e;
const SKIPPABLE_HEAD = 8;
const SEEKABLE = 0x8f92eab1;
const FOOTER = 9;
const HAS_CHECKSUMS = 0x80;

/** Where frames begin, packed and unpacked, and where the last one ends. */
interface Frames {
  readonly packed: readonly number[];
  readonly unpacked: readonly number[];
}

/** The table at an object's end; undefined where there is none. */
export async function readFrames(source: ByteSource, signal?: AbortSignal): Promise<Frames | undefined> {
  const { size = 0 } = source;
  if (size < FOOTER + SKIPPABLE_HEAD) return undefined;
  const footer = viewOf(await source.read(size - FOOTER, size, signal));
  if (footer.getUint32(5, true) !== SEEKABLE) return undefined;
  const count = footer.getUint32(0, true);
  const entry = footer.getUint8(4) & HAS_CHECKSUMS ? 12 : 8;
  const length = count * entry + FOOTER;
  const begin = size - length - SKIPPABLE_HEAD;
  const wrong = malformed(source.name, 'the table of its zstd frames is damaged');
  if (begin < 0) throw wrong;
  const table = viewOf(await source.read(begin, size, signal));
  if (table.getUint32(0, true) !== SKIPPABLE || table.getUint32(4, true) !== length) throw wrong;
  const packed = [0];
  const unpacked = [0];
  for (let at = 0; at < count; at++) {
    packed.push(packed[at]! + table.getUint32(SKIPPABLE_HEAD + at * entry, true));
    unpacked.push(unpacked[at]! + table.getUint32(SKIPPABLE_HEAD + at * entry + 4, true));
  }
  if (packed[count] !== begin) throw wrong;
  return { packed, unpacked };
}

/** The unpacked bytes, which have a size and can be read from anywhere. */
export class SeekableSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly version: string | undefined;
  readonly #source: ByteSource;
  readonly #frames: Frames;

  constructor(source: ByteSource, frames: Frames) {
    this.name = source.name;
    this.size = frames.unpacked.at(-1)!;
    this.version = source.version === undefined ? undefined : `${source.version}, unpacked`;
    this.#source = source;
    this.#frames = frames;
  }

  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    return collect(this.stream(start, end, signal));
  }

  async *stream(
    start: number,
    end: number = this.size,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const last = Math.min(end, this.size);
    if (start >= last) return;
    const { packed, unpacked } = this.#frames;
    const from = frameOf(unpacked, start);
    const to = frameOf(unpacked, last - 1) + 1;
    const frames = this.#source.stream(packed[from]!, packed[to]!, signal);
    const begin = unpacked[from]!;
    let given = 0;
    for await (const piece of slice(unzstd(frames, this.name), start - begin, last - begin)) {
      yield piece;
      given += piece.length;
    }
    if (given < last - start) throw malformed(this.name, 'its zstd frames are shorter than their table says');
  }
}

/** The frame that a position is in: the last that begins at or before it. */
function frameOf(begins: readonly number[], position: number): number {
  let [low, high] = [0, begins.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (begins[middle]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
