/** Where the log is: files that are written at a position. By callbacks, as the cluster's ports are, so that a simulation can play it. */
import {
  close,
  constants,
  fdatasync,
  open,
  readdirSync,
  readFileSync,
  truncateSync,
  unlinkSync,
  writev,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder, syncFolderNow } from './sync-folder.ts';

export interface LogFile {
  /**
   * Writes all of it at a position. A file that was made to sync is done when it is on the disk.
   * @param done told how many bytes were written, also when not all of them could be
   */
  write(parts: readonly Uint8Array[], position: number, done: Written): void;
  /** Done when all that was written is on the disk. */
  sync(done: (error: Error | undefined) => void): void;
  close(): void;
}

export type Written = (error: Error | undefined, bytes: number) => void;

export interface LogDisk {
  /** Makes a segment anew, empty; its name is there to stay. @param syncs whether each write is to be on the disk when it is done */
  create(
    segment: number,
    syncs: boolean,
    done: (error: Error | undefined, file: LogFile | undefined) => void,
  ): void;
  /** The numbers of all segments, in order. */
  list(): readonly number[];
  read(segment: number): Buffer;
  /** Cuts off what is torn. */
  truncate(segment: number, bytes: number): void;
  remove(segment: number): void;
  /** What messages call a segment. */
  nameOf(segment: number): string;
}

const NAME = /^(\d{12})\.log$/;

export class FolderDisk implements LogDisk {
  readonly #folder: string;

  /** @param folder that exists */
  constructor(folder: string) {
    this.#folder = folder;
  }

  create(
    segment: number,
    syncs: boolean,
    done: (error: Error | undefined, file: LogFile | undefined) => void,
  ): void {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_DSYNC } = constants;
    // One call of the system in place of two. Elsewhere it is a weaker promise than that of fdatasync.
    const hasDsync = process.platform === 'linux';
    const flags = O_WRONLY | O_CREAT | O_TRUNC | (syncs && hasDsync ? O_DSYNC : 0);
    open(this.nameOf(segment), flags, 0o600, (error, descriptor) => {
      if (error !== null) {
        done(error, undefined);
        return;
      }
      const file = new DescriptorFile(descriptor, syncs && !hasDsync);
      syncFolder(this.#folder).then(
        () => done(undefined, file),
        (syncError: Error) => {
          file.close();
          done(syncError, undefined);
        },
      );
    });
  }

  list(): readonly number[] {
    return readdirSync(this.#folder)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  read(segment: number): Buffer {
    return readFileSync(this.nameOf(segment));
  }

  truncate(segment: number, bytes: number): void {
    truncateSync(this.nameOf(segment), bytes);
    syncFolderNow(this.nameOf(segment));
  }

  remove(segment: number): void {
    unlinkSync(this.nameOf(segment));
  }

  nameOf(segment: number): string {
    return join(this.#folder, `${String(segment).padStart(12, '0')}.log`);
  }
}

class DescriptorFile implements LogFile {
  readonly #descriptor: number;
  readonly #syncsAfter: boolean;

  constructor(descriptor: number, syncsAfter: boolean) {
    this.#descriptor = descriptor;
    this.#syncsAfter = syncsAfter;
  }

  write(parts: readonly Uint8Array[], position: number, done: Written): void {
    this.#write(parts, position, 0, (error, bytes) => {
      if (error !== undefined || !this.#syncsAfter) done(error, bytes);
      else this.sync((syncError) => done(syncError, bytes));
    });
  }

  sync(done: (error: Error | undefined) => void): void {
    fdatasync(this.#descriptor, (error) => done(error ?? undefined));
  }

  close(): void {
    // What it would say was asked of the syncs before.
    close(this.#descriptor, () => {});
  }

  #write(parts: readonly Uint8Array[], position: number, before: number, done: Written): void {
    writev(this.#descriptor, parts.slice(0, MAX_PARTS), position, (error, bytes) => {
      if (error !== null) {
        done(error, before);
        return;
      }
      const rest = after(parts, bytes);
      if (rest.length === 0) done(undefined, before + bytes);
      else this.#write(rest, position + bytes, before + bytes, done);
    });
  }
}

/** Of one call of the system: IOV_MAX. */
const MAX_PARTS = 1024;

function after(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  for (const [i, part] of parts.entries()) {
    if (left < part.length) return [part.subarray(left), ...parts.slice(i + 1)];
    left -= part.length;
  }
  return [];
}
