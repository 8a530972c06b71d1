import type { Storage } from '@skein/storage';
import { storageConformance } from '@skein/storage/conformance';
import { test } from 'vitest';

/** Every claim about a store as a test of its own. Stores in a network answer slowly where many tests run. */
export function testConformance(
  open: () => Storage,
  unkept: Readonly<Record<string, string>> = {},
  timeout = 60_000,
): void {
  for (const claim of storageConformance({ open, unkept })) {
    test(claim.name, { timeout }, async (context) => {
      const skipped = await claim.run();
      if (skipped) context.skip(skipped);
    });
  }
}
