import { type BodyInput, toBody } from '../body.ts';
import { wrongType, wrongValue } from './errors.ts';

const EXPECTED =
  'of type string or an instance of Buffer, TypedArray, DataView, Iterable, AsyncIterable or Stream';

/** What `writeFile` takes, as the storage takes it: streams stay streams. */
export function bodyOf(data: unknown, encoding?: unknown): BodyInput {
  if (typeof data === 'string' || ArrayBuffer.isView(data)) return bytesOf(data, encoding);
  if (typeof data === 'object' && data !== null) {
    if (Symbol.asyncIterator in data) return chunks(data as AsyncIterable<unknown>, checkEncoding(encoding));
    if (Symbol.iterator in data) return chunks(data as Iterable<unknown>, checkEncoding(encoding));
  }
  throw wrongType('data', EXPECTED, data);
}

/** The same piece by piece. Ends with the signal even while the source is silent. */
export function piecesOf(
  body: BodyInput,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  const content = toBody(body, signal);
  return content.kind === 'stream' ? content.chunks : content.parts;
}

/** Text or bytes as bytes. Nothing is copied. */
export function bytesOf(data: unknown, encoding?: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, checkEncoding(encoding));
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw wrongType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

async function* chunks(
  source: AsyncIterable<unknown> | Iterable<unknown>,
  encoding: BufferEncoding,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield bytesOf(chunk, encoding);
}

/** The encoding of an operation that was given its name, options, or nothing. */
export function encodingOf(options: unknown): string | undefined {
  const encoding =
    typeof options === 'string' ? options : (options as { encoding?: unknown } | null | undefined)?.encoding;
  if (encoding === undefined || encoding === null || encoding === 'buffer') return encoding ?? undefined;
  return checkEncoding(encoding);
}

export function checkEncoding(encoding: unknown = 'utf8'): BufferEncoding {
  if (encoding === null) return 'utf8';
  if (typeof encoding === 'string' && Buffer.isEncoding(encoding)) return encoding;
  throw wrongValue('encoding', 'is invalid encoding', encoding);
}

/** A name or path as the caller wants it. */
export function inEncoding(text: string, encoding: string | undefined): string | Buffer {
  if (encoding === 'buffer') return Buffer.from(text);
  return encoding === undefined ? text : Buffer.from(text).toString(encoding as BufferEncoding);
}
