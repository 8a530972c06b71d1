import { bodyCases } from './conformance/bodies.ts';
import type { ConformanceCase, ConformanceTarget } from './conformance/case.ts';
import { conditionCases } from './conformance/conditions.ts';
import { keyCases } from './conformance/keys.ts';
import { listingCases } from './conformance/listings.ts';
import { objectCases } from './conformance/objects.ts';
import { processCases } from './conformance/processes.ts';

export type { ConformanceCase, ConformanceTarget } from './conformance/case.ts';

/**
 * What every storage driver must keep, as named claims for any test framework:
 *
 * ```ts
 * for (const claim of storageConformance({ open: () => new Storage(driver) })) {
 *   test(claim.name, async (context) => {
 *     const skipped = await claim.run();
 *     if (skipped) context.skip(skipped);
 *   });
 * }
 * ```
 *
 * Each claim makes buckets of its own and removes them.
 */
export function storageConformance(target: ConformanceTarget): readonly ConformanceCase[] {
  const all = [objectCases, bodyCases, keyCases, conditionCases, listingCases, processCases].flatMap(
    (cases) => cases(target),
  );
  for (const name of Object.keys(target.unkept ?? {})) {
    if (!all.some((one) => one.name === name)) throw new Error(`no claim is named ${JSON.stringify(name)}`);
  }
  return all;
}
