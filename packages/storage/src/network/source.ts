import type { Body } from '../driver.ts';

/**
 * Writes a body whose source is the caller's. When that fails, its own error is the one that comes out, and not what a
 * driver makes of an error that it does not know.
 */
export async function fromSource<T>(body: Body, write: (body: Body) => Promise<T>): Promise<T> {
  if (body.kind === 'bytes') return write(body);
  let failure: { readonly error: unknown } | undefined;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* body.chunks;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  try {
    return await write({ kind: 'stream', chunks: chunks() });
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  }
}
