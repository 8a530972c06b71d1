import { checksum } from './checksum.ts';
import { CodecError } from './errors.ts';
import { VERSION } from './tags.ts';

/**
 * ```
 * 0  magic          4  CRC-32 of the head from byte 8
 * 8  version        9  kind       10  flags      11  zero
 * 12 bytes of the head            16  where the tail begins (the graph lies between)
 * 20 graph; tail: handle modules, table of binary memory
 * ```
 * Numbers are little-endian. Binary parts follow the head, each where its address modulo 8 is that of its source.
 */
export const HEADER_BYTES = 20;

const MAGIC = [0x93, 0x53, 0x4b, 0x4e] as const;

/** What a message holds. */
export const KIND = { value: 0, chunk: 1 } as const;

/** The binary parts have checksums, not only the head. */
export const COVERED = 1;

/** The header of a message, checked. */
export interface Frame {
  readonly kind: number;
  readonly covered: boolean;
  readonly headLength: number;
  readonly tail: number;
}

/** Writes the header over the first bytes of a finished head. */
export function seal(head: Uint8Array, kind: number, covered: boolean, tail: number): void {
  for (let i = 0; i < 4; i++) head[i] = MAGIC[i]!;
  head[8] = VERSION;
  head[9] = kind;
  head[10] = covered ? COVERED : 0;
  head[11] = 0;
  putUint32(head, 12, head.length);
  putUint32(head, 16, tail);
  putUint32(head, 4, checksum(head, 8, head.length));
}

// Four bytes by hand: a DataView for each message would cost more than the message.
function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function getUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Reads and checks the header and the head's checksum. */
export function openFrame(bytes: Uint8Array): Frame {
  if (!(bytes instanceof Uint8Array) && !ArrayBuffer.isView(bytes)) {
    throw new CodecError(
      'not-a-message',
      `expected the bytes of a message (Uint8Array), got ${typeof bytes}`,
    );
  }
  const magic = Math.min(bytes.length, 4);
  for (let i = 0; i < magic; i++) {
    if (bytes[i] !== MAGIC[i]) {
      throw new CodecError(
        'not-a-message',
        'these bytes are no codec message: they start with something else',
      );
    }
  }
  if (bytes.length < HEADER_BYTES) {
    throw corrupt(`${bytes.length} bytes are left of it, the header alone has ${HEADER_BYTES}`);
  }
  const version = bytes[8]!;
  if (version !== VERSION) {
    throw new CodecError(
      'version',
      `the message has format version ${version}, this codec reads version ${VERSION}: ` +
        (version > VERSION ? 'update @skein/codec here' : 'update @skein/codec where it was written'),
    );
  }
  const headLength = getUint32(bytes, 12);
  const tail = getUint32(bytes, 16);
  if (headLength > bytes.length) {
    throw corrupt(`it was cut off: the head has ${headLength} bytes, ${bytes.length} are there`);
  }
  if (tail < HEADER_BYTES || tail >= headLength) throw corrupt('its lengths contradict each other');
  if (checksum(bytes, 8, headLength) !== getUint32(bytes, 4)) {
    throw corrupt('the checksum of its head is another');
  }
  const kind = bytes[9]!;
  const flags = bytes[10]!;
  if (kind > KIND.chunk || (flags & ~COVERED) !== 0 || bytes[11] !== 0)
    throw corrupt('its header is not valid');
  return { kind, covered: (flags & COVERED) !== 0, headLength, tail };
}

/** The error for damaged messages. */
export function corrupt(what: string): CodecError {
  return new CodecError('corrupt', `the message is damaged: ${what}`);
}
