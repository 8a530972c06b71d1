import type { Newline } from './newline.ts';

/**
 * Lines in batches, one for each piece that ends any: whole blocks of lines are decoded at once and then split, which no
 * decoding line by line comes near.
 *
 * @param pieces of memory that may be used again for the next one
 * @param atStart whether they are the beginning of an object, before which a byte order mark may stand
 */
export async function* lineBatches(
  pieces: AsyncIterable<Uint8Array>,
  newline: Newline,
  atStart: boolean,
): AsyncGenerator<readonly string[], void, undefined> {
  let first = atStart;
  /** The beginning of a line whose end has not come. */
  let open: Uint8Array[] = [];
  const batch = (block: Uint8Array): string[] => {
    const lines = newline.split(block, first);
    first = false;
    return lines;
  };
  for await (const piece of pieces) {
    const seen = newline.local ? piece : Buffer.concat([...open.splice(0), piece]);
    const end = newline.lastEnd(seen);
    if (end >= 0) {
      const block =
        open.length === 0 ? seen.subarray(0, end) : Buffer.concat([...open, seen.subarray(0, end)]);
      open = [];
      yield batch(block);
    }
    if (end < seen.length) open.push(Buffer.from(seen.subarray(Math.max(0, end))));
  }
  if (open.length > 0) yield batch(Buffer.concat(open));
}
