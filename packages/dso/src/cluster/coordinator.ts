/**
 * Where the members of a cluster agree on who they are and who has which slot: a small store of keys with conditional
 * transactions, watches and leases, such as etcd.
 *
 * Answers come by callbacks, not promises: the protocol above runs a turn to its end, whoever calls, so that a simulation
 * plays thousands of schedules in seconds and each of them again.
 */

export interface Change {
  readonly key: string;
  /** `undefined`: it was deleted. */
  readonly value: string | undefined;
  /** Of the change: it grows with every transaction that writes. */
  readonly revision: number;
}

/** What is there under a key. */
export interface Found {
  readonly value: string;
  /** In which it was written last. */
  readonly revision: number;
}

/** A key was written last in this revision; 0: there is no such key. */
export interface Condition {
  readonly key: string;
  readonly revision: number;
}

export interface Put {
  readonly key: string;
  readonly value: string;
  /** With which the key goes. */
  readonly lease?: string;
}

export type Outcome =
  | { readonly kind: 'done'; readonly revision: number }
  /** A condition did not hold, so nothing was written. With the keys of the conditions as they were then, if they were there. */
  | { readonly kind: 'refused'; readonly found: ReadonlyMap<string, Found> }
  /** Nothing was written, whatever the keys are: the lease has ended, say, or the store is full. */
  | { readonly kind: 'failed' }
  /** No answer came: it may have been done, or may be yet. */
  | { readonly kind: 'unknown' };

export interface Grant {
  readonly id: string;
  /** As granted: it may be more than was asked for. */
  readonly ttlMs: number;
}

export interface Coordinator {
  /** Conditions, and writes, that one transaction may have. */
  readonly maxOperations: number;
  /**
   * Tells of all keys with a prefix that there are (perhaps none), then of every change, in the order of revisions. Changes
   * that could not be told one by one are told as their outcome.
   *
   * @returns ends it
   */
  watch(prefix: string, changed: (changes: readonly Change[]) => void): () => void;
  /** Writes all, if all conditions hold. */
  transact(conditions: readonly Condition[], writes: readonly Put[], done: (outcome: Outcome) => void): void;
  /** A lease: keys that were put with it go when it has not been renewed for its time. */
  grant(ttlMs: number, done: (grant: Grant | undefined) => void): void;
  /** `undefined`: no answer came. */
  renew(lease: string, done: (how: 'renewed' | 'lost' | undefined) => void): void;
  /** Ends it and its keys now. */
  revoke(lease: string, done: () => void): void;
  close(): void;
}
