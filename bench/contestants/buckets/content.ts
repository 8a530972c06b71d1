/**
 * What is in the objects. Byte i of object n is byte (i + n) % 4096 of one block without a pattern, in all languages: quick to
 * make, which is nobody's business here, and each object is another one.
 */
import { createHash } from 'node:crypto';

const BLOCK = 4096;
const block: Buffer = createHash('shake256', { outputLength: BLOCK }).update('skein').digest();

/** The first `count` objects of that many bytes. They share their memory. */
export function contents(count: number, bytes: number): Uint8Array[] {
  const all = Buffer.alloc(bytes + count, block);
  return Array.from({ length: count }, (_, n) => all.subarray(n, n + bytes));
}

export function contentOf(n: number, bytes: number): Uint8Array {
  return Buffer.alloc(bytes + n, block).subarray(n);
}

/** Looks at its length and ends: more would be work that is none of the store's. */
export function isContentOf(n: number, bytes: number, body: Uint8Array): boolean {
  return (
    body.byteLength === bytes &&
    body[0] === block[n % BLOCK] &&
    body[bytes - 1] === block[(n + bytes - 1) % BLOCK]
  );
}

const PIECE = 2 ** 20;

/** A body of that many bytes which is never in memory as a whole. */
export function* pieces(bytes: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(Math.min(PIECE, bytes), block);
  for (let left = bytes; left > 0; left -= PIECE) yield left < PIECE ? piece.subarray(0, left) : piece;
}
