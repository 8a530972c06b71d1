/**
 * A segment of the log as bytes. A frame is what one turn has logged, written at once:
 *
 *     segment  "skeinlog" | version u32 | salt u32 | number u48 | bytes of the segment before u48 | crc32 u32 | frames | zeros
 *     frame    magic u32 | length u32 | synced u48 | crc32 u32 | payload
 *
 * All little-endian. `synced`: all bytes of the segment up to there were on the disk when the frame was written. So what is
 * broken is told apart: what lies before the `synced` of a later whole frame was on the disk, and is damaged; what does not
 * may never have come there, and is torn. The salt is by chance, so that no value of a user's can look like a frame.
 */
import { crc32 } from 'node:zlib';

export const SEGMENT_HEADER = 32;
export const FRAME_HEADER = 18;
const SEGMENT_MAGIC = Buffer.from('skeinlog', 'latin1');
const VERSION = 1;
const FRAME_MAGIC = 0x4d_52_46_b5;
const FRAME_MAGIC_BYTES = u32(FRAME_MAGIC);

export interface SegmentHeader {
  readonly salt: number;
  /** Segments are numbered from 1. */
  readonly number: number;
  /** How many bytes of the segment before are valid; 0 of the first. */
  readonly before: number;
}

export function segmentHeader({ salt, number, before }: SegmentHeader): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER);
  SEGMENT_MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(salt, 12);
  header.writeUIntLE(number, 16, 6);
  header.writeUIntLE(before, 22, 6);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

/** @returns `undefined` for what is no header, or a broken one; the version for one of another version */
export function readSegmentHeader(bytes: Buffer): SegmentHeader | number | undefined {
  if (bytes.length < SEGMENT_HEADER || !bytes.subarray(0, 8).equals(SEGMENT_MAGIC)) return undefined;
  if (bytes.readUInt32LE(28) !== crc32(bytes.subarray(0, 28))) return undefined;
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) return version;
  return {
    salt: bytes.readUInt32LE(12),
    number: bytes.readUIntLE(16, 6),
    before: bytes.readUIntLE(22, 6),
  };
}

/** What goes before a payload. @param synced see above */
export function frameHeader(payload: readonly Uint8Array[], synced: number, salt: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER);
  let length = 0;
  for (const part of payload) length += part.length;
  header.writeUInt32LE(FRAME_MAGIC, 0);
  header.writeUInt32LE(length, 4);
  header.writeUIntLE(synced, 8, 6);
  let crc = crc32(header.subarray(4, 14), salt);
  for (const part of payload) crc = crc32(part, crc);
  header.writeUInt32LE(crc, 14);
  return header;
}

export interface Frame {
  /** Where it begins in its segment. */
  readonly offset: number;
  readonly payload: Buffer;
}

export interface SegmentContent {
  readonly frames: readonly Frame[];
  /** Of the bytes that are valid. */
  readonly end: number;
  /** `whole`: only zeros follow. `torn`: what follows was never known to be on the disk. `damaged`: it was. */
  readonly state: 'whole' | 'torn' | 'damaged';
}

/** @param salt of its header. @param until the segment is known to end there: what follows is of no meaning */
export function readFrames(bytes: Buffer, salt: number, until: number = bytes.length): SegmentContent {
  const frames: Frame[] = [];
  const segment = bytes.subarray(0, until);
  let at = SEGMENT_HEADER;
  for (let frame = frameAt(segment, at, salt); frame !== undefined; frame = frameAt(segment, at, salt)) {
    frames.push({ offset: at, payload: frame.payload });
    at += FRAME_HEADER + frame.payload.length;
  }
  if (isZero(segment, at)) return { frames, end: at, state: 'whole' };
  return { frames, end: at, state: wasSynced(segment, at, salt) ? 'damaged' : 'torn' };
}

function frameAt(
  bytes: Buffer,
  at: number,
  salt: number,
): { readonly payload: Buffer; readonly synced: number } | undefined {
  const start = at + FRAME_HEADER;
  if (start > bytes.length || bytes.readUInt32LE(at) !== FRAME_MAGIC) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  if (length > bytes.length - start) return undefined;
  const payload = bytes.subarray(start, start + length);
  if (bytes.readUInt32LE(at + 14) !== crc32(payload, crc32(bytes.subarray(at + 4, at + 14), salt)))
    return undefined;
  return { payload, synced: bytes.readUIntLE(at + 8, 6) };
}

/** Whether a later frame knows that what is broken at an offset was on the disk. */
function wasSynced(bytes: Buffer, broken: number, salt: number): boolean {
  let at = bytes.indexOf(FRAME_MAGIC_BYTES, broken + 1);
  while (at >= 0) {
    const frame = frameAt(bytes, at, salt);
    if (frame !== undefined && frame.synced > broken) return true;
    at = bytes.indexOf(FRAME_MAGIC_BYTES, at + 1);
  }
  return false;
}

function isZero(bytes: Buffer, from: number): boolean {
  const zeros = Buffer.alloc(64 * 1024);
  for (let at = from; at < bytes.length; at += zeros.length) {
    const piece = bytes.subarray(at, at + zeros.length);
    if (Buffer.compare(piece, zeros.subarray(0, piece.length)) !== 0) return false;
  }
  return true;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
