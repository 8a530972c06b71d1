import { PartitionError } from '../errors.ts';

/** How many texts are encoded at once: few enough for the longest string there can be, many enough to be fast. */
const BLOCK = 4096;
/** Where a column of Arrow's text with offsets of 32 bits ends. */
const MOST = 2 ** 31 - 1;

/** The UTF-8 of texts, one behind another, and where each begins; null is as ''. */
export function packTexts(texts: readonly (string | null | undefined)[]): {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
} {
  const offsets = new Int32Array(texts.length + 1);
  const blocks: Uint8Array[] = [];
  let length = 0;
  for (let from = 0; from < texts.length; from += BLOCK) {
    const some = texts.slice(from, from + BLOCK);
    const joined = some.join('');
    let block = Buffer.from(joined);
    const ascii = block.length === joined.length;
    let end = length;
    for (const [at, text] of some.entries()) {
      end += text ? (ascii ? text.length : Buffer.byteLength(text)) : 0;
      offsets[from + at + 1] = end;
    }
    // Halves of a character at the ends of two texts have become one.
    if (end - length !== block.length) block = Buffer.concat(some.map((text) => Buffer.from(text ?? '')));
    blocks.push(block);
    length = end;
    if (length > MOST) throw tooLarge();
  }
  return { offsets, bytes: Buffer.concat(blocks, length) };
}

/** The same of bytes. */
export function packBytes(values: ArrayLike<Uint8Array | null | undefined>): {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
} {
  const offsets = new Int32Array(values.length + 1);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (value) pieces.push(value);
    length += value?.length ?? 0;
    offsets[at + 1] = length;
  }
  if (length > MOST) throw tooLarge();
  return { offsets, bytes: Buffer.concat(pieces, length) };
}

function tooLarge(): PartitionError {
  return new PartitionError(
    'unsupported',
    'a column of a batch holds up to 2 GiB of text: take smaller parts',
  );
}
