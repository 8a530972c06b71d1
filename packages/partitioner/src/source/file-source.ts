import { type BigIntStats, close, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';
import type { LocalFile } from '../data-object.ts';
import { changed, codeOf, messageOf, PartitionError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);

/** Bytes of a piece: large enough that asking costs little, small enough to be still in the processor's cache when it is looked at. */
const PIECE = 512 * 1024;

/** The version of a file: what the kernel knows of its last change. */
export function versionOf({ ino, mtimeNs, size }: BigIntStats): string {
  return [ino, mtimeNs, size].map((part) => part.toString(36)).join('-');
}

/** A file of this machine. Its version is looked at before and after each read: what is given is of the one that was discovered. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly version: string | undefined;
  readonly #file: LocalFile;

  constructor(file: LocalFile) {
    this.#file = file;
    this.name = file.path;
    this.size = file.size;
    this.version = file.etag;
  }

  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(end, this.size) - start));
    // Filled in place: one piece is all.
    for await (const _piece of this.stream(start, end, signal, bytes));
    return bytes;
  }

  async *stream(
    start: number,
    end: number = this.size,
    signal?: AbortSignal,
    into?: Uint8Array,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const last = Math.min(end, this.size);
    signal?.throwIfAborted();
    const fd = await this.#attempt(() => openFile(this.#file.path, 'r'));
    try {
      this.#check(fd);
      for (let at = start; at < last; ) {
        signal?.throwIfAborted();
        const room = into ?? Buffer.allocUnsafeSlow(Math.min(PIECE, last - at));
        const wanted = Math.min(room.length, last - at);
        let filled = 0;
        while (filled < wanted) {
          const { bytesRead } = await this.#attempt(() =>
            readFile(fd, room, filled, wanted - filled, at + filled),
          );
          if (bytesRead === 0) throw changed(this.name, 'it is shorter');
          filled += bytesRead;
        }
        this.#check(fd);
        yield room.subarray(0, filled);
        at += filled;
      }
    } finally {
      await closeFile(fd);
    }
  }

  /** Of an open file the kernel knows it without looking: a trip to another thread would take longer. */
  #check(fd: number): void {
    const stats = fstatSync(fd, { bigint: true });
    const { etag } = this.#file;
    if (etag !== undefined && versionOf(stats) !== etag)
      throw changed(this.name, `${stats.size} bytes, written at ${stats.mtime.toISOString()}`);
  }

  async #attempt<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      throw fileError(this.name, cause);
    }
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
