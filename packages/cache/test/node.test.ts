/** The tier of a machine keeps the contract of tiers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
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
