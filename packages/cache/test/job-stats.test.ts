/** What caches have done in workers, as the statistics of jobs, their records and Prometheus have it. */
import { Cache, type CacheStats, jobStats, prometheusText } from '@skein/cache';
import { type ExecutorOptions, FunctionExecutor, openRecords } from '@skein/executor';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

const backends: readonly (readonly [string, ExecutorOptions])[] = [
  ['processes', {}],
  ['threads', { localhost: { isolation: 'thread' } }],
  ['agents that know only storage', { backend: 'subprocess' }],
];

test.each(backends)('a job tells what its calls asked of caches, in %s', async (_, options) => {
  const directory = temporaryDirectory();
  const cache = new Cache({ namespace: 'job stats', node: { directory } });
  const executor = new FunctionExecutor({
    ...options,
    workers: 2,
    storage: `file:${directory}/storage`,
    records: true,
  });
  onTestFinished(async () => {
    await executor.close();
    await cache.close();
  });
  const read = async (key: number): Promise<number> => {
    const value = await cache.getOrSet(`${key}`, () => new Float64Array(1_000).fill(key));
    return value[0]!;
  };
  expect(await executor.map(read, [1, 2, 1, 2, 1, 2])).toEqual([1, 2, 1, 2, 1, 2]);
  const job = executor.map(read, [1, 2, 3]);
  expect(await job).toEqual([1, 2, 3]);
  await executor.map((x: number) => x, [1]);

  const rows = executor.jobSummary();
  const [first, second, third] = rows.map((row) => jobStats([row]).get('job stats'));
  // Who has waited for another's load has missed too.
  expect(first).toMatchObject({ loads: 2, loadFailures: 0 });
  expect(first!.hits + first!.misses).toBe(6);
  expect(first!.hitRatio).toBe(first!.hits / 6);
  expect(second).toMatchObject({ hits: 2, misses: 1, loads: 1 });
  expect(third).toBeUndefined();
  expect(tier(second!, 'node')).toMatchObject({ writes: 1, maxBytes: 2 ** 30, isResting: false });
  expect(tier(second!, 'node').bytes).toBeGreaterThan(3 * 8_000);
  // Who has waited finds it in a tier, too.
  expect(tier(first!, 'memory').hits + tier(first!, 'node').hits).toBeGreaterThanOrEqual(first!.hits);

  const all = jobStats(rows);
  expect(all.get('job stats')).toMatchObject({ hits: first!.hits + 2, misses: first!.misses + 1, loads: 3 });
  const lines = prometheusText(cache, all).split('\n');
  expect(lines).toContain('skein_cache_hits_total{namespace="job stats"} 0');
  expect(lines).toContain('skein_cache_loads_total{namespace="job stats",process="workers"} 3');
  expect(lines).toContain(
    'skein_cache_tier_writes_total{namespace="job stats",process="workers",tier="node"} 3',
  );
  expect(lines.filter((line) => line === '# TYPE skein_cache_hits_total counter')).toHaveLength(1);

  await executor.close();
  const records = await openRecords({ storage: `file:${directory}/storage` });
  const record = await records.read(`${job.executorId}-${job.jobId}`);
  expect(jobStats([record]).get('job stats')).toEqual(second);
});

function tier(stats: CacheStats, name: string): CacheStats['tiers'][string] {
  return stats.tiers[name]!;
}
