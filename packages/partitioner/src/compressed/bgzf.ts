/**
 * BGZF, blocked gzip (SAM specification, 4.1): members of up to 64 KiB, each of which says in an extra field how long it is, so
 * that one can be found from anywhere. `bgzip` writes it, and every gzip reads it.
 */
import { malformed } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';

/** The longest member, bytes. */
const LONGEST = 64 * 1024;
/** Of a member's head, with the extra field at the beginning, where all writers have it. */
const HEAD = 18;
/** Members in a row that must be where the one before says, so that it is none by chance. */
const CHAIN = 2;

/** The length of the member that begins at a position, bytes; undefined where none does. */
function memberAt(bytes: Uint8Array, at: number): number | undefined {
  if (at + HEAD > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD);
  const isGzipWithExtra = view.getUint32(0) === 0x1f8b0804;
  const hasLength = view.getUint16(12) === 0x4243 && view.getUint16(14, true) === 2; // 'BC'
  return isGzipWithExtra && hasLength ? view.getUint16(16, true) + 1 : undefined;
}

/** Whether an object consists of such members, by its first. */
export async function isBgzf(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  return memberAt(await source.read(0, HEAD, signal), 0) !== undefined;
}

/** Where the first member begins at or after a position; the object's end where none does. */
export async function findMember(
  source: ByteSource,
  from: number,
  size: number,
  signal?: AbortSignal,
): Promise<number> {
  if (from === 0 || from >= size) return Math.min(from, size);
  // A member begins within the length of one, and so do those that prove it.
  const end = Math.min(size, from + LONGEST * (CHAIN + 1) + HEAD);
  const bytes = await source.read(from, end, signal);
  for (let at = 0; at < Math.min(LONGEST, bytes.length); at++) {
    if (bytes[at] === 0x1f && isChain(bytes, at, end === size)) return from + at;
  }
  if (end === size) return size;
  throw malformed(
    source.name,
    `begins as BGZF, but has no member in the bytes from ${from} to ${from + LONGEST}`,
  );
}

function isChain(bytes: Uint8Array, first: number, toEnd: boolean): boolean {
  let at = first;
  for (let links = 0; links <= CHAIN; links++) {
    if (links > 0 && toEnd && at === bytes.length) return true;
    const length = memberAt(bytes, at);
    if (length === undefined) return false;
    at += length;
  }
  return true;
}

/** How many bytes whole members unpack to: each ends with its length (RFC 1952, ISIZE). */
export function unpackedLength(members: Uint8Array, name: string): number {
  const view = new DataView(members.buffer, members.byteOffset, members.byteLength);
  let sum = 0;
  let at = 0;
  while (at < members.length) {
    const length = memberAt(members, at);
    if (length === undefined || length <= HEAD || at + length > members.length)
      throw malformed(name, `begins as BGZF, but has a gap between its members`);
    at += length;
    sum += view.getUint32(at - 4, true);
  }
  return sum;
}
