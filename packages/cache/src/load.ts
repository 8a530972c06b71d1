/** Loading a value once among all who share a tier: whoever has its lease loads, the others wait, and read what was loaded. */
import { setTimeout as pause } from 'node:timers/promises';
import type { GuardedTier } from './guarded-tier.ts';
import type { Found, Layers } from './layers.ts';
import type { Entry, Lease } from './tier.ts';

export type Once = 'process' | 'machine' | 'cluster';

/** Between two looks of those who wait and are not told, milliseconds: of a file, of a server. The longest is how long after the end of a lease another loads. */
const PAUSES = { machine: { first: 2, longest: 25 }, cluster: { first: 20, longest: 250 } } as const;

export interface LoadPlan {
  readonly key: string;
  readonly tags: readonly string[];
  readonly once: Once;
  readonly leaseMs: number;
  /** Whether to wait while another loads. */
  readonly waits: boolean;
  /** Whether what another has loaded will do. */
  readonly isWanted: (entry: Entry) => boolean;
}

/**
 * Runs `load` under the leases of the tiers that `once` asks for, nearest first: of a machine one process asks the cluster.
 *
 * @returns what `load` or `use` gives: `use` gets what another has loaded meanwhile; undefined when another is loading, and this one
 *   does not wait
 */
export async function loadOnce<R>(
  layers: Layers,
  plan: LoadPlan,
  first: Found,
  { load, use }: { load: (found: Found) => Promise<R>; use: (entry: Entry, found: Found) => Promise<R> },
): Promise<R | undefined> {
  const leases: Lease[] = [];
  let found = first;
  const look = async (): Promise<Found> =>
    (found = await layers.findAgain(plan.key, plan.tags, plan.isWanted));
  try {
    for (const tier of layers.tiers.filter((one) => isAsked(one, plan.once))) {
      const pauses = PAUSES[tier.tier.scope];
      let lease = await tier.lease(plan.key, plan.leaseMs);
      for (let ms: number = pauses.first; lease === undefined; ms = Math.min(2 * ms, pauses.longest)) {
        if (!plan.waits) return undefined;
        await (tier.tier.leaseFree?.(plan.key, ms) ?? pause(ms));
        const { entry } = await look();
        if (entry !== undefined) return await use(entry, found);
        lease = await tier.lease(plan.key, plan.leaseMs);
      }
      if (lease === 'none') continue;
      leases.push(lease);
      // Whoever had it before may have finished since this one looked.
      const { entry } = await look();
      if (entry !== undefined) return await use(entry, found);
    }
    return await load(found);
  } finally {
    for (const lease of leases.toReversed()) await lease.release();
  }
}

/** Whether those who wait for a load find it in this tier. */
export function isAsked({ tier }: GuardedTier, once: Once): boolean {
  return once === 'cluster' || (once === 'machine' && tier.scope === 'machine');
}
