export { Cache } from './cache.ts';
export { openEntry, type SealedHead, sealEntry } from './entry.ts';
export { CacheError, type CacheErrorCode } from './errors.ts';
export type { TierStats } from './guarded-tier.ts';
export type { InfinispanOptions } from './infinispan/options.ts';
export { type JobMetrics, jobStats } from './job-stats.ts';
export type { Once } from './load.ts';
export type { EntryOptions, KeepOptions, LoadOptions } from './load-options.ts';
export { sizeOf } from './memory/size-of.ts';
export { prometheusText } from './metrics.ts';
export { type CleanCachesOptions, type CleanedCaches, cleanCaches, type MachineCache } from './node/clean.ts';
export type { NodeOptions } from './node/options.ts';
export type { CacheOptions, MemoryOptions, PolicyName, TierName } from './options.ts';
export type { Prices } from './policy/prices.ts';
export type { CachePolicy, ExpectedTime, FoundIn, PlacedEntry, PlacedTier } from './policy.ts';
export type { RedisOptions } from './redis/options.ts';
export type { CacheStats } from './stats.ts';
// The port, for tiers of one's own.
export type {
  Entry,
  EntryHead,
  Invalidation,
  Kept,
  Lease,
  Mark,
  OpenTier,
  Reading,
  Tier,
  TierContext,
  TierState,
} from './tier.ts';
export type { CachedStore, ObjectSource, SourceInfo, WrapOptions } from './wrap.ts';
