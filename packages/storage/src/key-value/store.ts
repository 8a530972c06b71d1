/**
 * Objects on a server that knows keys and values only. A small object is one value: its description with its body. A
 * large one is a description and chunks, kept under the version's own name: chunks are written first, then the
 * description changes in one step, so that a reader sees the old object or the new one, and one that has begun finds the
 * chunks of its version for a while after that.
 */
import { randomBytes } from 'node:crypto';
import type { DriverList, DriverPut, ListEntry, Metadata, ObjectInfo, StorageCapability } from '../driver.ts';

/** One version of an object. Its chunks are named by the etag, which no two writes share. */
export interface Version {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
}

/** What is kept of a version besides its bytes. */
export interface Description {
  readonly etag: string;
  /** Bytes of the body. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly contentType: string | undefined;
  readonly metadata: Metadata;
  /** Bytes of every chunk but the last; undefined: the body lies beside the description. */
  readonly chunkSize: number | undefined;
}

/** A description, with the body when that lies beside it. */
export interface Head {
  readonly description: Description;
  readonly body: Uint8Array | undefined;
}

/** What is published; when it was is the store's to say. */
export interface Draft {
  readonly description: Omit<Description, 'modified'>;
  readonly body: Uint8Array | undefined;
}

export type Condition = Pick<DriverPut, 'ifNoneMatch' | 'ifMatch'>;

/**
 * The port of a key-value server. Errors are those of this package: no such bucket, no such key, precondition failed.
 * What makes a version current is one step of the server; of all else nothing has to be.
 */
export interface KeyValueStore {
  readonly kind: string;
  readonly capabilities: ReadonlySet<StorageCapability>;
  /** Bodies up to so many bytes are written beside their description: one trip for both. */
  inlineSize(condition: Condition): number;

  /** The current version, with its body when that lies beside it. */
  read(bucket: string, key: string, signal: AbortSignal | undefined): Promise<Head>;
  /** The same without the body. */
  describe(bucket: string, key: string, signal: AbortSignal | undefined): Promise<Description>;
  /**
   * Makes a version current if the condition holds, and lets the chunks of the one before live on for a while only. To
   * publish again what was published, because the answer was lost, is a success.
   */
  publish(
    version: Version,
    draft: Draft,
    condition: Condition,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  writeChunk(
    version: Version,
    index: number,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Undefined when the chunk is not there. */
  readChunk(
    version: Version,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined>;
  /** Removes the first so many chunks of a version that has not become current; not all of them need be there. */
  discard(version: Version, chunks: number): Promise<void>;
  /** Chunks of a version that is not current, or not yet, live so much longer. Without it: long enough anyway. */
  keep?(version: Version, forMs: number): Promise<void>;

  delete(bucket: string, keys: readonly string[], signal: AbortSignal | undefined): Promise<void>;
  list(bucket: string, options: DriverList): AsyncIterable<readonly ListEntry[]>;
  createBucket(bucket: string): Promise<void>;
  headBucket(bucket: string): Promise<boolean>;
  deleteBucket(bucket: string): Promise<void>;
  close(): Promise<void>;
}

/** A name that no other write has or will have, beginning with the time: what lies about unowned tells its age. */
export function newEtag(): string {
  return `${Date.now().toString(36)}-${randomBytes(9).toString('base64url')}`;
}

/** When an etag was made, milliseconds since 1970. */
export function timeOfEtag(etag: string): number {
  return Number.parseInt(etag, 36);
}

export function infoOf(key: string, description: Description): ObjectInfo {
  const { size, etag, modified, contentType, metadata } = description;
  return { key, size, etag, lastModified: new Date(modified), contentType, metadata };
}

export function entryOf(key: string, { size, etag, modified }: Description): ListEntry {
  return { kind: 'object', key, size, etag, lastModified: new Date(modified) };
}

/** How many chunks a version has. */
export function chunkCount({ size, chunkSize }: Pick<Description, 'size' | 'chunkSize'>): number {
  return chunkSize === undefined ? 0 : Math.ceil(size / chunkSize);
}
