import { type Encoded, finish } from './encoded.ts';
import { Encoder } from './encoder.ts';
import { CaptureError, isStackOverflow } from './errors.ts';
import { HEADER_BYTES, KIND } from './frame.ts';
import type { FunctionEncoder } from './functions.ts';
import { crumbs } from './path.ts';
import { isReach, type Reach } from './portable.ts';

/** How to encode a value. */
export interface EncodeOptions {
  /** Takes functions and classes; without, one in the value is a CaptureError. */
  readonly functions?: FunctionEncoder;
  /** What the receiver shares with this process; a handle that reaches less is a CaptureError. */
  readonly reach?: Reach;
  /** What the root is called in the paths of errors. @default 'value' */
  readonly root?: string;
  /**
   * Errors travel even if a part of them cannot: a class becomes the nearest one above that can, a field is left
   * out, and each is reported here. Without it, either is a CaptureError.
   */
  readonly dropped?: (failure: CaptureError) => void;
  /**
   * Whether large binary parts get a checksum too (they then cost 0.3 ms a megabyte on either side), or only the
   * head. @default 'all'
   */
  readonly checksum?: 'all' | 'head';
}

/** Encodes a value. Throws CaptureError, with the path, for what cannot travel. */
export function encode(value: unknown, options: EncodeOptions = {}): Encoded {
  const encoder = startEncoder(options);
  try {
    encoder.value(value);
    return finish(encoder, { kind: KIND.value, covered: options.checksum !== 'head' });
  } catch (error) {
    throw explained(error, encoder);
  } finally {
    encoder.release();
  }
}

/** An encoder whose graph begins behind the header; release it. */
export function startEncoder(options: EncodeOptions): Encoder {
  if (options.reach !== undefined && !isReach(options.reach)) {
    throw new TypeError(`encode: reach must be 'process', 'host' or 'network', got ${String(options.reach)}`);
  }
  const encoder = new Encoder(options);
  encoder.position = HEADER_BYTES;
  return encoder;
}

/** A stack that ran out, as an error about the value that did it. */
export function explained(error: unknown, encoder: Encoder): unknown {
  if (!isStackOverflow(error)) return error;
  return new CaptureError(
    crumbs(encoder.path()),
    'it is nested too deeply; ship it flat, as a list with indices',
    {
      code: 'too-deep',
    },
  );
}
