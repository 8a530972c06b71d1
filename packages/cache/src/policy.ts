import type { Invalidation } from './tier.ts';

/** What is kept where: asked for each entry that was loaded, or found in a tier further down, farthest tier first. */
export interface CachePolicy {
  /** Whether a tier is to keep an entry. What no tier keeps is loaded each time. */
  keeps(tier: PlacedTier, entry: PlacedEntry): boolean;
  /**
   * What a hit in memory saves, in any unit: memory keeps what is asked for often and saves much. More than 0. Asked whenever the
   * entry is compared with others.
   *
   * @default the bytes
   */
  worth?(entry: PlacedEntry): number;
  /** Told of each request that memory has not answered: which tiers had nothing, and which one has. */
  asked?(key: string, missed: readonly PlacedTier[], found: FoundIn | undefined): void;
  /** Told of each load: the bytes of the value as tiers keep it, and what the loader has taken, milliseconds. */
  loaded?(bytes: number, ms: number): void;
  /** Told of what has become invalid: that it is gone does not mean that there was no room. */
  invalidated?(invalidation: Invalidation): void;
}

export interface FoundIn {
  readonly tier: PlacedTier;
  readonly bytes: number;
  readonly staleAt: number;
}

/** A tier, and what it has been measured to cost. */
export interface PlacedTier {
  readonly name: string;
  readonly scope: 'process' | 'machine' | 'cluster';
  /** Of all entries; undefined where the tier does not know. */
  readonly maxBytes: number | undefined;
  /** That are kept now; undefined where the tier does not know. */
  readonly bytes: number | undefined;
  /** What reading an entry of so many bytes takes, milliseconds. */
  readonly reading: ExpectedTime;
  readonly writing: ExpectedTime;
}

export interface ExpectedTime {
  /** Of so many bytes, milliseconds. */
  expect(bytes: number): number;
  /** Measurements that it stands on; without any it is a guess. */
  readonly count: number;
}

export interface PlacedEntry {
  readonly key: string;
  /** As the tiers below memory keep it; in memory, as `sizeOf` tells. */
  readonly bytes: number;
  /** From then on it is loaded again: milliseconds since the epoch, or Infinity. */
  readonly staleAt: number;
  /** What a request takes that does not find it in this tier, milliseconds. Infinity for what was set: nobody can load it. */
  readonly fetchMs: number;
  /** Where such a request finds it: `loader`, `set` by the user, or the name of a tier. */
  readonly from: string;
  /** It was loaded once for all who share this tier, and no tier further down keeps it for those who wait. */
  readonly isAwaited: boolean;
}

/** Every tier keeps everything that fits. */
export const everywhere: CachePolicy = { keeps: () => true };

const INSTANT: ExpectedTime = { expect: () => 0, count: 0 };

/** Memory, as policies see it. It has a rule of its own for what leaves when room is needed. */
export const MEMORY: PlacedTier = {
  name: 'memory',
  scope: 'process',
  maxBytes: undefined,
  bytes: undefined,
  reading: INSTANT,
  writing: INSTANT,
};
