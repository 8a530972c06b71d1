/**
 * An entry as bytes: the same in every tier.
 *
 * ```
 * 0  magic 'SKE1'        4  CRC-32 of the head from byte 8
 * 8  bytes of the head   12 CRC-32 of the body      16 bytes of the body, u48; two zero bytes
 * 24 JSON of the head, then spaces up to a multiple of 8; the body follows
 * ```
 *
 * Numbers are little-endian. The body begins at a multiple of 8, so that arrays within it can be read where they are.
 */
import { crc32 } from 'node:zlib';
import type { Entry, EntryHead } from './tier.ts';

const MAGIC = Buffer.from('SKE1');
/** What comes before the JSON of the head. */
export const PREFIX_BYTES = 24;
/** A head is no longer: keys and tags are bounded. */
const MAX_HEAD_BYTES = 1 << 20;

/** The head, with what a tier adds of its own. */
export type SealedHead = EntryHead & { readonly [own: string]: unknown };

/** The bytes of an entry, nothing of its body copied. */
export function sealEntry(entry: Entry, own: Readonly<Record<string, unknown>> = {}): readonly Uint8Array[] {
  const { body, ...head } = entry;
  const json = Buffer.from(JSON.stringify({ ...own, ...head, ...timesAsJson(head) }));
  const headBytes = Math.ceil((PREFIX_BYTES + json.length) / 8) * 8;
  const bytes = Buffer.alloc(headBytes, ' ');
  json.copy(bytes, PREFIX_BYTES);
  let bodyBytes = 0;
  let sum = 0;
  for (const part of body) {
    bodyBytes += part.byteLength;
    sum = crc32(part, sum);
  }
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(headBytes, 8);
  bytes.writeUInt32LE(sum, 12);
  bytes.writeUIntLE(bodyBytes, 16, 6);
  bytes.writeUInt16LE(0, 22);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return [bytes, ...body];
}

/** A head that was checked, and what must follow it. */
export interface OpenedHead {
  readonly head: SealedHead;
  readonly headBytes: number;
  readonly bodyBytes: number;
  readonly bodySum: number;
}

/** How long the head is, by its first {@link PREFIX_BYTES}; undefined for what is none. */
export function headLength(bytes: Buffer): number | undefined {
  if (bytes.length < PREFIX_BYTES || MAGIC.compare(bytes, 0, 4) !== 0) return undefined;
  const length = bytes.readUInt32LE(8);
  return length >= PREFIX_BYTES && length <= MAX_HEAD_BYTES && length % 8 === 0 ? length : undefined;
}

/** The head at the start of `bytes`; undefined when it is damaged, or not whole. */
export function openHead(bytes: Buffer): OpenedHead | undefined {
  const headBytes = headLength(bytes);
  if (headBytes === undefined || bytes.length < headBytes) return undefined;
  if (crc32(bytes.subarray(8, headBytes)) !== bytes.readUInt32LE(4)) return undefined;
  const head = parseHead(bytes.toString('utf8', PREFIX_BYTES, headBytes));
  if (head === undefined) return undefined;
  return { head, headBytes, bodyBytes: bytes.readUIntLE(16, 6), bodySum: bytes.readUInt32LE(12) };
}

/** An entry in one piece, of which its body is a view; undefined when it is damaged, or of another format. */
export function openEntry(bytes: Buffer): (Entry & SealedHead) | undefined {
  const opened = openHead(bytes);
  if (opened === undefined || bytes.length !== opened.headBytes + opened.bodyBytes) return undefined;
  const body = bytes.subarray(opened.headBytes);
  return crc32(body) === opened.bodySum ? { ...opened.head, body: [body] } : undefined;
}

/** JSON has no Infinity. */
function timesAsJson({ staleAt, expiresAt }: EntryHead): Record<string, number | null> {
  return { staleAt: finiteOrNull(staleAt), expiresAt: finiteOrNull(expiresAt) };
}

function finiteOrNull(time: number): number | null {
  return time === Number.POSITIVE_INFINITY ? null : time;
}

function parseHead(json: string): SealedHead | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const head = parsed as Record<string, unknown>;
  const { kind, madeAt, tags } = head;
  if (kind !== 'value' && kind !== 'arrow' && kind !== 'error') return undefined;
  if (typeof madeAt !== 'number' || !Array.isArray(tags)) return undefined;
  const staleAt = head['staleAt'] ?? Number.POSITIVE_INFINITY;
  const expiresAt = head['expiresAt'] ?? Number.POSITIVE_INFINITY;
  if (typeof staleAt !== 'number' || typeof expiresAt !== 'number') return undefined;
  return { ...head, kind, madeAt, tags: tags.map(String), staleAt, expiresAt };
}
