import { close, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { StorageError } from '../errors.ts';
import { type ObjectPaths, storeError } from './layout.ts';

const readAsync = promisify(read);
const closeAsync = promisify(close);

/** Bytes that a stream holds at a time. */
const CHUNK = 256 * 1024;

/** All of a range in one go, in memory of its own: a slice of the shared pool would keep 8 KiB alive for a few bytes. */
export function readNow(fd: number, start: number, length: number, object: ObjectPaths): Buffer {
  const buffer = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const bytes = readSync(fd, buffer, done, length - done, start + done);
    if (bytes === 0) throw cutShort(object);
    done += bytes;
  }
  return buffer;
}

/**
 * A range of an open file, read a chunk at a time as it is asked for. Owns the file: it is closed at the end, by an
 * error, and by `return()`, even before the first `next()`, where the body of a generator would not run.
 */
export class FileBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #object: ObjectPaths;
  #fd: number | undefined;
  #position: number;
  #left: number;

  constructor(fd: number, start: number, length: number, object: ObjectPaths) {
    this.#fd = fd;
    this.#position = start;
    this.#left = length;
    this.#object = object;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, this.#left));
    const bytes = await this.readInto(buffer);
    return bytes === 0 ? { done: true, value: undefined } : { done: false, value: buffer.subarray(0, bytes) };
  }

  /** Fills the beginning of `buffer` and says how much of it; 0 at the end. */
  async readInto(buffer: Buffer): Promise<number> {
    if (this.#fd === undefined) return 0;
    if (this.#left === 0) {
      await this.return();
      return 0;
    }
    try {
      const { bytesRead } = await readAsync(
        this.#fd,
        buffer,
        0,
        Math.min(buffer.length, this.#left),
        this.#position,
      );
      if (bytesRead === 0) throw cutShort(this.#object);
      this.#position += bytesRead;
      this.#left -= bytesRead;
      return bytesRead;
    } catch (error) {
      await this.return();
      throw storeError(error, 'reading', this.#object.bucket.name, this.#object.key);
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await closeAsync(fd);
    return { done: true, value: undefined };
  }
}

/** Bytes read into the result at a time, so that a signal is heard in between. */
const PIECE = 8 * 1024 * 1024;

/** A large body in one piece of memory, filled in place. */
export async function readWhole(
  body: FileBody,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  try {
    const buffer = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      signal?.throwIfAborted();
      done += await body.readInto(buffer.subarray(done, done + PIECE));
    }
    return buffer;
  } finally {
    await body.return();
  }
}

function cutShort(object: ObjectPaths): StorageError {
  const { bucket, key } = object;
  return new StorageError(
    'corrupt',
    `${JSON.stringify(key)} in bucket ${JSON.stringify(bucket.name)} became shorter while it was read`,
    {
      bucket: bucket.name,
      key,
    },
  );
}
