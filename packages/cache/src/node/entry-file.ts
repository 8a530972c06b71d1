/**
 * An entry as a file: written beside, then renamed over the one before. Who has that open reads on; nobody ever sees a part.
 *
 * The file's times are the cache's: it was last *accessed* when it was last read here, and is last *modified* when it expires. So who
 * makes room needs to open none, and who writes into a file (which nobody here does) gives it away.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  read,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writev,
  writevSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { headLength, type OpenedHead, openHead, PREFIX_BYTES, type SealedHead } from '../entry.ts';
import type { EntryHead } from '../tier.ts';
import { ifThere } from './files.ts';

/** Up to here the event loop waits for the memory rather than for a thread, which would take longer. */
const AT_ONCE_BYTES = 256 * 1024;
/** Several threads fill large memory, a piece at a time: what takes longest is that its pages are touched for the first time. */
const PIECE_BYTES = 4 * 2 ** 20;
const THREADS = 4;
/** Heads are seldom longer. */
const FIRST_READ_BYTES = 4 * 1024;
const MOST_PARTS = 512;
/** A read is noted when the last one that was noted is older: a cheaper one would be no use for who makes room. */
const TOUCH_MS = 1_000;
/** In seconds, for what never expires: 2100. */
const NEVER_S = 4_102_444_800;

const readAsync = promisify(read);
const writevAsync = promisify(writev);

/** A file of an entry that is about to be. */
export class EntryDraft {
  readonly #path: string;
  readonly #fd: number;

  /** Has its whole length at once, so that who counts bytes counts it; on most file systems without memory for it. */
  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#fd = openSync(path, 'wx', 0o600);
    try {
      ftruncateSync(this.#fd, bytes);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** An entry for those only who wait counts as read long ago: it is the first to make room. */
  async fill(parts: readonly Uint8Array[], { expiresAt, only }: EntryHead): Promise<void> {
    let position = 0;
    for (let at = 0; at < parts.length; at += MOST_PARTS) {
      const some = parts.slice(at, at + MOST_PARTS);
      position += await writeAll(this.#fd, some, position);
    }
    const readAt = only === undefined ? Date.now() / 1000 : 0;
    futimesSync(this.#fd, readAt, secondsOf(expiresAt));
  }

  /** In the place of what is there. @returns false where the draft was removed meanwhile */
  publish(path: string): boolean {
    const isThere = ifThere(() => renameSync(this.#path, path) ?? true) === true;
    if (isThere) closeSync(this.#fd);
    return isThere;
  }

  discard(): void {
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
  }
}

async function writeAll(fd: number, parts: readonly Uint8Array[], position: number): Promise<number> {
  const total = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let rest = parts;
  for (let written = 0; written < total; ) {
    const count =
      total <= AT_ONCE_BYTES
        ? writevSync(fd, rest, position + written)
        : (await writevAsync(fd, rest, position + written)).bytesWritten;
    written += count;
    if (written < total) rest = after(rest, count);
  }
  return total;
}

/** What is left of the parts when so many bytes of them were written. */
function after(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  return parts.flatMap((part) => {
    const left = part.subarray(Math.min(skip, part.byteLength));
    skip -= part.byteLength - left.byteLength;
    return left.byteLength === 0 ? [] : [left];
  });
}

export interface FoundEntry {
  readonly head: SealedHead;
  readonly body: Uint8Array;
}

/** What a reader of files is asked. */
export interface ReadOptions {
  /** Whether an entry with this head is wanted: of what is not, the body is not read. */
  readonly wanted: (head: SealedHead) => boolean;
  /** Bodies that are at hand, and are then not read. */
  readonly known: (id: unknown) => Uint8Array | undefined;
  readonly allocate: (bytes: number) => Uint8Array;
  /** Bodies whose checksum was right: asked of the body, told of it. */
  readonly verified: ReadonlySet<unknown> & { add(id: unknown): unknown };
}

/** @returns undefined where there is none, or none that is wanted; 'damaged' for what is no whole entry */
export async function readEntryFile(
  path: string,
  options: ReadOptions,
): Promise<FoundEntry | 'damaged' | undefined> {
  const fd = ifThere(() => openSync(path, 'r'));
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    const opened = readHead(fd, stats.size);
    if (opened === undefined || opened.headBytes + opened.bodyBytes !== stats.size) return 'damaged';
    const { head, headBytes, bodyBytes, bodySum } = opened;
    if (!options.wanted(head)) return undefined;
    touch(fd, stats);
    const id = head['id'];
    const untouched = stats.mtimeMs / 1000 === secondsOf(head.expiresAt);
    const known = untouched ? options.known(id) : undefined;
    if (known !== undefined) return { head, body: known };
    const body = options.allocate(bodyBytes);
    // Once a process and version: afterwards only who writes into the file changes it, and is seen by its times.
    const isVerified = untouched && options.verified.has(id);
    const sum = await fillFrom(fd, body, headBytes, isVerified ? undefined : crc32);
    if (sum === undefined || !(isVerified || sum === bodySum)) return 'damaged';
    options.verified.add(id);
    return { head, body };
  } finally {
    closeSync(fd);
  }
}

/** The head of a file, without its body; undefined where there is none. */
export function headOfFile(path: string): SealedHead | undefined {
  const fd = ifThere(() => openSync(path, 'r'));
  if (fd === undefined) return undefined;
  try {
    return readHead(fd, fstatSync(fd).size)?.head;
  } finally {
    closeSync(fd);
  }
}

function readHead(fd: number, size: number): OpenedHead | undefined {
  const first = Buffer.allocUnsafe(Math.min(size, FIRST_READ_BYTES));
  if (readSync(fd, first, 0, first.length, 0) < PREFIX_BYTES) return undefined;
  const length = headLength(first);
  if (length === undefined || length <= first.length || length > size) return openHead(first);
  const whole = Buffer.allocUnsafe(length);
  readSync(fd, whole, 0, length, 0);
  return openHead(whole);
}

/**
 * Reads a body. What has come is summed while the rest is read.
 *
 * @returns the sum, 0 without `add`; undefined where there was less than was wanted
 */
async function fillFrom(
  fd: number,
  body: Uint8Array,
  from: number,
  add?: (piece: Uint8Array, sum: number) => number,
): Promise<number | undefined> {
  const pieces = cut(body);
  const isThere = pieces.map(() => false);
  let [next, summed, sum] = [0, 0, 0];
  let isShort = false;
  const reader = async (): Promise<void> => {
    while (next < pieces.length && !isShort) {
      const at = next++;
      if (await fillPiece(fd, pieces[at]!, from + at * PIECE_BYTES)) isThere[at] = true;
      else isShort = true;
      for (; isThere[summed]; summed++) sum = add?.(pieces[summed]!, sum) ?? 0;
    }
  };
  const readers = await Promise.allSettled(Array.from({ length: Math.min(THREADS, pieces.length) }, reader));
  // Not before all have ended: the file's number may be another's by then.
  for (const one of readers) if (one.status === 'rejected') throw one.reason;
  return isShort ? undefined : sum;
}

function cut(body: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(body.byteLength / PIECE_BYTES) }, (_, at) =>
    body.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES),
  );
}

async function fillPiece(fd: number, piece: Uint8Array, from: number): Promise<boolean> {
  const { byteLength } = piece;
  let length = 0;
  while (length < byteLength) {
    const left = byteLength - length;
    const count =
      byteLength <= AT_ONCE_BYTES
        ? readSync(fd, piece, length, left, from + length)
        : (await readAsync(fd, piece, length, left, from + length)).bytesRead;
    if (count === 0) return false;
    length += count;
  }
  return true;
}

function touch(fd: number, { atimeMs, mtimeMs }: Stats): void {
  const now = Date.now();
  if (now - atimeMs < TOUCH_MS) return;
  try {
    futimesSync(fd, now / 1000, mtimeMs / 1000);
  } catch {
    // A file system that is read-only: what was read longest ago is not known then.
  }
}

function secondsOf(expiresAt: number): number {
  return Math.min(Math.ceil(expiresAt / 1000), NEVER_S);
}
