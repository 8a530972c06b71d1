/**
 * The `infinispan` driver: Infinispan and Red Hat Data Grid, by REST, or by Hot Rod with the package `infinispan`.
 *
 * - A bucket is a cache. `createBucket` needs the right to make caches; where an administrator makes them, it finds them.
 * - `rest`: no conditional writes. The server's PUT looks at no condition, and its POST, which refuses a key that is there, looks for it
 *   first and writes then: of sixteen creators at the same moment up to fifteen are told that they have made it.
 *   `hotrod`: both, by one step of the server. Chunks, listings and caches go by REST in both, on the same port. No presigned URLs.
 * - A conditional write that is sent again because its answer was lost finds its own etag and has won.
 * - An object up to 32 KiB (by `hotrod` under a condition: 768 bytes) is one entry, read by one request; a write first looks at what
 *   it replaces: two. Larger ones have chunks of `partSize`, of which a range reads those that it touches.
 * - Listings are in order, and sorted here: each reads the names of all entries of the cache, chunks too, and then the
 *   description of each key that it tells, 32 at a time. At most 200,000 names are held in memory.
 * - Chunks of a replaced or deleted object are removed a minute later by who replaced it, or by the next listing of
 *   anybody, as are those of a writer that died.
 * - What the server keeps is its configuration's affair: in memory on two nodes, as `createBucket` makes caches, it
 *   survives the death of one.
 */
import type { StorageDriver } from './driver.ts';
import { HotRodEntries } from './infinispan/hotrod-entries.ts';
import { type InfinispanOptions, infinispanKind } from './infinispan/options.ts';
import { InfinispanRest } from './infinispan/rest.ts';
import { RestEntries } from './infinispan/rest-entries.ts';
import { InfinispanStore } from './infinispan/store.ts';
import { keyValueDriver } from './key-value/driver.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { reachOf } from './network/target.ts';

export type { InfinispanOptions } from './infinispan/options.ts';

const CHUNK = 2 ** 20;
const GRACE_MS = 60_000;

/** A store in Infinispan. Nothing is loaded or connected before the first operation. */
export function infinispanDriver(
  options: InfinispanOptions | Opening<InfinispanOptions> = {},
): StorageDriver {
  const { partSize: chunkSize = CHUNK, concurrency = DEFAULTS.concurrency, cacheManager } = options;
  const rest = new InfinispanRest(options);
  const bytes = new RestEntries(rest);
  const versioned = options.protocol === 'hotrod' ? new HotRodEntries(options) : undefined;
  const objects = versioned ?? bytes;
  const store = new InfinispanStore({ rest, bytes, objects, versioned, cacheManager, graceMs: GRACE_MS });
  return keyValueDriver(store, {
    chunkSize,
    concurrency,
    graceMs: GRACE_MS,
    reach: reachOf(infinispanKind.address(options)),
    config: 'portable' in options ? options.portable : undefined,
  });
}
