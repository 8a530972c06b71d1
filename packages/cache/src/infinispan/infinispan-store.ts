/** What the tier needs of Infinispan for one namespace, whichever protocol does it. Names are its own: no other namespace sees them. */
import type { Lease } from '../tier.ts';

/** The last record of a history, or the one before it, and so on. */
export interface Tip {
  readonly position: number;
  /** Of no other record at that position. */
  readonly id: string;
}

export interface HistoryStore {
  /** Undefined where no history has begun, or it was lost. */
  tip(): Promise<Tip | undefined>;
  /** Begins a history after this position, unless there is one. */
  begin(position: number): Promise<void>;
  /**
   * Adds a record, unless another was added after `last`.
   *
   * @param lifeSeconds it is forgotten after so many
   * @returns where it is; undefined where another one was first
   */
  append(last: Tip, record: Uint8Array, lifeSeconds: number): Promise<Tip | undefined>;
  record(tip: Tip): Promise<Buffer | undefined>;
  /** What was said up to some record, in one piece. */
  base(): Promise<Buffer | undefined>;
  putBase(base: Uint8Array): Promise<void>;
}

export interface Listening {
  /** For who has found what was not told. */
  anew(): void;
}

export interface InfinispanStore extends HistoryStore {
  /** A body up to here is in its entry, a larger one in chunks beside it. */
  readonly inlineBytes: number;

  /** Makes the caches where there are none. */
  prepare(): Promise<void>;

  get(name: string): Promise<Buffer | undefined>;
  /** @param lifeSeconds it is gone after so many; undefined: it stays */
  put(name: string, bytes: Uint8Array, lifeSeconds?: number): Promise<void>;
  getChunk(name: string): Promise<Buffer | undefined>;
  putChunk(name: string, bytes: Uint8Array, lifeSeconds: number): Promise<void>;
  /** Of an entry or a chunk. One that is not there is no error. */
  remove(name: string): Promise<void>;
  /** Of all entries and chunks. */
  names(): Promise<readonly string[]>;

  /** @returns undefined while another has it */
  lease(name: string, leaseMs: number): Promise<Lease | undefined>;

  /**
   * Calls `news` whenever the history may have gone on, as soon as the server tells. It may tell too often, and while the server is
   * not reached not at all: nothing may depend on it but how soon something is heard. Until `close`. Absent where the server does not tell.
   */
  listen?(news: () => void): Listening;

  close(): void;
}
