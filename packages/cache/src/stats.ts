/** What a cache has done in this process, since it was opened. */
import type { GuardedTier, TierStats } from './guarded-tier.ts';
import type { TierState } from './tier.ts';

export interface CacheStats {
  /** Values that were given without a load, from memory or any tier. */
  readonly hits: number;
  /** Values that were found nowhere. */
  readonly misses: number;
  /** Hits of all requests, 0 to 1; 0 without any. */
  readonly hitRatio: number;
  /** Values that loaders of this process have given. */
  readonly loads: number;
  readonly loadFailures: number;
  /** What the loads have taken together, milliseconds. */
  readonly loadMs: number;
  /** Calls that waited for the load, or the look-up, of another one in this process. */
  readonly joined: number;
  /** Hits that were stale, and were loaded again in the background. */
  readonly stale: number;
  readonly refreshFailures: number;
  /** Values that could be kept in memory only, because they cannot be encoded. */
  readonly unpackable: number;
  /** By the name of the tier. */
  readonly tiers: Readonly<Record<string, TierStats>>;
}

export class Counters {
  hits = 0;
  misses = 0;
  memoryHits = 0;
  memoryMisses = 0;
  /** Values that memory had no room for. */
  memoryRefused = 0;
  memoryDeclined = 0;
  memoryWrites = 0;
  loads = 0;
  loadFailures = 0;
  loadMs = 0;
  joined = 0;
  stale = 0;
  refreshFailures = 0;
  unpackable = 0;

  stats(memory: Required<TierState> | undefined, tiers: readonly GuardedTier[]): CacheStats {
    const { hits, misses, loads, loadFailures, loadMs, joined, stale, refreshFailures, unpackable } = this;
    const below = tiers.map((tier) => [tier.tier.name, tier.stats()] as const);
    return {
      hits,
      misses,
      hitRatio: ratioOf(hits, misses),
      loads,
      loadFailures,
      loadMs,
      joined,
      stale,
      refreshFailures,
      unpackable,
      tiers: { ...(memory && { memory: this.#memory(memory) }), ...Object.fromEntries(below) },
    };
  }

  #memory(state: Required<TierState>): TierStats {
    return {
      ...state,
      hits: this.memoryHits,
      misses: this.memoryMisses,
      writes: this.memoryWrites,
      refused: this.memoryRefused,
      declined: this.memoryDeclined,
      failures: 0,
      isResting: false,
    };
  }
}

export function ratioOf(hits: number, misses: number): number {
  return hits === 0 ? 0 : hits / (hits + misses);
}
