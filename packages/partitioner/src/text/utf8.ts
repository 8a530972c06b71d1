import { malformed } from '../errors.ts';

/**
 * Looks at the first bytes of a text.
 *
 * @throws {PartitionError} `malformed`, for a byte order mark of UTF-16, or of UTF-32, of which all that follows would be read wrongly
 */
export function checkUtf8(begin: Uint8Array, name: string): void {
  const [first, second] = begin;
  if (!(first === 0xff && second === 0xfe) && !(first === 0xfe && second === 0xff)) return;
  throw malformed(
    name,
    'begins as UTF-16 does, and text is read as UTF-8: iconv -f UTF-16 -t UTF-8 converts it',
  );
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
