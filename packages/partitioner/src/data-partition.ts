import { inspect } from 'node:util';
import {
  type Json,
  type Portable,
  type PortableClass,
  portable,
  type Reach,
  registerPortable,
} from '@skein/codec';
import type { Storage } from '@skein/storage';
import { dehydrateStorage, reviveStorage } from '@skein/storage/handles';
import type { RecordBatch, Table } from 'apache-arrow';
import { Batched } from './batched.ts';
import { type DataObject, nameOf } from './data-object.ts';
import type { Cell, Cut, DataRecord, PartReader } from './format/format.ts';
import { loadFormat, type Reading } from './format/formats.ts';
import type { ReadOptions } from './options.ts';
import { type BatchRead, type ReadWait, signalOf } from './read-wait.ts';
import { shownBytes } from './sizes.ts';
import { collect } from './source/collect.ts';
import { openSource } from './source/open-source.ts';
import { wholeText } from './text/whole-text.ts';

/** What a part is made of. Plain data, but for the storage. */
export interface PartState {
  readonly object: DataObject;
  readonly part: number;
  readonly totalParts: number;
  readonly cut: Cut;
  readonly reading: Reading;
  readonly options: ReadOptions;
  /** Of an object in a bucket. */
  readonly storage: Storage | undefined;
}

/**
 * A part of an object: whole lines, records, row groups. A handle: it may be passed to, closed over by and returned from calls,
 * and reads its own bytes where it is used. It stands for the version of the object that was discovered; of another one,
 * reading is an error with the code `changed`, and of one that is not there any more `gone`.
 */
export class DataPartition {
  /** Of an object in a bucket. */
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Of what a server gives: without user, password and query. */
  readonly url: string | undefined;
  /** Of a file. */
  readonly path: string | undefined;
  /** Which part of the object, from 0. */
  readonly part: number;
  readonly totalParts: number;
  /** Where it was cut, `[start, end)`: it owns the records that begin there. Undefined where nobody knows the object's length. */
  readonly byteRange: { readonly start: number; readonly end: number } | undefined;
  /** Bytes of that range. */
  readonly size: number | undefined;
  /** The object, as it was discovered. */
  readonly object: DataObject;
  /** How it is read: its format, and what packs it. */
  readonly reading: Reading;
  readonly #state: PartState;
  #reader: Promise<PartReader> | undefined;

  /** Partitions are made by {@link partition}, {@link objects} and plans. */
  constructor(state: PartState) {
    const { object, cut } = state;
    this.bucket = object.kind === 'object' ? object.bucket : undefined;
    this.key = object.kind === 'object' ? object.key : undefined;
    this.url = object.kind === 'url' ? object.url : undefined;
    this.path = object.kind === 'file' ? object.path : undefined;
    this.part = state.part;
    this.totalParts = state.totalParts;
    const { start } = cut;
    const end = Math.min(cut.end, object.size ?? 0);
    this.byteRange = object.size === undefined ? undefined : { start, end };
    this.size = object.size === undefined ? undefined : end - start;
    this.object = object;
    this.reading = state.reading;
    this.#state = state;
  }

  /** The part's own bytes, as they are read: of text, those of its records. Joined, those of all parts are the object. */
  stream(wait?: ReadWait): AsyncIterable<Uint8Array> {
    return this.#read((reader, signal) => reader.stream(signal), wait);
  }

  /** The same bytes, in one piece of memory. */
  bytes(wait?: ReadWait): Promise<Buffer> {
    return collect(this.stream(wait));
  }

  /** The same bytes as text; a byte order mark is no part of it. */
  async text(wait?: ReadWait): Promise<string> {
    return wholeText(await this.bytes(wait), nameOf(this.object), this.part === 0);
  }

  /** The lines, without what ends them. */
  lines(wait?: ReadWait): Batched<string> {
    return this.#batched((reader, signal) => reader.lines(signal), wait);
  }

  /** The records as lists of cells, in the order of {@link columns}. */
  rows(wait?: ReadWait): Batched<readonly Cell[]> {
    return this.#batched((reader, signal) => reader.rows(signal), wait);
  }

  /**
   * The records by the names of their columns; of JSON, whatever value each is.
   *
   * @typeParam R what they are, of which nothing is checked
   */
  records<R = DataRecord>(wait?: ReadWait): Batched<R> {
    return this.#batched((reader, signal) => reader.records(signal) as AsyncIterable<readonly R[]>, wait);
  }

  /** How many lines or records the part has, without making them. */
  async count(wait?: ReadWait): Promise<number> {
    return (await this.#open()).count(signalOf(wait));
  }

  /** The part as an Arrow table. Needs the package `apache-arrow`. */
  async arrow(wait?: ReadWait): Promise<Table> {
    return (await this.#open()).arrow(signalOf(wait));
  }

  /**
   * The part of a columnar format as Arrow's record batches, as they are read: what {@link arrow} holds together. Needs the
   * package `apache-arrow`.
   */
  batches(read?: BatchRead): AsyncIterable<RecordBatch> {
    return this.#read((reader, signal) => reader.batches(read?.reuse ?? false, signal), read);
  }

  /** Names of the columns. */
  async columns(wait?: ReadWait): Promise<readonly string[]> {
    return (await this.#open()).columns(signalOf(wait));
  }

  /** Records, where they are known without reading. */
  get knownRows(): number | undefined {
    return this.#state.cut.rows;
  }

  /** Which part of what, for people. */
  toString(): string {
    const size = this.size === undefined ? 'size unknown' : shownBytes(this.size);
    return `DataPartition(${nameOf(this.object)}, part ${this.part + 1} of ${this.totalParts}, ${size})`;
  }

  #batched<T>(
    read: (reader: PartReader, signal: AbortSignal | undefined) => AsyncIterable<readonly T[]>,
    wait: ReadWait | undefined,
  ): Batched<T> {
    return new Batched(() => this.#read(read, wait));
  }

  async *#read<T>(
    read: (reader: PartReader, signal: AbortSignal | undefined) => AsyncIterable<T>,
    wait: ReadWait | undefined,
  ): AsyncGenerator<T, void, undefined> {
    yield* read(await this.#open(), signalOf(wait));
  }

  #open(): Promise<PartReader> {
    const { object, storage, reading, cut, options } = this.#state;
    this.#reader ??= loadFormat(reading).then(
      (format) => format.open(openSource(object, storage), cut, options),
      (error: unknown) => {
        this.#reader = undefined; // a package that was missing may be there next time
        throw error;
      },
    );
    return this.#reader;
  }

  static {
    // Not written as a method: declarations made file by file cannot name `inspect.custom`.
    Object.defineProperty(DataPartition.prototype, inspect.custom, {
      value(this: DataPartition): string {
        return this.toString();
      },
    });
    const handle: Portable<DataPartition, HandleState> = {
      type: 'partitioner:DataPartition@1',
      module: '@skein/partitioner',
      from: import.meta.url,
      reach: (partition) => reachOf(partition.#state),
      dehydrate(partition) {
        const { storage, ...rest } = partition.#state;
        // Plain data by its types, which JSON's own cannot say of optional members.
        const state = rest as unknown as HandleState;
        return storage === undefined ? state : { ...state, storage: dehydrateStorage(storage) };
      },
      revive({ storage, ...rest }, site) {
        const state = rest as unknown as Omit<PartState, 'storage'>;
        return new DataPartition({
          ...state,
          storage: storage === undefined ? undefined : reviveStorage(storage, site),
        });
      },
    };
    Object.defineProperty(DataPartition, portable, { value: handle });
    registerPortable(DataPartition as unknown as PortableClass);
  }
}

type HandleState = { readonly [member: string]: Json };

/** From where the object can be read. */
function reachOf({ object, storage }: PartState): Reach {
  if (object.kind === 'object') return storage!.reach;
  if (object.kind === 'file') return 'host';
  const { hostname } = new URL(object.url);
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname) ? 'host' : 'network';
}
