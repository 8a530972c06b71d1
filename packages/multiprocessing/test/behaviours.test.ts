/** The page that says where each behaviour of Python's is tested names tests that there are. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const page = await readFile(new URL('../../../docs/multiprocessing.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/\| (\w+)\.test\.ts: (.+) \|$/gm)];

test('there are rows', () => {
  expect(rows.length).toBeGreaterThan(50);
});

test.each(rows.map(([, file, claims]) => [file!, claims!]))('%s: %s', async (file, claims) => {
  const source = await readFile(new URL(`${file}.test.ts`, import.meta.url), 'utf8');
  const titles = [...source.matchAll(/\(\s*'([^'\n]+)'/g)].map(([, title]) => title!.replaceAll('’', "'"));
  for (const claim of claims.replace(/ \(.*\)$/, '').split('; ')) {
    const known = titles.some((title) => {
      const pattern = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[sdj]/g, '.+');
      return title.startsWith(claim) || new RegExp(`^${pattern}`).test(claim);
    });
    expect(known, claim).toBe(true);
  }
});
