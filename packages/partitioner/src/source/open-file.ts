import { close, fstatSync, open, read, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';

const openFile = promisify(open);
const readFile = promisify(read);

/** Bytes that are read without letting anybody else go on. */
const AT_ONCE = 2 ** 20;
/** Milliseconds of reading after which others go on. */
const TURN_MS = 5;
/** A read is quick that takes no longer than this, and half a second for each gigabyte: the kernel has it in memory. */
const QUICK_MS = 1;
const QUICK_BYTES_PER_MS = 2e6;
/** So many reads go by way of another thread when one was not quick. */
const DETOURS = 8;

/**
 * A file that is open while somebody reads, and for a turn of the event loop longer: who reads piece after piece opens it
 * once.
 *
 * What the kernel has in memory is copied at once, since the way to another thread and back takes longer than a megabyte
 * does. While it turns out to come from a disk or a network, another thread waits for it.
 */
export class OpenFile {
  readonly #path: string;
  #opening: Promise<number> | undefined;
  #fd: number | undefined;
  #readers = 0;
  #isLookedAfter = false;
  #detours = 0;
  #turn = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Does something with it while it is open. */
  async use<T>(act: (fd: number) => Promise<T>): Promise<T> {
    const fd = await this.#acquire();
    try {
      return await act(fd);
    } finally {
      this.#readers--;
      this.#closeSoon();
    }
  }

  async #acquire(): Promise<number> {
    this.#readers++;
    try {
      // Kept from before, it may have been removed since, or another put in its place.
      if (this.#readers === 1 && this.#fd !== undefined && fstatSync(this.#fd).nlink === 0) this.#close();
      this.#opening ??= openFile(this.#path, 'r');
      this.#fd = await this.#opening;
      return this.#fd;
    } catch (error) {
      this.#opening = undefined;
      this.#readers--;
      throw error;
    }
  }

  #closeSoon(): void {
    if (this.#isLookedAfter) return;
    this.#isLookedAfter = true;
    void setImmediate().then(() => {
      this.#isLookedAfter = false;
      if (this.#readers === 0) this.#close();
    });
  }

  #close(): void {
    if (this.#fd !== undefined) close(this.#fd, () => {}); // nothing was written that could fail to be
    this.#fd = undefined;
    this.#opening = undefined;
  }

  /** @returns how many bytes were read into the room, from its begin on; 0 at the end of the file */
  async read(fd: number, room: Uint8Array, position: number): Promise<number> {
    const begin = performance.now();
    if (this.#detours > 0) {
      this.#detours--;
      this.#turn = 0;
      return (await readFile(fd, room, 0, room.length, position)).bytesRead;
    }
    const bytes = readSync(fd, room, 0, Math.min(room.length, AT_ONCE), position);
    const took = performance.now() - begin;
    if (took > QUICK_MS + bytes / QUICK_BYTES_PER_MS) this.#detours = DETOURS;
    this.#turn += took;
    if (this.#turn >= TURN_MS) {
      this.#turn = 0;
      await setImmediate();
    }
    return bytes;
  }
}
