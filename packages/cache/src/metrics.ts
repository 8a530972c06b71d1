/**
 * What caches have done in this process, and in the workers of jobs, as text that Prometheus reads:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { Cache } from './cache.ts';
import type { TierNumber } from './job-stats.ts';
import type { CacheStats } from './stats.ts';

type Labels = Readonly<Record<string, string>>;

/** A metric and its samples. */
interface Family {
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly of: (stats: CacheStats) => readonly (readonly [labels: Labels, value: number | undefined])[];
}

const families: Readonly<Record<string, Family>> = {
  hits_total: total('Values given without a load.', ({ hits }) => hits),
  misses_total: total('Values found nowhere.', ({ misses }) => misses),
  joined_total: total('Requests that waited for another one of this process.', ({ joined }) => joined),
  stale_total: total('Hits that were stale.', ({ stale }) => stale),
  loads_total: total('Values that loaders gave.', ({ loads }) => loads),
  load_failures_total: total('Loaders that failed.', ({ loadFailures }) => loadFailures),
  load_seconds_total: total('What loads have taken together.', ({ loadMs }) => loadMs / 1000),
  tier_hits_total: ofTiers('counter', 'Entries a tier gave.', 'hits'),
  tier_misses_total: ofTiers('counter', 'Entries a tier did not have.', 'misses'),
  tier_writes_total: ofTiers('counter', 'Entries a tier has kept.', 'writes'),
  tier_refused_total: ofTiers('counter', 'Entries a tier had no room for.', 'refused'),
  tier_declined_total: ofTiers('counter', 'Entries the policy has kept from a tier.', 'declined'),
  tier_evictions_total: ofTiers('counter', 'Entries removed to make room.', 'evictions'),
  tier_damaged_total: ofTiers('counter', 'Entries dropped because they were damaged.', 'damaged'),
  tier_failures_total: ofTiers('counter', 'Operations of a tier that failed.', 'failures'),
  tier_bytes: ofTiers('gauge', 'Of the entries in a tier.', 'bytes'),
  tier_entries: ofTiers('gauge', 'In a tier.', 'entries'),
  tier_max_bytes: ofTiers('gauge', 'Bound of a tier.', 'maxBytes'),
};

/**
 * The metrics of caches, `skein_cache_…`, with labels `namespace` and `tier`. Beside prom-client's:
 * `await register.metrics() + prometheusText(cache)`.
 *
 * With `jobStats(executor.jobSummary())` among them those of its workers, with the label `process="workers"`: what they have done
 * together, and of sizes the most that one of them has told.
 *
 * @throws {CacheError} `closed`
 */
export function prometheusText(...caches: readonly (Cache | ReadonlyMap<string, CacheStats>)[]): string {
  const all = caches.flatMap(labelled);
  let text = '';
  for (const [name, { kind, help, of }] of Object.entries(families)) {
    text += `# HELP skein_cache_${name} ${help}\n# TYPE skein_cache_${name} ${kind}\n`;
    for (const [own, stats] of all) {
      for (const [labels, value] of of(stats)) {
        if (value !== undefined) text += `skein_cache_${name}{${labelsOf({ ...own, ...labels })}} ${value}\n`;
      }
    }
  }
  return text;
}

function labelled(
  cache: Cache | ReadonlyMap<string, CacheStats>,
): readonly (readonly [labels: Labels, CacheStats])[] {
  if (!(cache instanceof Map)) return [[{ namespace: (cache as Cache).namespace }, (cache as Cache).stats()]];
  return [...cache].map(([namespace, stats]) => [{ namespace, process: 'workers' }, stats]);
}

function total(help: string, read: (stats: CacheStats) => number): Family {
  return { kind: 'counter', help, of: (stats) => [[{}, read(stats)]] };
}

function ofTiers(kind: Family['kind'], help: string, name: TierNumber): Family {
  return {
    kind,
    help,
    of: ({ tiers }) => Object.entries(tiers).map(([tier, stats]) => [{ tier }, stats[name]]),
  };
}

function labelsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))}"`,
    )
    .join(',');
}
