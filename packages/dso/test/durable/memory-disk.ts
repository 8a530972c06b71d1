/** A disk that is made up: what was not synced is lost with the machine, room is what the test says, and so is what fails. */
import type { LogDisk, LogFile, Written } from '../../src/durable/disk.ts';

interface Segment {
  bytes: Buffer;
  /** As it is on the disk. */
  synced: Buffer;
}

export class MemoryDisk implements LogDisk {
  readonly segments = new Map<number, Segment>();
  /** Bytes that may be written in all. */
  room = Number.POSITIVE_INFINITY;
  syncError: Error | undefined;
  writeError: Error | undefined;
  writes = 0;
  syncs = 0;
  /** Answers wait here until the test lets them come. */
  isHeld = false;
  /** When it answers, unless that is at once. */
  later: ((answer: () => void) => void) | undefined;
  readonly #held: (() => void)[] = [];

  /** Lets what has been asked for so far be answered, and what that leads to. */
  answer(): void {
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) next();
  }

  /** The machine ends: what was not synced is gone. */
  crash(): void {
    this.#held.length = 0;
    for (const segment of this.segments.values()) segment.bytes = Buffer.from(segment.synced);
  }

  /** The same disk, as another process finds it. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [number, { bytes, synced }] of this.segments)
      disk.segments.set(number, { bytes: Buffer.from(bytes), synced: Buffer.from(synced) });
    return disk;
  }

  create(
    number: number,
    syncs: boolean,
    done: (error: Error | undefined, file: LogFile | undefined) => void,
  ): void {
    const segment: Segment = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
    this.segments.set(number, segment);
    this.#answered(() => done(undefined, this.#file(segment, syncs)));
  }

  list(): readonly number[] {
    return [...this.segments.keys()].sort((a, b) => a - b);
  }

  read(number: number): Buffer {
    return Buffer.from(this.segments.get(number)!.bytes);
  }

  truncate(number: number, bytes: number): void {
    const cut = Buffer.from(this.segments.get(number)!.bytes.subarray(0, bytes));
    this.segments.set(number, { bytes: cut, synced: Buffer.from(cut) });
  }

  remove(number: number): void {
    this.segments.delete(number);
  }

  nameOf(number: number): string {
    return `segment ${number}`;
  }

  /** Bytes that are written. */
  get used(): number {
    let used = 0;
    for (const { bytes } of this.segments.values()) used += bytes.length;
    return used;
  }

  #file(segment: Segment, syncs: boolean): LogFile {
    return {
      write: (parts, position, done: Written) => {
        this.writes++;
        const all = Buffer.concat(parts);
        this.#answered(() => {
          if (this.writeError !== undefined) {
            done(this.writeError, 0);
            return;
          }
          const grows = Math.max(0, position + all.length - segment.bytes.length);
          const fits = Math.min(all.length, all.length - grows + Math.max(0, this.room - this.used));
          const bytes = Buffer.alloc(Math.max(segment.bytes.length, position + fits));
          segment.bytes.copy(bytes);
          all.copy(bytes, position, 0, fits);
          segment.bytes = bytes;
          if (fits < all.length)
            done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }), fits);
          else if (syncs && this.syncError !== undefined) done(this.syncError, fits);
          else {
            if (syncs) segment.synced = Buffer.from(bytes);
            done(undefined, fits);
          }
        });
      },
      sync: (done) => {
        this.syncs++;
        this.#answered(() => {
          if (this.syncError === undefined) segment.synced = Buffer.from(segment.bytes);
          done(this.syncError);
        });
      },
      close() {},
    };
  }

  #answered(work: () => void): void {
    if (this.isHeld) this.#held.push(work);
    else if (this.later !== undefined) this.later(work);
    else work();
  }
}
