import type { Json, Reach } from '@skein/codec';
import type { ByteRange } from './range.ts';

/** What travels with a handle of a store: JSON that `new Storage(config)` accepts elsewhere, without secrets. */
export type PortableConfig = Readonly<Record<string, Json>>;

/**
 * What a driver may or may not be able to do. The policy refuses what is missing, it never pretends:
 * - `if-none-match`: writes that only create, one winner among any number of racing processes;
 * - `if-match`: writes that replace exactly one version, lost to no other write or delete;
 * - `metadata`: keeps the content type and user metadata;
 * - `ordered-list`: lists in the order of the keys' UTF-8 bytes, and can start after a key;
 * - `presigned-url`: makes URLs by which who has no credentials reads or writes one object for a while.
 *
 * Ranges, bodies of any size and listings by a delimiter every driver has, by the service or by itself.
 */
export type StorageCapability = 'if-none-match' | 'if-match' | 'metadata' | 'ordered-list' | 'presigned-url';

/** User metadata: lower-case names, because HTTP stores fold their case. */
export type Metadata = Readonly<Record<string, string>>;

/** What a store knows of an object besides its bytes. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes of the whole object, also when a range of it was read. */
  readonly size: number;
  /** Names this version of the object; opaque. Another content has another etag, another write in most stores too. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string | undefined;
  readonly metadata: Metadata;
}

/** What a URL may be used for, and for how long from now. */
export interface DriverPresign {
  readonly method: 'GET' | 'PUT';
  readonly expiresInMs: number;
}

/** What a driver is given to write. The policy has made it from whatever the user passed. */
export type Body =
  | { readonly kind: 'bytes'; readonly parts: readonly Uint8Array[]; readonly size: number }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<Uint8Array> };

/** Options of a write, checked by the policy against the driver's capabilities. */
export interface DriverPut {
  readonly contentType?: string | undefined;
  readonly metadata?: Metadata | undefined;
  readonly ifNoneMatch?: '*' | undefined;
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of a read. */
export interface DriverGet {
  readonly range?: ByteRange | undefined;
  /** What the caller would rather have. A driver may return either kind of body; the policy converts. */
  readonly prefer: 'bytes' | 'stream';
  /** Whether the caller wants `info`; finding it may cost a look at another place. */
  readonly info: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a read returns: one version's description, and bytes of that same version. */
export interface DriverObject {
  /** Present when it was asked for. */
  readonly info?: ObjectInfo | undefined;
  /**
   * Bytes that the store keeps no reference to, or an iterable that reads as it is consumed and holds its connection
   * or file only until it ends or its iterator's `return()` is called, which may be before the first `next()`.
   */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** An object as a listing tells it. */
export interface ObjectEntry {
  readonly kind: 'object';
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

/** All keys that share `prefix`, which ends with the delimiter of the listing, in one entry. */
export interface PrefixEntry {
  readonly kind: 'prefix';
  readonly prefix: string;
}

export type ListEntry = ObjectEntry | PrefixEntry;

/** What to list. */
export interface DriverList {
  readonly prefix: string;
  readonly delimiter?: string | undefined;
  /** Only keys (and prefixes) after this one; asked only of drivers with `ordered-list`. */
  readonly startAfter?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The port of a store: the fewest methods that the policy in `Storage` needs. Names, options and bodies that arrive here
 * have been checked; a driver throws the errors of this package, naming bucket and key, and leaves nothing half done.
 */
export interface StorageDriver {
  /** As in configuration: 'fs', 'memory', 's3', … */
  readonly kind: string;
  readonly reach: Reach;
  readonly capabilities: ReadonlySet<StorageCapability>;
  /** Undefined: handles of this store cannot travel. */
  readonly config: PortableConfig | undefined;

  /** Writes the whole object or nothing, and returns its etag and size. Errors: no such bucket, precondition failed. */
  put(
    bucket: string,
    key: string,
    body: Body,
    options: DriverPut,
  ): Promise<{ readonly etag: string; readonly size: number }>;
  /** Errors: no such bucket, no such key, bad range (by `resolveRange`). */
  get(bucket: string, key: string, options: DriverGet): Promise<DriverObject>;
  head(
    bucket: string,
    key: string,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<ObjectInfo>;
  /** Deletes what there is of `keys`; a missing one is no error, a missing bucket is. */
  delete(
    bucket: string,
    keys: readonly string[],
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  /**
   * Pages of entries, each page made when asked for. A key that exists from the beginning to the end of the listing is
   * in it exactly once, whatever is written and deleted meanwhile.
   */
  list(bucket: string, options: DriverList): AsyncIterable<readonly ListEntry[]>;
  /** Makes the bucket unless it exists. */
  createBucket(bucket: string): Promise<void>;
  headBucket(bucket: string): Promise<boolean>;
  /** Removes an empty bucket; of a missing one, NoSuchBucketError; of one with objects, a StorageError `busy`. */
  deleteBucket(bucket: string): Promise<void>;
  /** Signs a URL, without asking the store; of drivers with `presigned-url`. */
  presign?(bucket: string, key: string, options: DriverPresign): Promise<string>;
  /** Lets go of connections. The store itself stays. */
  close?(): Promise<void>;
}
