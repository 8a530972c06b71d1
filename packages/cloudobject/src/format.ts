/**
 * How values are kept: bytes, texts and typed arrays as they are, so that any program can read them, Arrow tables as an
 * Arrow IPC stream, everything else as a message of the codec. A body is made of the value's own memory, and a value of
 * views of the memory that was read: neither is copied.
 */
import { decode, encode, portable, prepare, type Reach } from '@skein/codec';
import { isArrowTable } from '@skein/codec/node';
import type { BodyInput } from '@skein/storage';
import { tables } from './arrow.ts';
import { badArgument, CloudObjectError } from './errors.ts';

/** How a value is kept: as a message of the codec, as text, as an Arrow table, or as bytes of a class. */
export type Format = 'value' | 'text' | 'table' | 'Buffer' | 'ArrayBuffer' | ViewFormat;

type ViewFormat =
  | 'Uint8Array'
  | 'Uint8ClampedArray'
  | 'Int8Array'
  | 'Uint16Array'
  | 'Int16Array'
  | 'Uint32Array'
  | 'Int32Array'
  | 'Float32Array'
  | 'Float64Array'
  | 'BigUint64Array'
  | 'BigInt64Array';

interface ViewClass {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: object;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView;
}

/** Elements are little-endian, as on all machines of today. */
const views: Readonly<Record<ViewFormat, ViewClass>> = {
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
};

/** By which the key of an object tells its format. */
export const extensions: Readonly<Record<Format, string>> = {
  value: 'skein',
  text: 'txt',
  table: 'arrows',
  Buffer: 'bin',
  ArrayBuffer: 'buf',
  Uint8Array: 'u8',
  Uint8ClampedArray: 'u8c',
  Int8Array: 'i8',
  Uint16Array: 'u16',
  Int16Array: 'i16',
  Uint32Array: 'u32',
  Int32Array: 'i32',
  Float32Array: 'f32',
  Float64Array: 'f64',
  BigUint64Array: 'u64',
  BigInt64Array: 'i64',
};

const byExtension: ReadonlyMap<string, Format> = new Map(
  Object.entries(extensions).map(([format, extension]) => [extension, format as Format]),
);

/** @returns undefined for an extension that no format has */
export function formatOf(extension: string): Format | undefined {
  return byExtension.get(extension);
}

export function isFormat(name: unknown): name is Format {
  return typeof name === 'string' && Object.hasOwn(extensions, name);
}

function isViewFormat(name: unknown): name is ViewFormat {
  return typeof name === 'string' && Object.hasOwn(views, name);
}

/** What comes over time, and is kept as bytes. */
export type ByteSource =
  | Blob
  | AsyncIterable<Uint8Array | string>
  | Generator<Uint8Array | string>
  | { createReadStream(options: { autoClose: false }): AsyncIterable<Uint8Array> };

/** What comes back of what was stored: the same, but bytes of what came over time. */
export type Stored<V> = V extends string
  ? string
  : V extends Blob | AsyncIterable<Uint8Array | string> | Generator<Uint8Array | string>
    ? Buffer
    : V extends { createReadStream(options: never): unknown }
      ? Buffer
      : V;

export interface Packed {
  readonly format: Format;
  readonly body: BodyInput;
}

/** @param reach from where the storage can be reached: handles within the value must be as well */
export async function pack(value: unknown, reach: Reach): Promise<Packed> {
  if (typeof value === 'string') {
    // UTF-8 has no lone surrogates, and the codec keeps them.
    if (isWellFormed(value)) return { format: 'text', body: value };
  } else if (typeof value === 'object' && value !== null && !isHandle(value)) {
    if (ArrayBuffer.isView(value)) {
      const format = viewFormat(value);
      if (format !== undefined) return { format, body: value };
    } else if (value instanceof ArrayBuffer) return { format: 'ArrayBuffer', body: value };
    else if (isArrowTable(value)) return { format: 'table', body: await tables.pack(value) };
    const source = byteSource(value);
    if (source !== undefined) return { format: 'Buffer', body: source };
  }
  return { format: 'value', body: encode(value, { reach, root: 'value' }).parts() };
}

/** @param bytes become part of the value, and must not change */
export async function unpack(format: Format, bytes: Buffer): Promise<unknown> {
  switch (format) {
    case 'value':
      await prepare(bytes);
      return decode(bytes);
    case 'text':
      return bytes.toString('utf8');
    case 'table':
      return tables.unpack(aligned(bytes, 8));
    case 'Buffer':
      return bytes;
    case 'ArrayBuffer':
      return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : owned(bytes).buffer;
    default:
      return unpackView(format, bytes);
  }
}

function unpackView(format: ViewFormat, bytes: Buffer): ArrayBufferView {
  const View = views[format];
  const { BYTES_PER_ELEMENT: size } = View;
  if (bytes.byteLength % size !== 0)
    throw new CloudObjectError(
      'damaged',
      `the elements of a ${format} have ${size} bytes each; the object has ${bytes.byteLength} bytes`,
    );
  const { buffer, byteOffset, byteLength } = aligned(bytes, size);
  return new View(buffer, byteOffset, byteLength / size);
}

/** A driver reads large objects into memory of their own, which is aligned; small ones may lie anywhere in Node's pool. */
function aligned(bytes: Buffer, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : owned(bytes);
}

function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.prototype.slice.call(bytes) as Uint8Array<ArrayBuffer>;
}

/** Of a built-in typed array; a class of a user's own that extends one is a value for the codec. */
function viewFormat(view: ArrayBufferView): Format | undefined {
  if (Buffer.isBuffer(view)) return 'Buffer';
  const name: unknown = Reflect.get(view, Symbol.toStringTag);
  if (!isViewFormat(name)) return undefined;
  return Object.getPrototypeOf(view) === views[name].prototype ? name : undefined;
}

function byteSource(value: object): BodyInput | undefined {
  if (value instanceof Blob) return value;
  if (Symbol.asyncIterator in value) return value as AsyncIterable<Uint8Array | string>;
  if ('createReadStream' in value && typeof value.createReadStream === 'function')
    return value.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>;
  if (Reflect.get(value, Symbol.toStringTag) === 'Generator') return overTime(value as Generator<unknown>);
  return undefined;
}

async function* overTime(source: Generator<unknown>): AsyncGenerator<Uint8Array | string> {
  for (const chunk of source) {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
      throw badArgument('what a generator yields to be stored', 'bytes or text', chunk);
    yield chunk;
  }
}

/** Handles may be iterable, and are values all the same. */
function isHandle(value: object): boolean {
  return typeof value.constructor === 'function' && Object.hasOwn(value.constructor, portable);
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}
