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
  remove(place: Place, signal: AbortSignal | undefined): Promise<void>;
  close(): Promise<void>;
}

/** What REST cannot: its PUT looks at no condition, and its POST looks for an entry first and writes one then. */
export interface VersionedEntries extends Entries {
  /** False: there is one. */
  putIfAbsent(place: Place, value: string, signal: AbortSignal | undefined): Promise<boolean>;
  getVersion(place: Place, signal: AbortSignal | undefined): Promise<VersionedEntry | undefined>;
  /** False: it is no longer that version. */
  replace(place: Place, value: string, version: Buffer, signal: AbortSignal | undefined): Promise<boolean>;
}
