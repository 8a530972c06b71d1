import type { ByteSource } from './byte-source.ts';

/** All of a source that cannot be read from the middle, or of nobody knows what length, held in memory. */
export async function hold(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<ByteSource & { readonly size: number }> {
  const { name } = source;
  const pieces: Uint8Array[] = [];
  for await (const piece of source.stream(0, undefined, signal)) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return {
    name,
    size: bytes.length,
    read: async (start, end) => bytes.subarray(start, end),
    async *stream(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}
