import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, malformed, messageOf } from '../errors.ts';

/** Bytes that are unpacked at a time. */
const PIECE = 256 * 1024;
/** At least the zeros that may be a member's own, at its end: an empty one ends with a checksum and a length of 0. */
const OWN_ZEROS = 64;

/**
 * Unpacks gzip (RFC 1952): the members of a file are one text, and nothing unpacks to nothing. What is cut off, damaged (by its
 * checksum), or followed by something else than zeros, which pad files on tapes, is an error.
 */
export async function* gunzip(
  packed: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: PIECE });
  const content = new Content(packed);
  const fed = new Promise<void>((resolve, reject) => {
    pipeline(content.pieces(), gunzip, (error) => (error ? reject(error) : resolve()));
  });
  fed.catch(() => {}); // also where it is not waited for
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
    await fed;
  } catch (cause) {
    const code = String(codeOf(cause));
    if (content.end === 0 && code === 'Z_BUF_ERROR') return;
    if (code.startsWith('Z_')) throw malformed(name, `is no whole gzip: ${messageOf(cause)}`, cause);
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause;
  } finally {
    gunzip.destroy();
  }
  // Behind a member zlib takes no more when it meets a zero, whatever comes then.
  if (content.end > gunzip.bytesWritten)
    throw malformed(
      name,
      `is no whole gzip: there is more behind byte ${gunzip.bytesWritten}, where it ends`,
    );
}

/** Packed bytes without the zeros behind them. */
class Content {
  /** Behind the last byte so far that is not zero. */
  end = 0;
  readonly #packed: AsyncIterable<Uint8Array>;

  constructor(packed: AsyncIterable<Uint8Array>) {
    this.#packed = packed;
  }

  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    /** Zeros that belong to what they are followed by, if anything comes. */
    let zeros = 0;
    for await (const piece of this.#packed) {
      const length = piece.findLastIndex((byte) => byte !== 0) + 1;
      if (length > 0) {
        yield* zerosOf(zeros);
        this.end += zeros + length;
        zeros = 0;
        yield piece.subarray(0, length);
      }
      zeros += piece.length - length;
    }
    yield* zerosOf(Math.min(zeros, OWN_ZEROS));
  }
}

function* zerosOf(count: number): Generator<Uint8Array, void, undefined> {
  for (let left = count; left > 0; left -= PIECE) yield new Uint8Array(Math.min(left, PIECE));
}
