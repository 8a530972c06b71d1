/** A cache, as a contestant has it. */
import type { Infinispan, InfinispanNode } from '../../../tools/servers/infinispan.ts';
import type { CacheRequest } from '../protocol.ts';

export interface Cached {
  /** In all of its tiers. */
  set(key: string, value: unknown): Promise<unknown>;
  /** From memory, at once. */
  peek?(key: string): unknown;
  getOrSet?(key: string, load: () => Promise<unknown>): Promise<unknown>;
  close?(): Promise<unknown>;
}

/** What it is to be. */
export interface Shape {
  readonly tiers: CacheRequest['tiers'];
  /** So many entries of that size fit into memory, as the value says. */
  readonly held: number;
  readonly example: unknown;
  /** Where the tier of the cluster is; 0 when there is none. */
  readonly redisPort: number;
  readonly infinispan:
    | (Pick<Infinispan, 'user' | 'password'> & Pick<InfinispanNode, 'host' | 'port' | 'url'>)
    | undefined;
}

/** Modules of this folder, each loaded by whoever plays it alone. */
export type OpenCached = (shape: Shape) => Promise<Cached> | Cached;
