/**
 * What a tier below a process's own memory must do: keep bytes for whoever shares it. The memory tier is no such tier: it holds
 * values, and is asked synchronously.
 *
 * - **T1** What is read is what was written, byte for byte, or nothing. A tier checks that itself (`sealEntry` and `openEntry`
 *   do); what is damaged, cut off or of another format is dropped, counted in `stats().damaged`, and read as a miss.
 * - **T2** What was deleted or invalidated before a `read` began is not given by it, whoever did so.
 * - **T3** A `write` with the mark of a `read` leaves nothing to be read if its key or one of its tags was deleted, written or
 *   invalidated between the two: whoever loads slowly does not bring back what is gone.
 * - **T4** What others delete, invalidate or set is told to `heard`, within the time that the tier states; what was done through
 *   this very tier is not (the cache would forget what it has just set). While it cannot
 *   hear them it says so by `{ kind: 'all' }`, within that time and again each such time; when it hears again, it tells what it has
 *   missed, or `{ kind: 'all' }`.
 * - **T5** A failure rejects, with an error that says what failed: the cache goes on with the next tier, counts it and warns once.
 *   Nothing hangs: a tier has timeouts of its own.
 */
export interface Tier {
  /** In statistics, warnings and options, such as 'node'. */
  readonly name: string;
  /** Who shares it. */
  readonly scope: 'machine' | 'cluster';

  /** What is kept, and the moment at which that was so. An entry that has expired (`expiresAt`) is not given. */
  read(key: string, tags: readonly string[]): Promise<Reading>;

  /**
   * Keeps an entry in the place of the one before. Readers get the one or the other, whole.
   *
   * @param since of the `read` after which the entry was made: the entry fills a gap (T3), and is not told to others. Without it
   *   somebody has set a value: copies of the one before are invalid everywhere, and told to others like a `delete`.
   * @returns why nothing was kept; `'too-large'` and `'full'` are the tier's bounds
   */
  write(key: string, entry: Entry, since?: Mark): Promise<Kept>;

  /** Removes the entry; its copies elsewhere are invalid. One that is not there is no error, and invalidates all the same. */
  delete(key: string): Promise<void>;

  /** Makes all entries with the tag invalid, here and elsewhere. */
  invalidate(tag: string): Promise<void>;

  /** Makes all entries invalid, here and elsewhere. */
  clear(): Promise<void>;

  /**
   * The right to load the value of a key, held by one of those who share the tier; renewed while its holder lives, and passed on
   * when it does not.
   *
   * @param leaseMs after this time without a sign of its holder it may be passed on; at once where its death can be seen
   * @returns undefined while another has it
   */
  lease(key: string, leaseMs: number): Promise<Lease | undefined>;

  /** For those who wait for a lease: ends when it was given up, at the latest after so long. Without it they look again and again. */
  leaseFree?(key: string, atMostMs: number): Promise<void>;

  /**
   * Looks for what others have invalidated, and tells it to `heard`; synchronous, within microseconds. Called before a value in
   * memory is served, at most every `coherenceMs`. Without it the tier tells on its own accord.
   */
  poll?(): void;

  /** What the tier knows without asking anybody. */
  stats(): TierState;

  /** Ends what is open. Entries stay. */
  close(): Promise<void>;
}

/** A moment in a tier's history of invalidations, as the tier itself writes it. */
export type Mark = string | number;

export interface Reading {
  readonly entry: Entry | undefined;
  /** Taken before the entry was looked for. */
  readonly mark: Mark;
}

/** What became of an entry. */
export type Kept = 'kept' | 'invalidated' | 'too-large' | 'full';

/** A value as tiers keep it. Times are milliseconds since the epoch; `Infinity` is never. */
export interface EntryHead {
  /** What the body is: a message of the codec, an Arrow IPC stream, or an encoded error with which the loader failed. */
  readonly kind: 'value' | 'arrow' | 'error';
  /** When the value was loaded or set. */
  readonly madeAt: number;
  /** From then on it is stale: served, where the reader accepts that, while it is loaded again. */
  readonly staleAt: number;
  /** From then on it is not served. */
  readonly expiresAt: number;
  readonly tags: readonly string[];
  /** Given to those who waited for the load that made it, and to nobody else: an outcome that is not to be kept. */
  readonly only?: 'waiters';
}

export interface Entry extends EntryHead {
  /** In pieces to be written one after another. What is read is one piece, which begins at an address that is a multiple of 8. */
  readonly body: readonly Uint8Array[];
}

export interface Lease {
  /** Gives it up. Never rejects: a lease that could not be given up is passed on in time. */
  release(): Promise<void>;
}

/** What has become invalid. */
export type Invalidation =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' };

/** Given to a tier when it is opened. */
export interface TierContext {
  /** Entries of other namespaces are others. */
  readonly namespace: string;
  /** Told of what others have made invalid; not of what was done through this very tier. Never throws. */
  readonly heard: (invalidation: Invalidation) => void;
}

/** Makes a tier, without I/O: it connects on first use. */
export type OpenTier = (context: TierContext) => Tier;

export interface TierState {
  /** Of the entries, as far as the tier knows. */
  readonly bytes?: number;
  readonly entries?: number;
  /** Bound, where it has one of its own. */
  readonly maxBytes?: number;
  /** Removed to make room. */
  readonly evictions: number;
  /** Entries that were dropped because they were damaged. */
  readonly damaged: number;
}
