/** What a cache is made of: its tiers, and a section for each. */
import type { Json, Reach } from '@skein/codec';
import { checkConfig, custom, list, number, section, size, text, type Values } from '@skein/config';
import { badArgument } from './errors.ts';
import {
  type InfinispanOptions,
  infinispanSchema,
  openInfinispan,
  type ResolvedInfinispan,
  resolveInfinispan,
} from './infinispan/options.ts';
import { checkName } from './load-options.ts';
import { type NodeOptions, nodeSchema, openNode } from './node/options.ts';
import { CostPolicy } from './policy/cost-policy.ts';
import { type Prices, pricesSchema, rentsOf } from './policy/prices.ts';
import { type CachePolicy, everywhere } from './policy.ts';
import {
  openRedis,
  type RedisOptions,
  type ResolvedRedis,
  redisSchema,
  resolveRedis,
} from './redis/options.ts';
import type { OpenTier } from './tier.ts';

/** Tiers that are named, nearest first. */
export type TierName = 'memory' | 'node' | 'redis' | 'infinispan';

export type PolicyName = 'cost' | 'everywhere';

export interface CacheOptions {
  /** Nearest first; a tier of one's own is the function that opens it, and keeps the cache from travelling. @default ['memory', 'node'] */
  readonly tiers?: readonly (TierName | OpenTier)[] | undefined;
  /** Caches of one name and tiers share what they keep. @default 'default' */
  readonly namespace?: string | undefined;
  readonly memory?: MemoryOptions | undefined;
  readonly node?: NodeOptions | undefined;
  readonly redis?: RedisOptions | undefined;
  readonly infinispan?: InfinispanOptions | undefined;
  /**
   * What is kept where: `'cost'` keeps in each tier what saves most time for the room and the money that it takes, `'everywhere'`
   * what fits. One of one's own keeps the cache from travelling. @default 'cost'
   */
  readonly policy?: PolicyName | CachePolicy | undefined;
  /** What time and memory cost, for the policy `'cost'`. */
  readonly prices?: Prices | undefined;
  /** Of values for which none is given, milliseconds. @default Infinity */
  readonly ttlMs?: number | undefined;
  /** By which part of itself a time to live is shortened at most, at random: 0 to 1. @default 0.1 */
  readonly jitter?: number | undefined;
  /** A value in memory is served for so long after another process has made it invalid, milliseconds. @default 10 */
  readonly coherenceMs?: number | undefined;
  /** Bytes that a value holds in memory. It does not travel: elsewhere they are estimated. @default an estimate, exact for binary memory */
  readonly sizeOf?: ((value: unknown, key: string) => number) | undefined;
}

export interface MemoryOptions {
  /** A number, or text such as '64MiB'. @default 256 MiB */
  readonly maxBytes?: number | string | undefined;
}

const NAMES: readonly unknown[] = ['memory', 'node', 'redis', 'infinispan'] satisfies TierName[];

const tier = custom<TierName | OpenTier>(
  "'memory', 'node', 'redis', 'infinispan' or a function that opens a tier",
  (value) =>
    NAMES.includes(value) || typeof value === 'function' ? (value as TierName | OpenTier) : undefined,
);

const policy = custom<PolicyName | CachePolicy>(
  "'cost', 'everywhere' or an object with a method keeps(tier, entry)",
  (value) => (value === 'cost' || value === 'everywhere' || isPolicy(value) ? value : undefined),
);

function isPolicy(value: unknown): value is CachePolicy {
  return typeof value === 'object' && value !== null && 'keeps' in value && typeof value.keeps === 'function';
}

const schema = {
  tiers: list(tier),
  namespace: text(),
  memory: section({ maxBytes: size() }),
  node: section(nodeSchema),
  redis: section(redisSchema),
  infinispan: section(infinispanSchema),
  policy,
  prices: section(pricesSchema),
  ttlMs: number({ min: Number.MIN_VALUE }),
  jitter: number({ min: 0, max: 1 }),
  coherenceMs: number({ min: 0 }),
  sizeOf: custom<NonNullable<CacheOptions['sizeOf']>>('a function (value, key) => bytes', (value) =>
    typeof value === 'function' ? (value as NonNullable<CacheOptions['sizeOf']>) : undefined,
  ),
};

/** Checked, with defaults; sections as they were given, because their defaults are the machine's. */
export interface ResolvedCache {
  readonly tiers: readonly (TierName | OpenTier)[];
  readonly namespace: string;
  readonly memoryBytes: number;
  readonly node: Values<typeof nodeSchema> | undefined;
  readonly redis: ResolvedRedis | undefined;
  readonly infinispan: ResolvedInfinispan | undefined;
  readonly policy: PolicyName | CachePolicy;
  readonly prices: Values<typeof pricesSchema> | undefined;
  readonly ttlMs: number;
  readonly jitter: number;
  readonly coherenceMs: number;
  readonly sizeOf: CacheOptions['sizeOf'];
}

const MEMORY_BYTES = 256 * 2 ** 20;

/** @throws {ConfigError | CacheError} for what is wrong, before anything has an effect */
export function resolveCache(options: CacheOptions): ResolvedCache {
  const {
    tiers = ['memory', 'node'],
    namespace = 'default',
    memory,
    node,
    redis: givenRedis,
    infinispan: givenInfinispan,
    policy = 'cost',
    prices,
    sizeOf,
    ...rest
  } = checkConfig(schema, options);
  checkName('namespace', namespace);
  if (tiers.length === 0) throw badArgument('tiers', 'one tier at least', tiers);
  if (tiers.lastIndexOf('memory') > 0)
    throw badArgument('tiers', "a list in which 'memory' comes first, once", tiers);
  if (new Set(tiers).size < tiers.length) throw badArgument('tiers', 'a list without repetitions', tiers);
  const { ttlMs = Number.POSITIVE_INFINITY, jitter = 0.1, coherenceMs = 10 } = rest;
  const memoryBytes = tiers[0] === 'memory' ? (memory?.maxBytes ?? MEMORY_BYTES) : 0;
  const redis = tiers.includes('redis') ? resolveRedis(givenRedis) : undefined;
  const infinispan = tiers.includes('infinispan') ? resolveInfinispan(givenInfinispan) : undefined;
  return {
    tiers,
    namespace,
    memoryBytes,
    node,
    redis,
    infinispan,
    policy,
    prices,
    ttlMs,
    jitter,
    coherenceMs,
    sizeOf,
  };
}

/** The tiers below memory. */
export function openersOf({ tiers, node, redis, infinispan }: ResolvedCache): readonly OpenTier[] {
  const named: Readonly<Record<TierName, () => OpenTier | []>> = {
    memory: () => [],
    node: () => openNode(node),
    redis: () => openRedis(redis!),
    infinispan: () => openInfinispan(infinispan!),
  };
  return tiers.flatMap((one) => (typeof one === 'string' ? named[one]() : one));
}

/** A policy of its own for each cache that is open: it learns from what that one does. */
export function policyOf({ policy, prices }: ResolvedCache): CachePolicy {
  if (policy === 'everywhere') return everywhere;
  return policy === 'cost' ? new CostPolicy(rentsOf(prices)) : policy;
}

/** Options that travel: JSON, of which another process makes the same cache. */
export type CacheState = { readonly [option: string]: Json };

/** How far from here a handle of it finds what it stands for. */
export function reachOf(options: ResolvedCache): Reach {
  if (!isPortable(options)) return 'process';
  return [options.redis, options.infinispan].some((tier) => tier?.reach === 'host') ? 'host' : 'network';
}

export function isPortable({ tiers, policy }: ResolvedCache): boolean {
  return typeof policy === 'string' && tiers.every((one) => typeof one === 'string');
}

export function stateOf({
  tiers,
  namespace,
  memoryBytes,
  node,
  redis,
  infinispan,
  policy,
  prices,
  ttlMs,
  jitter,
  coherenceMs,
}: ResolvedCache): CacheState {
  return {
    tiers: tiers.map(String),
    namespace,
    ...(memoryBytes > 0 && { memory: { maxBytes: memoryBytes } }),
    ...(node !== undefined && { node: Object.fromEntries(Object.entries(node)) as CacheState }),
    ...(redis !== undefined && { redis: redis.state }),
    ...(infinispan !== undefined && { infinispan: infinispan.state }),
    ...(typeof policy === 'string' && { policy }),
    ...(prices !== undefined && { prices: Object.fromEntries(Object.entries(prices)) as CacheState }),
    ...(ttlMs !== Number.POSITIVE_INFINITY && { ttlMs }), // which JSON does not have
    jitter,
    coherenceMs,
  };
}
