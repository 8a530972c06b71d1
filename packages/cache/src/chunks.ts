/** Bytes in chunks of one size, the last one shorter. */

/** Far below what servers take at once; while Redis copies one it does nothing else, for a fraction of a millisecond. */
export const CHUNK_BYTES: number = 2 ** 20;
/** Below it buffers are pieces of Node's pool, each at a multiple of 8: one of its own costs more than all else that reads such an entry. */
const POOLED_BYTES = 4 * 1024;
/** Under way at a time: enough to keep a connection busy, and no more memory than that. */
const AT_ONCE = 4;

/** Cuts what lies in pieces. A chunk within one piece is a view of it. */
export function* chunksOf(parts: readonly Uint8Array[]): Generator<Buffer> {
  let pieces: Uint8Array[] = [];
  let room = CHUNK_BYTES;
  for (let part of parts) {
    while (part.byteLength >= room) {
      yield joined([...pieces, part.subarray(0, room)]);
      part = part.subarray(room);
      pieces = [];
      room = CHUNK_BYTES;
    }
    if (part.byteLength === 0) continue;
    pieces.push(part);
    room -= part.byteLength;
  }
  if (pieces.length > 0) yield joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Buffer {
  const [first] = pieces;
  // The client takes any other view of bytes for something to be made text of.
  return pieces.length === 1
    ? Buffer.from(first!.buffer, first!.byteOffset, first!.byteLength)
    : Buffer.concat(pieces);
}

/** Memory that begins at a multiple of 8, as bodies of entries do. */
export function alignedBuffer(bytes: number): Buffer {
  return bytes < POOLED_BYTES ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes);
}

/** Does something for each, a few at a time; the first failure ends it. */
export async function forEachAtOnce<T>(
  items: Iterable<T>,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let next = 0;
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (let { value, done } = rest.next(); !done && !hasFailed; { value, done } = rest.next()) {
      try {
        await work(value, next++);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
