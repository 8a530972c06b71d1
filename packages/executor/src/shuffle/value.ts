/**
 * Values as bytes. Numbers, texts and small pieces of bytes, of which there may be millions, are a tag and a body; all else
 * is a message of the codec, which begins with a byte that is no tag.
 */
import { decode, encode } from '@skein/codec';

const NUMBER = 1;
const TEXT = 2;
const BYTES = 3;

interface WellFormed {
  isWellFormed(): boolean;
}

const scratch = Buffer.allocUnsafeSlow(16 * 1024);

/**
 * The bytes of a value, in memory that the next value may take.
 *
 * @throws {CaptureError} for what holds functions or objects of own classes: those who read it have other code
 */
export function encodeValue(value: unknown): Uint8Array {
  if (typeof value === 'number') {
    scratch[0] = NUMBER;
    scratch.writeDoubleLE(value, 1);
    return scratch.subarray(0, 9);
  }
  if (typeof value === 'string' && (value as unknown as WellFormed).isWellFormed()) {
    const most = 1 + value.length * 3;
    const into = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most);
    into[0] = TEXT;
    return into.subarray(0, 1 + into.write(value, 1));
  }
  if (isBytes(value) && value.length < scratch.length) {
    scratch[0] = BYTES;
    scratch.set(value, 1);
    return scratch.subarray(0, 1 + value.length);
  }
  const encoded = encode(value, { root: 'value' });
  if (encoded.modules.length > 0)
    throw new TypeError(
      `a value of a group holds a handle of ${encoded.modules.join(', ')}: close over it, or give what it stands for`,
    );
  return encoded.toBytes();
}

export function decodeValue(bytes: Buffer): unknown {
  if (bytes[0] === NUMBER) return bytes.readDoubleLE(1);
  if (bytes[0] === TEXT) return bytes.toString('utf8', 1);
  if (bytes[0] === BYTES) return new Uint8Array(bytes.subarray(1));
  // What is decoded may be views of its message, which is not to hold all that was read with it.
  return decode(new Uint8Array(bytes));
}

/** Nothing but bytes: a Buffer, or a subclass of the user's, arrives as what it is. */
const isBytes = (value: unknown): value is Uint8Array =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Uint8Array.prototype;
