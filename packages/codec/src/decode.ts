import { BinarySource } from './binary-source.ts';
import { Decoder, type DecoderOptions, sound } from './decoder.ts';
import type { HandleModule } from './encoder.ts';
import { CodecError } from './errors.ts';
import { corrupt, type Frame, HEADER_BYTES, KIND, openFrame } from './frame.ts';
import type { FunctionDecoder } from './functions.ts';
import type { Site } from './site.ts';
import { Source } from './source.ts';

/** How to decode a message. */
export interface DecodeOptions {
  /** Rebuilds functions and classes; needed when the message holds any. */
  readonly functions?: FunctionDecoder;
  /** Where handles are revived. @default the process's site */
  readonly site?: Site;
  /**
   * Gives every binary value memory of its own. Without it, those of 4 KiB and more are views of `bytes`, whose
   * `.buffer` is the message's. @default false
   */
  readonly copy?: boolean;
}

/** Decodes a message. Synchronous; the modules of its handles must be imported (see `prepare`). */
export function decode<T = unknown>(bytes: Uint8Array, options: DecodeOptions = {}): T {
  const frame = openFrame(bytes);
  if (frame.kind !== KIND.value) {
    throw new CodecError('misuse', 'the message is a chunk of values: read it with decodeAll');
  }
  return sound(() => {
    const decoder = startDecoder(bytes, frame, options, options.copy);
    const value = decoder.root() as T;
    if (decoder.left !== 0) throw corrupt('something follows its value');
    return value;
  });
}

/** A decoder at the start of a message's graph. */
export function startDecoder(
  bytes: Uint8Array,
  frame: Frame,
  options: DecoderOptions,
  copy: boolean | undefined,
): Decoder {
  const buffer = asBuffer(bytes);
  const tail = new Source(buffer, frame.tail, frame.headLength);
  readHandles(tail);
  const binary = new BinarySource(tail, bytes, frame.headLength, frame.covered, copy === true);
  if (tail.left !== 0) throw corrupt('something follows its table');
  return new Decoder(buffer, HEADER_BYTES, frame.tail, binary, options);
}

/** The same memory with Buffer's methods. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

/** The handle types of a message and the modules that define them. */
export function readHandles(tail: Source): HandleModule[] {
  const handles: HandleModule[] = [];
  for (let left = tail.count(2); left > 0; left--)
    handles.push({ type: tail.string(), module: tail.string() });
  return handles;
}
