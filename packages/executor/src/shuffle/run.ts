/**
 * Sorted runs: objects in the executor's storage, each a sequence of groups in the order of their keys, one partition
 * after another. A group is `u32 length · key`, then `u32 1 + length · value` for each of its values, then a zero.
 */
import type { SortableKey } from './key.ts';

/** A stretch of a run: the groups of one partition. */
export interface Segment {
  /** Of the run, in the folder of its shuffle. */
  readonly name: string;
  readonly start: number;
  /** The first byte behind it. */
  readonly end: number;
}

/** A run as the call tells of it that has stored it: partition `i` is what lies between `offsets[i]` and the next one. */
export interface StoredRun {
  readonly name: string;
  readonly offsets: readonly number[];
}

const BLOCK = 256 * 1024;

/** Packs groups into blocks, which are to be taken whenever there are some. */
export class RunPacker {
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK);
  #at = 0;
  #full: Buffer[] = [];
  #taken = 0;

  /** Bytes packed so far. */
  get length(): number {
    return this.#taken + this.#full.length * BLOCK + this.#at;
  }

  begin(key: SortableKey): void {
    this.#number(key.length);
    this.#bytes(Buffer.from(key, 'latin1'));
  }

  value(bytes: Uint8Array): void {
    this.#number(1 + bytes.length);
    this.#bytes(bytes);
  }

  end(): void {
    this.#number(0);
  }

  /** The blocks that are full. */
  take(): readonly Buffer[] {
    const full = this.#full;
    if (full.length === 0) return full;
    this.#full = [];
    this.#taken += full.length * BLOCK;
    return full;
  }

  /** The last block, as far as it is filled. */
  rest(): readonly Buffer[] {
    return this.#at === 0 ? [] : [this.#block.subarray(0, this.#at)];
  }

  #number(value: number): void {
    if (this.#at + 4 <= BLOCK) this.#at = this.#block.writeUInt32LE(value, this.#at);
    else {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      this.#bytes(bytes);
    }
  }

  #bytes(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      if (this.#at === BLOCK) {
        // Whoever stores the blocks may hold them for a while: each has memory of its own.
        this.#full.push(this.#block);
        this.#block = Buffer.allocUnsafeSlow(BLOCK);
        this.#at = 0;
      }
      const size = Math.min(bytes.length - from, BLOCK - this.#at);
      this.#block.set(bytes.subarray(from, from + size), this.#at);
      this.#at += size;
      from += size;
    }
  }
}

/** Reads bytes of a run, `end` not included. */
export type ReadRun = (name: string, start: number, end: number) => Promise<Buffer>;

/**
 * Goes through the groups of a segment, a window of its bytes at a time, with the next window on its way. What it gives
 * are views of a window.
 */
export class SegmentReader {
  /** Of the group at hand; `undefined` at the end. Known after {@link advance}. */
  key: SortableKey | undefined;
  readonly #segment: Segment;
  readonly #read: ReadRun;
  readonly #windowBytes: number;
  #window: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Where the next window begins. */
  #position: number;
  #next: Promise<Buffer> | undefined;
  #within = false;

  constructor(segment: Segment, read: ReadRun, windowBytes: number) {
    this.#segment = segment;
    this.#read = read;
    this.#windowBytes = windowBytes;
    this.#position = segment.start;
    this.#prefetch();
  }

  /** To the next group, past what is left of this one. A promise only where bytes are still to come. */
  advance(): void | Promise<void> {
    while (this.#within) {
      const value = this.next();
      if (value instanceof Promise) return value.then(() => this.advance());
    }
    if (this.#left === 0 && this.#next === undefined) {
      this.key = undefined;
      return;
    }
    if (this.#left < 4) return this.#fill(4).then(() => this.advance());
    const length = this.#window.readUInt32LE(this.#at);
    if (this.#left < 4 + length) return this.#fill(4 + length).then(() => this.advance());
    this.#at += 4;
    this.key = this.#take(length).toString('latin1');
    this.#within = true;
  }

  /** The next value of the group; `undefined` behind its last one. A promise only where bytes are still to come. */
  next(): Buffer | undefined | Promise<Buffer | undefined> {
    if (!this.#within) return undefined;
    if (this.#left < 4) return this.#fill(4).then(() => this.next());
    const length = this.#window.readUInt32LE(this.#at);
    if (this.#left < 3 + Math.max(1, length)) return this.#fill(3 + length).then(() => this.next());
    this.#at += 4;
    if (length > 0) return this.#take(length - 1);
    this.#within = false;
    return undefined;
  }

  get #left(): number {
    return this.#window.length - this.#at;
  }

  #take(length: number): Buffer {
    const from = this.#at;
    this.#at += length;
    return this.#window.subarray(from, this.#at);
  }

  /** Has so many bytes at hand. */
  async #fill(bytes: number): Promise<void> {
    const pieces = [this.#window.subarray(this.#at)];
    let size = this.#left;
    while (size < bytes) {
      const next = await this.#next;
      if (next === undefined)
        throw new Error(`${this.#segment.name} ends within a group: the run is damaged`);
      this.#prefetch();
      pieces.push(next);
      size += next.length;
    }
    this.#window = pieces[0]!.length === 0 && pieces.length === 2 ? pieces[1]! : Buffer.concat(pieces);
    this.#at = 0;
  }

  #prefetch(): void {
    const start = this.#position;
    const end = Math.min(start + this.#windowBytes, this.#segment.end);
    this.#position = end;
    this.#next = start < end ? this.#read(this.#segment.name, start, end) : undefined;
    // Whoever needs it hears of it; nobody may.
    this.#next?.catch(() => {});
  }
}
