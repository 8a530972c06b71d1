import { malformed } from '../errors.ts';

/** What no text in UTF-8 begins with, and what it is. */
const OTHERS: readonly (readonly [begin: readonly number[], what: string])[] = [
  [[0xff, 0xfe], 'as UTF-16 does, and text is read as UTF-8: iconv -f UTF-16 -t UTF-8 converts it'],
  [[0xfe, 0xff], 'as UTF-16 does, and text is read as UTF-8: iconv -f UTF-16 -t UTF-8 converts it'],
  [[0x1f, 0x8b, 0x08], "as gzip does: the option compression: 'gzip' unpacks it"],
  [[0x28, 0xb5, 0x2f, 0xfd], "as zstd does: the option compression: 'zstd' unpacks it"],
];

/**
 * Looks at the first bytes of a text.
 *
 * @throws {PartitionError} `malformed`, if by them all that follows would be read as something that it is not
 */
export function checkUtf8(begin: Uint8Array, name: string): void {
  const other = OTHERS.find(([bytes]) => bytes.every((byte, at) => begin[at] === byte));
  if (other !== undefined) throw malformed(name, `it begins ${other[1]}`);
}

/** The same pieces, of which the first is looked at if a text begins with it. */
export async function* utf8(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  atStart: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  let begins = atStart;
  for await (const piece of pieces) {
    if (begins) checkUtf8(piece, name);
    begins = false;
    yield piece;
  }
}
