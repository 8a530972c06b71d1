/**
 * Writes the log of a node: all that a turn brings is one frame, and all frames of one write are safe together, so that one
 * sync serves everybody who waits (group commit). While one is on its way the next gathers.
 *
 * - What could not be written, or synced, ends the journal for good. A second sync may succeed because the system has
 *   forgotten what the first could not write (Rebello et al., Can Applications Recover from fsync Failures?, ATC 2020).
 * - Only a disk without room is waited for. Zeros are written ahead, so that what has been let in has its place: the lack
 *   shows while there is still a reserve, and nothing new is to be let in from then on ({@link full}). Places that exist
 *   are synced faster, too: there is no size to write down.
 */
import type { Clock } from '../engine/clock.ts';
import { Writer } from '../value/writer.ts';
import type { LogDisk, LogFile } from './disk.ts';
import { FRAME_HEADER, frameHeader, SEGMENT_HEADER, segmentHeader } from './frames.ts';
import type { FsyncPolicy } from './fsync.ts';

/** Whoever is told that what it has logged is safe, as safe as the policy makes it: all up to its mark. */
export interface LogOwner {
  logged(mark: number): void;
}

export interface JournalOptions {
  readonly disk: LogDisk;
  readonly fsync: FsyncPolicy;
  readonly clock: Clock;
  /** Runs work when all that has come in this turn was taken. */
  defer(work: () => void): void;
  /** 32 bits by chance. */
  salt(): number;
  /** Segments that there are, and their valid bytes. */
  readonly segments: ReadonlyMap<number, number>;
  /** It will write nothing more, ever. */
  onFailure(error: Error): void;
  /** A frame is safe. */
  onFrame?(frame: FrameReport): void;
  /** What was written without one was synced, which took so long, milliseconds. */
  onSync?(ms: number): void;
  /** A new segment is begun after so many bytes. @default 64 MiB */
  readonly segmentBytes?: number;
  /** Room that is made ahead, and what must be left of it for what cannot be refused, bytes. @default 1 MiB, 256 KiB */
  readonly aheadBytes?: number;
  readonly reserveBytes?: number;
}

export interface FrameReport {
  readonly records: number;
  readonly bytes: number;
  /** For which its writing took, with its sync under `always`. */
  readonly ms: number;
}

/** Where a log ends that was closed in peace: less than that is a loss. */
export interface LogEnd {
  readonly segment: number;
  readonly bytes: number;
}

interface Batch {
  parts: readonly Uint8Array[];
  bytes: number;
  records: number;
  readonly owners: Map<LogOwner, number>;
}

/** Of one frame; more go into the next. */
const MAX_FRAME = 32 * 2 ** 20;
/** Between two looks whether there is room again, milliseconds. */
const RETRY_MS = 200;
const ZEROS = Buffer.alloc(2 ** 20);

export class Journal {
  /** What records are written with; {@link written} after each. */
  readonly writer: Writer = new Writer();
  readonly #options: JournalOptions;
  readonly #syncs: boolean;
  readonly #segmentBytes: number;
  readonly #aheadBytes: number;
  readonly #reserveBytes: number;
  readonly #segments: Map<number, number>;
  #pending: Batch = emptyBatch();
  /** Frames that wait; the first may be on its way. */
  readonly #queue: Batch[] = [];
  #segment: number;
  #salt = 0;
  #file: LogFile | undefined;
  /** Where the next frame goes; all before is written. */
  #position: number;
  /** Up to where there is room for sure. */
  #room = 0;
  /** Up to where all is on the disk, and since when. */
  #synced = 0;
  #syncedAt = 0;
  #isDeferred = false;
  #isBusy = false;
  #isSyncing = false;
  #isRotating = false;
  #rotations: ((segment: number) => void)[] = [];
  #failure: Error | undefined;
  #full: Error | undefined;
  #stopRetry: (() => void) | undefined;
  #stopTimer: (() => void) | undefined;
  #closing: ((end: LogEnd | undefined) => void) | undefined;
  #isClosed = false;

  constructor(options: JournalOptions) {
    const { fsync, segments, segmentBytes = 64 * 2 ** 20 } = options;
    this.#options = options;
    this.#syncs = fsync.kind === 'always';
    this.#segmentBytes = segmentBytes;
    this.#aheadBytes = options.aheadBytes ?? 2 ** 20;
    this.#reserveBytes = options.reserveBytes ?? 2 ** 18;
    this.#segments = new Map(segments);
    this.#segment = Math.max(0, ...segments.keys());
    this.#position = segments.get(this.#segment) ?? 0;
  }

  /** Begins a segment of its own: what is there already stays as it is. */
  open(done: (error: Error | undefined) => void): void {
    this.#isBusy = true;
    this.#begin((error) => {
      this.#isBusy = false;
      done(error);
      this.#pump();
    });
  }

  /** Why nothing new can be let in: there is no room on the disk. */
  get full(): Error | undefined {
    return this.#full;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    let bytes = this.#position;
    for (const [number, length] of this.#segments) if (number !== this.#segment) bytes += length;
    return bytes;
  }

  /** Bytes that are written and may not be on the disk yet: what the end of the machine may lose. */
  get unsyncedBytes(): number {
    return this.#position - this.#synced;
  }

  /** All that was written before this moment is on the disk, milliseconds since the epoch. */
  get syncedAt(): number {
    return this.#syncedAt;
  }

  /** Whether anything is not safe yet. */
  get isBehind(): boolean {
    return this.#pending.records > 0 || this.#queue.length > 0;
  }

  /** A record is complete. @param owner told when all up to its `mark` is safe */
  written(owner: LogOwner | undefined, mark: number): void {
    const batch = this.#pending;
    batch.records++;
    if (owner !== undefined) batch.owners.set(owner, mark);
    if (this.writer.length > MAX_FRAME) this.#seal();
    this.#pumpSoon();
  }

  /** Calls back when all that has been logged is safe. */
  settled(done: () => void): void {
    const last = this.#pending.records > 0 ? this.#pending : this.#queue.at(-1);
    if (last === undefined) done();
    else last.owners.set({ logged: done }, 0);
  }

  /** Begins a new segment, and tells its number: what is logged from now on is there, or in later ones. */
  rotate(done: (segment: number) => void): void {
    this.#rotations.push(done);
    this.#pumpSoon();
  }

  /** Segments before this one are needed no more. */
  dropBefore(segment: number): void {
    for (const number of this.#segments.keys()) {
      if (number >= segment || number === this.#segment) continue;
      this.#options.disk.remove(number);
      this.#segments.delete(number);
    }
  }

  /** Writes and syncs what is left. Tells where the log ends; nothing when not all of it could be written. */
  close(done: (end: LogEnd | undefined) => void): void {
    this.#closing = done;
    this.#stopRetry?.();
    this.#stopTimer?.();
    this.#pumpSoon();
  }

  #end(done: (end: LogEnd | undefined) => void): void {
    this.#isClosed = true;
    const file = this.#file;
    const end = (isWhole: boolean): void => {
      file?.close();
      done(isWhole ? { segment: this.#segment, bytes: this.#position } : undefined);
    };
    if (file === undefined || this.#failure !== undefined || this.isBehind) end(false);
    else file.sync((error) => end(error === undefined));
  }

  #seal(): void {
    const batch = this.#pending;
    batch.bytes = this.writer.length;
    batch.parts = this.writer.take();
    this.#queue.push(batch);
    this.#pending = emptyBatch();
  }

  #pumpSoon(): void {
    if (this.#isDeferred || this.#isBusy) return;
    this.#isDeferred = true;
    this.#options.defer(() => {
      this.#isDeferred = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isBusy || this.#isClosed) return;
    const isStuck = this.#failure !== undefined || this.#full !== undefined || this.#file === undefined;
    if (this.#closing !== undefined && !this.#isSyncing && (isStuck || !this.isBehind)) {
      this.#end(this.#closing);
      return;
    }
    if (this.#failure !== undefined || this.#file === undefined) return;
    const isAwaited = this.#rotations.length > 0 && this.#queue.length === 0;
    const isOver = this.#position >= this.#segmentBytes && this.isBehind;
    // Without room for another segment the log goes on in this one.
    if ((isAwaited || isOver) && this.#full === undefined) {
      if (!this.#isSyncing) this.#rotate();
      return;
    }
    if (this.#queue.length === 0) {
      if (this.#pending.records === 0) return;
      this.#seal();
    }
    this.#isBusy = true;
    const batch = this.#queue[0]!;
    const needed = FRAME_HEADER + batch.bytes;
    this.#makeRoom(needed, () => {
      if (this.#room - this.#position >= needed) {
        this.#write(batch);
        return;
      }
      this.#isBusy = false;
      if (this.#closing !== undefined) this.#pump();
    });
  }

  #write(batch: Batch): void {
    const { clock, onFrame, fsync } = this.#options;
    const begun = clock.now();
    const beganAt = performance.now();
    const header = frameHeader(batch.parts, this.#synced, this.#salt);
    this.#file!.write([header, ...batch.parts], this.#position, (error, bytes) => {
      if (error !== undefined) {
        // There was room for it: one that has none all the same, as some file systems copy on write, may have it later.
        this.#isBusy = false;
        if (isNoRoom(error)) this.#without(error);
        else this.#fail(error);
        if (this.#closing !== undefined) this.#pump();
        return;
      }
      this.#position += bytes;
      if (this.#syncs) this.#markSynced(this.#position, begun);
      this.#queue.shift();
      onFrame?.({ records: batch.records, bytes, ms: performance.now() - beganAt });
      if (fsync.kind === 'interval') this.#syncBy(begun + fsync.ms);
      for (const [owner, mark] of batch.owners) owner.logged(mark);
      this.#isBusy = false;
      this.#pump();
    });
  }

  /** Sees that a frame has its place, and what cannot be refused has some too; it may be in vain. */
  #makeRoom(needed: number, done: () => void): void {
    const missing = this.#position + needed + this.#reserveBytes - this.#room;
    if (missing <= 0) {
      if (this.#full !== undefined) this.#with();
      done();
      return;
    }
    this.#file!.write(zeros(Math.max(missing, this.#aheadBytes)), this.#room, (error, bytes) => {
      this.#room += bytes;
      if (error === undefined) this.#with();
      else if (isNoRoom(error)) this.#without(error);
      else {
        this.#fail(error);
        return;
      }
      done();
    });
  }

  /** The log goes on in the next segment, unless there is no room for one. */
  #rotate(): void {
    this.#isBusy = true;
    this.#isRotating = true;
    const old = this.#file!;
    const end = (error: Error | undefined): void => {
      this.#isBusy = false;
      this.#isRotating = false;
      if (error !== undefined && !isNoRoom(error)) {
        this.#fail(error);
        return;
      }
      if (error !== undefined) this.#without(error);
      else {
        old.close();
        for (const done of this.#rotations.splice(0)) done(this.#segment);
      }
      this.#pump();
    };
    // All segments but the last are on the disk, whatever the policy: only the last one can be torn.
    if (this.#syncs) this.#begin(end);
    else
      old.sync((error) => {
        if (error === undefined) this.#begin(end);
        else this.#fail(error);
      });
  }

  #begin(done: (error: Error | undefined) => void): void {
    const { disk, salt: random } = this.#options;
    const number = this.#segment + 1;
    disk.create(number, this.#syncs, (error, file) => {
      if (file === undefined) {
        done(error);
        return;
      }
      const salt = random();
      const header = segmentHeader({ salt, number, before: this.#position });
      const room = Math.max(this.#aheadBytes, this.#reserveBytes * 2);
      file.write([header, ...zeros(room - header.length)], 0, (writeError) => {
        const end = (syncError: Error | undefined): void => {
          if (syncError !== undefined) {
            file.close();
            disk.remove(number);
            done(syncError);
            return;
          }
          this.#segments.set(this.#segment, this.#position);
          this.#segments.delete(0);
          this.#segments.set(number, SEGMENT_HEADER);
          this.#segment = number;
          this.#salt = salt;
          this.#file = file;
          this.#position = SEGMENT_HEADER;
          this.#room = room;
          this.#markSynced(SEGMENT_HEADER, this.#options.clock.now());
          this.#with();
          done(undefined);
        };
        if (writeError !== undefined || this.#syncs) end(writeError);
        else file.sync(end);
      });
    });
  }

  #syncBy(at: number): void {
    if (this.#stopTimer !== undefined || this.#closing !== undefined) return;
    const { clock } = this.#options;
    this.#stopTimer = clock.after(Math.max(0, at - clock.now()), () => {
      this.#stopTimer = undefined;
      this.#sync();
    });
  }

  #sync(): void {
    // A segment that is being left is synced by whoever leaves it.
    if (this.#isClosed || this.#failure !== undefined || this.#isRotating) return;
    const segment = this.#segment;
    const position = this.#position;
    const begun = this.#options.clock.now();
    const beganAt = performance.now();
    this.#isSyncing = true;
    this.#file!.sync((error) => {
      this.#isSyncing = false;
      this.#options.onSync?.(performance.now() - beganAt);
      if (error !== undefined) this.#fail(error);
      else if (segment === this.#segment) this.#markSynced(position, begun);
      this.#pump();
    });
  }

  #markSynced(position: number, at: number): void {
    this.#synced = position;
    this.#syncedAt = at;
  }

  #with(): void {
    this.#full = undefined;
    this.#stopRetry?.();
    this.#stopRetry = undefined;
  }

  /** There is no room; it is looked again and again whether there is. */
  #without(error: Error): void {
    this.#full = error;
    if (this.#closing !== undefined) return;
    this.#stopRetry ??= this.#options.clock.after(RETRY_MS, () => {
      this.#stopRetry = undefined;
      if (this.#isClosed || this.#failure !== undefined || this.#full === undefined) return;
      if (this.#isBusy) {
        this.#without(error);
        return;
      }
      this.#isBusy = true;
      this.#makeRoom(this.#aheadBytes, () => {
        this.#isBusy = false;
        this.#pump();
      });
    });
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    this.#failure = error;
    this.#isBusy = false;
    this.#options.onFailure(error);
    if (this.#closing !== undefined) this.#pump();
  }
}

function emptyBatch(): Batch {
  return { parts: [], bytes: 0, records: 0, owners: new Map() };
}

function isNoRoom(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

function zeros(bytes: number): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let left = bytes; left > 0; left -= ZEROS.length)
    parts.push(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
  return parts;
}
