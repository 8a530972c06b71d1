import type { Json } from '@skein/codec';
import type { RecordBatch, Table } from 'apache-arrow';
import type { ByteSource } from '../source/byte-source.ts';

/** How large the parts of an object shall be. */
export type Target = { readonly bytes: number } | { readonly parts: number };

/** Which bytes of an object a part is made of, before anybody has looked where records end. Travels as JSON. */
export interface Cut {
  /** Nominal: a part owns the records that begin in `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Records, where the format knows them without reading. */
  readonly rows?: number;
  /** What only the format understands: which row groups, batches, members. */
  readonly detail?: Json;
  /** Why the object is cut as it is, where that is not plain, for people who look at a plan: 'one part: gzip'. On its first cut. */
  readonly note?: string;
}

/** A value of a record: text for text formats, unless columns are typed. */
export type Cell = unknown;
export type DataRecord = { readonly [column: string]: Cell };

/** How the objects of a format are cut, and how parts are read. One file for each, loaded when first used. */
export interface Format<O> {
  readonly name: string;
  /**
   * Cuts an object where its records allow it: the cuts are in order and cover it. Reads as little of it as is needed, for
   * text nothing. An empty object is one part, which has no records.
   */
  cut(source: ByteSource, target: Target, options: O, signal?: AbortSignal): Promise<readonly Cut[]>;
  /** Makes the reader of a part, without I/O. */
  open(source: ByteSource, cut: Cut, options: O): PartReader;
}

/** Reads one part. What a format has not is an error that says what it has instead. */
export interface PartReader {
  /** The part's own bytes, cut where records end: joined, those of all parts are the object. */
  stream(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Lines without what ends them, in batches. */
  lines(signal?: AbortSignal): AsyncIterable<readonly string[]>;
  /** Cells of records in the order of the columns, in batches. */
  rows(signal?: AbortSignal): AsyncIterable<readonly (readonly Cell[])[]>;
  /** Records by the names of their columns, or the values of JSON lines, in batches. */
  records(signal?: AbortSignal): AsyncIterable<readonly unknown[]>;
  /** How many records, without making them. */
  count(signal?: AbortSignal): Promise<number>;
  arrow(signal?: AbortSignal): Promise<Table>;
  /** The batches of that table; `isPassing`: each may be put over the one before. */
  batches(isPassing: boolean, signal?: AbortSignal): AsyncIterable<RecordBatch>;
  /** Names of the columns, where records have such. */
  columns(signal?: AbortSignal): Promise<readonly string[]>;
}
