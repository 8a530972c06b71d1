import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes given out at a time. */
const CHUNK = 256 * 1024;

/**
 * What has been written and not yet published: random access to bytes, in memory up to a bound and in a temporary file
 * beyond. The file has no name once it is open, so that it goes with the process, however that ends.
 */
export class Draft {
  readonly #memoryBytes: number;
  #memory: Buffer = Buffer.alloc(0);
  #file: FileHandle | undefined;
  #size = 0;

  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** All bytes in one piece, unless they are in a file. Good until the next change. */
  get inMemory(): Uint8Array | undefined {
    return this.#file ? undefined : this.#memory.subarray(0, this.#size);
  }

  /** Writes all of `bytes`; what lies between the end and `position` is zeros. */
  async write(bytes: Uint8Array, position: number = this.#size): Promise<void> {
    if (bytes.byteLength === 0) return;
    const end = position + bytes.byteLength;
    await this.#reserve(end);
    if (this.#file) await writeAt(this.#file, bytes, position);
    else this.#memory.set(bytes, position);
    this.#size = Math.max(this.#size, end);
  }

  /** Fills the beginning of `buffer` from `position` and says how much of it. */
  async read(buffer: Uint8Array, position: number): Promise<number> {
    const length = Math.min(buffer.byteLength, Math.max(0, this.#size - position));
    if (this.#file === undefined) {
      buffer.set(this.#memory.subarray(position, position + length));
      return length;
    }
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#file.read(buffer, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  /** Cuts, or adds zeros. */
  async truncate(size: number): Promise<void> {
    if (size > this.#size) await this.#reserve(size);
    else if (!this.#file) this.#memory.fill(0, size, this.#size);
    if (this.#file) await this.#file.truncate(size);
    this.#size = size;
  }

  /** All bytes from `start`, in memory that is theirs, as they are when they are read. */
  async *chunks(start = 0): AsyncGenerator<Buffer> {
    for (let position = start; position < this.#size; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, this.#size - position));
      const length = await this.read(buffer, position);
      if (length === 0) return;
      yield buffer.subarray(0, length);
      position += length;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#memory = Buffer.alloc(0);
    this.#size = 0;
    await file?.close();
  }

  /** Makes room up to `end`, on disk when it would be too much for memory. */
  async #reserve(end: number): Promise<void> {
    if (this.#file || end <= this.#memory.byteLength) return;
    if (end > this.#memoryBytes) {
      const file = await openNameless();
      await writeAt(file, this.#memory.subarray(0, this.#size), 0);
      this.#file = file;
      this.#memory = Buffer.alloc(0);
      return;
    }
    const grown = Buffer.alloc(Math.min(this.#memoryBytes, Math.max(end, 2 * this.#memory.byteLength, 4096)));
    this.#memory.copy(grown, 0, 0, this.#size);
    this.#memory = grown;
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `skein-draft-${crypto.randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
