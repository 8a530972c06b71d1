import type { Memory } from './memory.ts';

/** The bytes of one version of a data object. */
export interface ByteSource {
  /** What errors call it. */
  readonly name: string;
  /** Bytes; undefined where that is known only when all have been read. */
  readonly size: number | undefined;
  /** Tells this version from all others of this name, of other stores too; undefined where nothing does. */
  readonly version?: string | undefined;
  /** Bytes that are worth reading at once. @default so many, as each format says, that the way there and back weighs little */
  readonly window?: number | undefined;
  /** What comes before position 0, where positions count from somewhere within the object, as between members of a gzip file. */
  readonly before?: ByteSource | undefined;
  /**
   * The bytes `[start, end)`, as far as there are any: fewer at the end, never fewer before.
   *
   * @param memory where a source that can puts them. Others give memory of their own.
   * @throws {PartitionError} with the code `changed`, when what is there now is another version.
   */
  read(start: number, end: number, signal?: AbortSignal, memory?: Memory): Promise<Uint8Array>;
  /**
   * The same, in pieces as they are consumed: memory is bounded by a few pieces. Without `end` as far as there are any.
   *
   * @param into where a source that can puts each piece over the one before, which is then gone: for those who look at every
   *   byte once, fresh memory for each piece would cost more than reading it. Others give pieces of their own.
   */
  stream(start: number, end?: number, signal?: AbortSignal, into?: Uint8Array): AsyncIterable<Uint8Array>;
}
