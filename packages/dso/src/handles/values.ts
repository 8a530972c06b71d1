/** Users' values on their way to objects and back. */
import { CodecError, decode, encode, type FunctionDecoder, HandleError, prepare } from '@skein/codec';
import { isScalar, Packed, type Value } from '../value/value.ts';

/**
 * A value as objects hold it: scalars as they are, everything else as the codec's bytes, as it is now.
 * @throws {CaptureError} for what cannot travel, with the path to it.
 */
export function toValue(value: unknown, what = 'value'): Value {
  return isScalar(value) ? value : new Packed(encode(value, { root: what }).toBytes());
}

/** The inverse. Handles of packages that this process has not loaded need {@link fromValueLoading}. */
export function fromValue<T>(value: Value, functions?: FunctionDecoder): T {
  if (!(value instanceof Packed)) return value as T;
  return decode<T>(value.bytes, functions === undefined ? {} : { functions });
}

/** The same, after importing the modules of handles in it where that is needed. */
export async function fromValueLoading<T>(value: Value, functions?: FunctionDecoder): Promise<T> {
  try {
    return fromValue<T>(value, functions);
  } catch (error) {
    if (!(value instanceof Packed) || !(error instanceof HandleError || error instanceof CodecError))
      throw error;
    await prepare(value.bytes);
    return fromValue<T>(value, functions);
  }
}
