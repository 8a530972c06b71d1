import { isAscii } from 'node:buffer';

const BOM = '\ufeff';

/**
 * UTF-8, with U+FFFD for what is none. ASCII, which most data is, at the speed of copying.
 *
 * @param atStart whether a byte order mark may stand before it, which is no part of the text
 */
export function decode(bytes: Uint8Array, atStart = false): string {
  const buffer = asBuffer(bytes);
  if (isAscii(buffer)) return buffer.toString('latin1');
  const text = buffer.toString('utf8');
  return atStart && text.startsWith(BOM) ? text.slice(1) : text;
}

/** The same memory, as Node's kind of bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
