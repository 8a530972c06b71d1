import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { storageConformance } from '@skein/storage/conformance';
import { afterAll, describe, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'skein-storage-'));
afterAll(() => rmSync(root, { recursive: true }));

const stores: Record<string, () => Storage> = {
  memory: () => new Storage('memory:conformance'),
  fs: () => new Storage({ kind: 'fs', root }),
  'fs that never waits for the disk in line': () => new Storage({ kind: 'fs', root, syncBytes: 0 }),
};

for (const [name, open] of Object.entries(stores)) {
  describe(name, () => {
    for (const claim of storageConformance({ open })) {
      test(claim.name, async (context) => {
        const skipped = await claim.run();
        if (skipped) context.skip(skipped);
      });
    }
  });
}
