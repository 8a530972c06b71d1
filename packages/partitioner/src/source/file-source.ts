import { type BigIntStats, fstatSync } from 'node:fs';
import type { LocalFile } from '../data-object.ts';
import { changed, codeOf, messageOf, PartitionError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { fresh, type Memory } from './memory.ts';
import { OpenFile } from './open-file.ts';

/** Bytes of a piece: large enough that asking costs little, small enough to be still in the processor's cache when it is looked at. */
const PIECE = 512 * 1024;
/** Bytes read ahead: two such are still in the processor's cache when they are decoded. */
const WINDOW = 2 ** 20;

/** The version of a file: what the kernel knows of its last change. */
export function versionOf({ ino, mtimeNs, size }: BigIntStats): string {
  return [ino, mtimeNs, size].map((part) => part.toString(36)).join('-');
}

/**
 * A file of this machine. Its version is looked at after each read: as long as it is the one that was discovered, so is what was
 * read before.
 */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly version: string | undefined;
  readonly window: number = WINDOW;
  readonly #file: LocalFile;
  readonly #open: OpenFile;

  constructor(file: LocalFile) {
    this.#file = file;
    this.#open = new OpenFile(file.path);
    this.name = file.path;
    this.size = file.size;
    this.version = file.etag;
  }

  async read(start: number, end: number, signal?: AbortSignal, memory: Memory = fresh): Promise<Uint8Array> {
    const bytes = memory.take(Math.max(0, Math.min(end, this.size) - start));
    await this.#fill(bytes, start, signal);
    return bytes;
  }

  async *stream(
    start: number,
    end: number = this.size,
    signal?: AbortSignal,
    into?: Uint8Array,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const last = Math.min(end, this.size);
    let at = start;
    // Once at least: where there is nothing to read, it may be gone all the same.
    do {
      const left = Math.max(0, last - at);
      const piece = (into ?? Buffer.allocUnsafeSlow(Math.min(PIECE, left))).subarray(0, left);
      await this.#fill(piece, at, signal);
      if (piece.length > 0) yield piece;
      at += piece.length;
    } while (at < last);
  }

  async #fill(room: Uint8Array, start: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    try {
      await this.#open.use(async (fd) => {
        for (let filled = 0; filled < room.length; ) {
          signal?.throwIfAborted();
          const bytes = await this.#open.read(fd, room.subarray(filled), start + filled);
          if (bytes === 0) {
            this.#check(fd);
            throw changed(this.name, 'it is shorter');
          }
          filled += bytes;
        }
        this.#check(fd);
      });
    } catch (cause) {
      throw cause instanceof PartitionError || signal?.aborted ? cause : fileError(this.name, cause);
    }
  }

  /** Of an open file the kernel knows it without looking: a trip to another thread would take longer. */
  #check(fd: number): void {
    const { etag } = this.#file;
    if (etag === undefined) return;
    const stats = fstatSync(fd, { bigint: true });
    if (versionOf(stats) !== etag)
      throw changed(this.name, `${stats.size} bytes, written at ${stats.mtime.toISOString()}`);
  }
}

/** What the kernel says of a file, as this package does. */
export function fileError(path: string, cause: unknown): PartitionError {
  const code = codeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message = `${path} is not there: it was removed, or this is another machine than that which discovered it`;
    return new PartitionError('gone', message, { object: path, cause });
  }
  return new PartitionError('unreadable', `${path} cannot be read: ${messageOf(cause)}`, {
    object: path,
    cause,
  });
}
