/** Caches that are open in this process: one for all handles of the same make, however many copies of this package are loaded. */
import { registerMetrics } from '@skein/codec';
import { CacheCore } from './core.ts';
import { metricsName, metricsOf } from './job-stats.ts';
import { isPortable, openersOf, policyOf, type ResolvedCache, stateOf } from './options.ts';

export interface OpenCache {
  readonly core: CacheCore;
  /** Handles that were made here, and not closed. Those that came from elsewhere close nothing. */
  holders: number;
  isClosed: boolean;
  /** Ends what tells executors of it. */
  readonly unregister: () => void;
}

const KEY = Symbol.for('skein.cache@1');

/** By what they are made of. */
function openCaches(): Map<string, OpenCache> {
  const slots = process as unknown as Record<symbol, Map<string, OpenCache> | undefined>;
  slots[KEY] ??= new Map();
  return slots[KEY];
}

/** The one that is open, else a new one. One with tiers of the user's own is nobody else's. */
export function openCache(options: ResolvedCache): OpenCache {
  if (!isPortable(options)) return newCache(options);
  const id = JSON.stringify(stateOf(options));
  const caches = openCaches();
  let open = caches.get(id);
  if (open === undefined) {
    open = newCache(options);
    caches.set(id, open);
  }
  return open;
}

export async function closeCache(open: OpenCache): Promise<void> {
  open.isClosed = true;
  for (const [id, one] of openCaches()) if (one === open) openCaches().delete(id);
  open.unregister();
  await open.core.close();
}

function newCache(options: ResolvedCache): OpenCache {
  const core = new CacheCore({ ...options, tiers: openersOf(options), policy: policyOf(options) });
  const unregister = registerMetrics({
    name: metricsName(options.namespace),
    read: () => metricsOf(core.stats()),
  });
  return { core, holders: 0, isClosed: false, unregister };
}
