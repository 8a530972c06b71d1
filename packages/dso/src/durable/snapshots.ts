/**
 * Snapshots of all slots of a node, which let the log before them go. A snapshot is taken slot by slot while the node goes
 * on: it begins a new segment first, so that what a slot's part does not have yet is in that segment or a later one.
 *
 *     snapshot-<number>-<part>    crc32 u32 | records, as in the log: states, code
 *     snapshot-<number>           JSON: SnapshotManifest; written last, so a snapshot without it is none
 */
import { crc32 } from 'node:zlib';
import { Writer } from '../value/writer.ts';
import { DataError } from './errors.ts';
import type { Journal } from './journal.ts';
import {
  type LogPlace,
  type LogRecord,
  readRecords,
  writeCode,
  writeDrop,
  writeEncodedEntry,
  writeMark,
  writeState,
} from './records.ts';
import type { SnapshotStore } from './snapshot-store.ts';

interface SnapshotManifest {
  readonly format: 1;
  /** Whose it is: {@link DataIdentity.data}. */
  readonly data: string;
  /** The log goes on from here. */
  readonly firstSegment: number;
  readonly parts: number;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
}

/** A slot's state at one moment, with all up to `index`. */
export interface Capture extends LogPlace {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** Entries after it, which may give way. */
  readonly tail: readonly Uint8Array[];
  /** Whether the state stays so: what is not committed may give way yet. `gone`: it has. */
  isCommitted(): boolean | 'gone';
}

/** What snapshots are taken of. */
export interface SnapshotSource {
  /** Slots of which this node has anything. */
  slots(): readonly number[];
  /** `undefined`: it has nothing of it any more. */
  capture(slot: number): Capture | undefined;
  code(): Iterable<readonly [hash: string, bytes: Uint8Array]>;
}

export interface FoundSnapshot {
  readonly number: number;
  readonly firstSegment: number;
  readonly bytes: number;
  readonly takenAt: number;
  records(): AsyncIterable<LogRecord>;
}

/** After so much time with it others come to their turn, milliseconds. */
const TURN_MS = 5;
/** Of one part, about. */
const PART_BYTES = 4 * 2 ** 20;
/** Between two looks whether what was captured is committed, milliseconds. */
const LOOK_MS = 10;
const PREFIX = 'snapshot-';
const NAME = /^snapshot-(\d{9})(?:-(\d{6}))?$/;

function nameOf(number: number, part?: number): string {
  const name = `${PREFIX}${String(number).padStart(9, '0')}`;
  return part === undefined ? name : `${name}-${String(part).padStart(6, '0')}`;
}

/** The newest snapshot, if there is one. @throws {DataError} when it is another's, or not as it was written */
export async function findSnapshot(store: SnapshotStore, data: string): Promise<FoundSnapshot | undefined> {
  const numbers = (await store.list(PREFIX)).flatMap((name) => {
    const [, number, part] = NAME.exec(name) ?? [];
    return number !== undefined && part === undefined ? [Number(number)] : [];
  });
  if (numbers.length === 0) return undefined;
  const number = Math.max(...numbers);
  const manifest = manifestOf(nameOf(number), await store.get(nameOf(number)));
  if (manifest.data !== data)
    throw new DataError(
      'foreign',
      `the snapshot ${nameOf(number)} belongs to other data (${manifest.data}) than the log (${data}): each server needs a place for snapshots of its own`,
    );
  return {
    number,
    firstSegment: manifest.firstSegment,
    bytes: manifest.bytes,
    takenAt: manifest.takenAt,
    async *records() {
      for (let part = 0; part < manifest.parts; part++) yield* recordsOf(store, nameOf(number, part));
    },
  };
}

function manifestOf(name: string, bytes: Uint8Array | undefined): SnapshotManifest {
  try {
    const manifest = JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as SnapshotManifest;
    if (manifest.format === 1) return manifest;
  } catch {
    // Said below.
  }
  throw new DataError('damaged', `the snapshot ${name} is not as it was written, or of another version`);
}

async function* recordsOf(store: SnapshotStore, name: string): AsyncIterable<LogRecord> {
  const bytes = await store.get(name);
  if (bytes === undefined) throw new DataError('damaged', `the part ${name} of a snapshot is missing`);
  const part = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (part.length < 4 || part.readUInt32LE(0) !== crc32(part.subarray(4)))
    throw new DataError(
      'damaged',
      `the part ${name} of a snapshot is not as it was written: its sum is another`,
    );
  yield* readRecords(part.subarray(4));
}

export interface SnapshotsOptions {
  readonly store: SnapshotStore;
  readonly journal: Journal;
  readonly source: SnapshotSource;
  readonly data: string;
  /** The newest one that there is. */
  readonly last: FoundSnapshot | undefined;
}

/** Takes snapshots, one at a time. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  #number: number;
  #bytes: number;
  #takenAt: number | undefined;
  #isStopped = false;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#number = options.last?.number ?? 0;
    this.#bytes = options.last?.bytes ?? 0;
    this.#takenAt = options.last?.takenAt;
  }

  /** Of the newest one. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the newest one was taken, milliseconds since the epoch. */
  get takenAt(): number | undefined {
    return this.#takenAt;
  }

  /** Takes one, then lets go of older ones and of the log before it. What fails leaves all as it was. */
  async take(): Promise<void> {
    const { store, journal, data, source } = this.#options;
    const takenAt = Date.now();
    const number = this.#number + 1;
    const begun = await new Promise<{ readonly firstSegment: number; readonly slots: readonly number[] }>(
      (resolve) =>
        journal.rotate((firstSegment) => {
          this.#mark(number, undefined);
          resolve({ firstSegment, slots: source.slots() });
        }),
    );
    const { firstSegment, slots } = begun;
    let parts = 0;
    let bytes = 0;
    for await (const part of this.#parts(number, slots)) {
      await store.put(nameOf(number, parts++), part);
      bytes += part.length;
    }
    await new Promise<void>((resolve) => journal.settled(resolve));
    if (this.#isStopped) return;
    const manifest: SnapshotManifest = { format: 1, data, firstSegment, parts, bytes, takenAt };
    await store.put(nameOf(number), Buffer.from(JSON.stringify(manifest)));
    this.#number = number;
    this.#bytes = bytes;
    this.#takenAt = takenAt;
    await this.#deleteOlder();
    journal.dropBefore(firstSegment);
  }

  /** What is under way comes to nothing. */
  stop(): void {
    this.#isStopped = true;
  }

  async *#parts(number: number, slots: readonly number[]): AsyncIterable<Uint8Array> {
    const { source } = this.#options;
    let since = performance.now();
    let writer = new Writer();
    for (const [hash, bytes] of source.code()) writeCode(writer, hash, bytes);
    let captures: (readonly [slot: number, capture: Capture | undefined])[] = [];
    let size = 0;
    for (const [i, slot] of slots.entries()) {
      if (this.#isStopped) return;
      const captured = source.capture(slot);
      this.#mark(number, slot);
      captures.push([slot, captured]);
      size += captured?.bytes.length ?? 0;
      if (performance.now() - since > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        since = performance.now();
      }
      if (size < PART_BYTES && i < slots.length - 1) continue;
      for (const [one, capture] of captures) {
        if (capture !== undefined && (await this.#committed(capture))) writeCapture(writer, capture);
        else writeDrop(writer, one);
      }
      yield partOf(writer);
      writer = new Writer();
      captures = [];
      size = 0;
    }
    if (writer.length > 0) yield partOf(writer);
  }

  #mark(number: number, slot: number | undefined): void {
    const { journal } = this.#options;
    writeMark(journal.writer, number, slot);
    journal.written(undefined, 0);
  }

  async #committed(capture: Capture): Promise<boolean> {
    for (;;) {
      const is = capture.isCommitted();
      if (is === true) return true;
      // What this node has of the slot since is in the log.
      if (is === 'gone' || this.#isStopped) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS).unref());
    }
  }

  async #deleteOlder(): Promise<void> {
    const { store } = this.#options;
    const older = (await store.list(PREFIX)).filter((name) => {
      const [, number] = NAME.exec(name) ?? [];
      return number !== undefined && Number(number) !== this.#number;
    });
    // The manifest first: without its parts it would be one that is damaged.
    for (const name of older.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)))
      await store.delete(name);
  }
}

function writeCapture(writer: Writer, capture: Capture): void {
  const { index, bytes, tail } = capture;
  writeState(writer, capture, index, bytes);
  for (const [i, entry] of tail.entries()) writeEncodedEntry(writer, capture, index + 1 + i, index, entry);
}

function partOf(writer: Writer): Uint8Array {
  const body = Buffer.concat(writer.take());
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(body));
  return Buffer.concat([sum, body]);
}
