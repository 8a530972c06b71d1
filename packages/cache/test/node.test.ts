/** The tier of a machine keeps the contract of tiers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cache } from '@skein/cache';
import { afterAll, expect, test } from 'vitest';
import { nameOf } from '../src/node/folder.ts';
import { openNode } from '../src/node/options.ts';
import { tierConformance } from './support/conformance.ts';
import { damageFile, entryFiles } from './support/directory.ts';

const directory = mkdtempSync(join(tmpdir(), 'skein-cache-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

for (const sharedAmongThreads of [false, true]) {
  tierConformance(sharedAmongThreads ? 'node, shared among threads' : 'node', () => ({
    open: openNode({ directory, maxBytes: 50e6, sharedAmongThreads }),
    hearsWithinMs: 0,
    damage: async (_namespace, key, how) => {
      const path = entryFiles(directory).find((one) => one.endsWith(nameOf(key)));
      damageFile(path!, how);
    },
  }));
}

test('a large array that somebody still holds is not read again; one that was transferred to another thread is', async () => {
  const cache = new Cache({ namespace: 'living', tiers: ['node'], node: { directory } });
  await cache.set('array', new Float64Array(100_000).fill(7));
  const read = async (): Promise<Float64Array> => (await cache.get<Float64Array>('array'))!;
  const first = await read();
  expect((await read()).buffer).toBe(first.buffer);
  structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
  expect((await read())[99_999]).toBe(7);
  // Another version is another body.
  const held = await read();
  await cache.set('array', new Float64Array(100_000).fill(8));
  expect([held[0], (await read())[0]]).toEqual([7, 8]);
  await cache.close();
});
