import { type DecodeOptions, startDecoder } from './decode.ts';
import { sound } from './decoder.ts';
import { type EncodeOptions, explained, startEncoder } from './encode.ts';
import { type Encoded, finish } from './encoded.ts';
import { CaptureError, CodecError, HandleError } from './errors.ts';
import { corrupt, KIND, openFrame } from './frame.ts';

/** A chunk of values and what became of those that cannot travel. */
export interface EncodedAll extends Encoded {
  /** Items that could not be encoded, in order; their places in the chunk say so. */
  readonly failures: readonly ItemFailure[];
}

/** One item of a chunk, and what is wrong with it. */
export interface ItemFailure {
  readonly index: number;
  readonly error: Error;
}

/** The items of a chunk, in order. */
export interface DecodedAll<T> {
  /** `undefined` at the indices of failures. */
  readonly values: T[];
  readonly failures: readonly ItemFailure[];
}

/** How to encode a chunk. */
export interface EncodeAllOptions extends Omit<EncodeOptions, 'root'> {
  /** What an item is called in the paths of errors. @default the item's index, `[3]` */
  readonly name?: (index: number) => string;
}

/**
 * Encodes many values in one message, each independent of the others: what two items share, each gets a copy of.
 * An item that cannot travel fails alone.
 */
export function encodeAll(values: readonly unknown[], options: EncodeAllOptions = {}): EncodedAll {
  const { name = (index: number): string => `[${index}]` } = options;
  const failures: ItemFailure[] = [];
  const encoder = startEncoder(options);
  try {
    encoder.varint(values.length);
    const { length } = values;
    for (let i = 0; i < length; i++) {
      const value = values[i];
      if (typeof value === 'number') encoder.number(value);
      else if (typeof value === 'string') encoder.string(value);
      else {
        const mark = encoder.mark();
        encoder.named = (): string => name(i);
        try {
          encoder.value(value);
        } catch (thrown) {
          const error = explained(thrown, encoder);
          if (!(error instanceof CaptureError || error instanceof HandleError)) throw error;
          failures.push({ index: i, error });
          encoder.rollback(mark);
          encoder.fail(error.message);
        }
        encoder.separate();
      }
    }
    const encoded = finish(encoder, { kind: KIND.chunk, covered: options.checksum !== 'head' });
    return Object.assign(encoded, { failures });
  } finally {
    encoder.release();
  }
}

/** Decodes a chunk. An item that this process cannot rebuild fails alone; a damaged message is thrown. */
export function decodeAll<T = unknown>(bytes: Uint8Array, options: DecodeOptions = {}): DecodedAll<T> {
  const frame = openFrame(bytes);
  if (frame.kind !== KIND.chunk)
    throw new CodecError('misuse', 'the message is a single value: read it with decode');
  return sound(() => {
    const values: unknown[] = [];
    const failures: ItemFailure[] = [];
    let failed: { readonly error: unknown } | undefined;
    const collect = (error: unknown): void => {
      failed ??= { error };
    };
    const decoder = startDecoder(bytes, frame, { ...options, failed: collect }, options.copy);
    const length = decoder.count();
    for (let index = 0; index < length; index++) {
      const reason = decoder.failure();
      if (reason !== undefined) failed = { error: new CodecError('not-encoded', reason) };
      else values.push(decoder.root());
      if (failed !== undefined) {
        values.length = index;
        values.push(undefined);
        const { error } = failed;
        failures.push({ index, error: error instanceof Error ? error : new Error(String(error)) });
        failed = undefined;
      }
      decoder.separate();
    }
    if (decoder.left !== 0) throw corrupt('something follows its last item');
    return { values: values as T[], failures };
  });
}
