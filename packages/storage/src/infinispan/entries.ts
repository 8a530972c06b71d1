/** A value as it was found. */
export interface Entry {
  readonly value: Buffer;
}

export interface VersionedEntry extends Entry {
  /** Names this state of the entry. */
  readonly version: Buffer;
}

export interface Place {
  /** The name of a cache. */
  readonly bucket: string;
  /** Of an entry in it. */
  readonly name: string;
}

/**
 * Single entries of caches, with values that are text: what Hot Rod and REST both can do. Each operation is one step of
 * the server. A missing cache is a NoSuchBucketError.
 */
export interface Entries {
  get(place: Place, signal: AbortSignal | undefined): Promise<Entry | undefined>;
  put(place: Place, value: string, signal: AbortSignal | undefined): Promise<void>;
  /** False: there is one. */
  putIfAbsent(place: Place, value: string, signal: AbortSignal | undefined): Promise<boolean>;
  remove(place: Place, signal: AbortSignal | undefined): Promise<void>;
  close(): Promise<void>;
}

/** What REST cannot. */
export interface VersionedEntries extends Entries {
  getVersion(place: Place, signal: AbortSignal | undefined): Promise<VersionedEntry | undefined>;
  /** False: it is no longer that version. */
  replace(place: Place, value: string, version: Buffer, signal: AbortSignal | undefined): Promise<boolean>;
}
