import type { ByteSource } from './byte-source.ts';
import { collect } from './collect.ts';

/** All of a source that cannot be read from the middle, or of nobody knows what length, held in memory. */
export async function hold(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<ByteSource & { readonly size: number }> {
  const { name } = source;
  const bytes = await collect(source.stream(0, undefined, signal));
  return {
    name,
    size: bytes.length,
    read: async (start, end) => bytes.subarray(start, end),
    async *stream(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}
