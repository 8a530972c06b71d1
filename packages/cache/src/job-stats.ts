/** What caches have done in the workers of jobs: {@link CacheStats} as metrics of the codec, which travel with outcomes, and back. */
import { type Metrics, MetricsSum, type NamedMetrics } from '@skein/codec';
import type { TierStats } from './guarded-tier.ts';
import { type CacheStats, ratioOf } from './stats.ts';

/** A row of `executor.jobSummary()`, or a record of a job, as far as caches are concerned. */
export interface JobMetrics {
  readonly metrics?: NamedMetrics;
}

const PREFIX = 'cache:';

const COUNTERS = [
  'hits',
  'misses',
  'loads',
  'loadFailures',
  'loadMs',
  'joined',
  'stale',
  'refreshFailures',
  'unpackable',
] as const;
const TIER_COUNTERS = [
  'hits',
  'misses',
  'writes',
  'refused',
  'declined',
  'failures',
  'evictions',
  'damaged',
] as const;
const TIER_GAUGES = ['bytes', 'entries', 'maxBytes'] as const;

/** What a tier tells in numbers. */
export type TierNumber = (typeof TIER_COUNTERS)[number] | (typeof TIER_GAUGES)[number];

export function metricsName(namespace: string): string {
  return PREFIX + namespace;
}

export function metricsOf(stats: CacheStats): Metrics {
  const counters: Record<string, number> = {};
  const gauges: Record<string, number> = {};
  for (const name of COUNTERS) counters[name] = stats[name];
  for (const [tier, own] of Object.entries(stats.tiers)) {
    for (const name of TIER_COUNTERS) counters[`${tier}.${name}`] = own[name] ?? 0;
    for (const name of TIER_GAUGES) if (own[name] !== undefined) gauges[`${tier}.${name}`] = own[name];
    gauges[`${tier}.isResting`] = Number(own.isResting);
  }
  return { counters, gauges };
}

/**
 * What caches have done in the workers of jobs, by namespace; the rows are those of `executor.jobSummary()`, of one job or of many.
 * Counts are those of all workers together; `bytes` and `entries` of a tier are the most that one worker has told, `isResting` says that it
 * was so once.
 */
export function jobStats(jobs: Iterable<JobMetrics>): ReadonlyMap<string, CacheStats> {
  const sum = new MetricsSum();
  for (const { metrics } of jobs) if (metrics !== undefined) sum.add(metrics);
  const caches = Object.entries(sum.all()).filter(([name]) => name.startsWith(PREFIX));
  return new Map(caches.map(([name, metrics]) => [name.slice(PREFIX.length), statsOf(metrics)]));
}

function statsOf({ counters, gauges }: Metrics): CacheStats {
  const count = (name: string): number => counters[name] ?? 0;
  const tiers = Object.keys(gauges).flatMap((name) => /^(.+)\.isResting$/.exec(name)?.[1] ?? []);
  return {
    ...pick(COUNTERS, count),
    hitRatio: ratioOf(count('hits'), count('misses')),
    tiers: Object.fromEntries(tiers.map((tier) => [tier, tierStatsOf(tier, { counters, gauges })])),
  };
}

function tierStatsOf(tier: string, { counters, gauges }: Metrics): TierStats {
  const told = TIER_GAUGES.filter((name) => gauges[`${tier}.${name}`] !== undefined);
  return {
    ...pick(TIER_COUNTERS, (name) => counters[`${tier}.${name}`] ?? 0),
    ...pick(told, (name) => gauges[`${tier}.${name}`]!),
    isResting: gauges[`${tier}.isResting`] === 1,
  };
}

function pick<N extends string>(names: readonly N[], read: (name: N) => number): Record<N, number> {
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<N, number>;
}
