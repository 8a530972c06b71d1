/** What caches tell Prometheus. */
import { Cache, prometheusText } from '@skein/cache';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

test('hits, loads and bytes of several caches, each metric declared once', async () => {
  const node = { directory: temporaryDirectory() };
  const models = new Cache({ namespace: 'models', node });
  const tables = new Cache({ namespace: 'a "table"\nor\\two', tiers: ['memory'] });
  for (let i = 0; i < 3; i++) await models.getOrSet('model', () => new Uint8Array(1_000));
  await tables.set('table', 'x');
  const lines = prometheusText(models, tables).split('\n');
  expect(lines).toContain('skein_cache_hits_total{namespace="models"} 2');
  expect(lines).toContain('skein_cache_loads_total{namespace="models"} 1');
  expect(lines).toContain('skein_cache_tier_writes_total{namespace="models",tier="node"} 1');
  expect(lines).toContain('skein_cache_tier_entries{namespace="a \\"table\\"\\nor\\\\two",tier="memory"} 1');
  expect(
    lines.some((line) => /^skein_cache_tier_bytes\{namespace="models",tier="node"\} \d{4}$/.test(line)),
  ).toBe(true);
  expect(lines.filter((line) => line === '# TYPE skein_cache_tier_bytes gauge')).toHaveLength(1);
  for (const line of lines.filter((one) => one !== '' && !one.startsWith('#')))
    expect(line).toMatch(/^skein_cache_[a-z_]+\{namespace="(?:[^"\\\n]|\\.)+"(?:,tier="\w+")?\} [\d.e+-]+$/);
  await Promise.all([models.close(), tables.close()]);
});
