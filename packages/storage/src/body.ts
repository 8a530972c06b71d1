import type { Readable } from 'node:stream';
import type { Body } from './driver.ts';
import { badArgument } from './errors.ts';

/** Pieces of a body that arrives over time. */
export type BodyChunk = Uint8Array | string;

/**
 * What can be stored: bytes, text (as UTF-8), an array of pieces written one after the other without being joined, or
 * anything that yields pieces over time (Node and web streams are async iterables), read no faster than the store takes it.
 */
export type BodyInput =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | readonly Uint8Array[]
  | Blob
  | AsyncIterable<BodyChunk>;

const EXPECTED =
  'a string, bytes, an array of Uint8Arrays, a Blob, a stream or another async iterable of bytes';

/** Any body as a driver takes it. Nothing is copied. */
export function toBody(input: BodyInput, signal: AbortSignal | undefined): Body {
  if (typeof input === 'string') return bytes([Buffer.from(input)]);
  if (input instanceof Uint8Array) return bytes([input]);
  if (ArrayBuffer.isView(input))
    return bytes([new Uint8Array(input.buffer, input.byteOffset, input.byteLength)]);
  if (input instanceof ArrayBuffer) return bytes([new Uint8Array(input)]);
  if (Array.isArray(input)) return bytes(input as readonly Uint8Array[]);
  if (typeof input === 'object' && input !== null) {
    if (Symbol.asyncIterator in input) {
      // A Node stream may fail before anything reads it; without a listener that would end the process. The error is
      // kept by the stream and comes out when it is read.
      if ('on' in input && typeof input.on === 'function') input.on('error', () => {});
      return { kind: 'stream', chunks: checked(input, signal) };
    }
    if (input instanceof Blob) return { kind: 'stream', chunks: checked(input.stream(), signal) };
  }
  throw badArgument('a body', EXPECTED, input);
}

function bytes(parts: readonly Uint8Array[]): Body {
  let size = 0;
  for (const part of parts) {
    if (!(part instanceof Uint8Array)) throw badArgument('a piece of a body', 'a Uint8Array', part);
    size += part.byteLength;
  }
  return { kind: 'bytes', parts, size };
}

/** The chunks as bytes. Ends with the signal even while the source is silent; the source is closed in any case. */
async function* checked(
  source: AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => interrupt?.(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    while (true) {
      signal?.throwIfAborted();
      const result = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      if (result.done) {
        ended = true;
        return;
      }
      const chunk = result.value;
      if (typeof chunk === 'string') yield Buffer.from(chunk);
      else if (chunk instanceof Uint8Array) yield chunk;
      else throw badArgument('a chunk of a body', 'bytes or a string', chunk);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: an iterator that is stuck in next() would not answer to return() either.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/** Ends a source that was not read to its end, whoever stopped. What is no stream, or has ended, is left alone. */
export function closeBody(input: BodyInput): void {
  if (typeof input !== 'object' || input === null) return;
  if ('destroy' in input && typeof input.destroy === 'function') input.destroy();
  else if (input instanceof ReadableStream && !input.locked) input.cancel().catch(() => {});
}

/** The whole of a driver's body in one piece. */
export async function toBuffer(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (body instanceof Uint8Array) {
    return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A driver's body as a Node stream, which closes what it reads from when it is destroyed or the signal fires. */
export async function toReadable(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const { Readable } = await import('node:stream');
  const source = body instanceof Uint8Array ? [body] : body;
  return Readable.from(source, { objectMode: false, ...(signal && { signal }) });
}
