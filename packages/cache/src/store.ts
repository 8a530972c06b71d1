/** Where the values of a cache are: in memory, and packed in the tiers below it. */
import { badArgument } from './errors.ts';
import { type Flight, Flights, isCurrent } from './flights.ts';
import { type Found, Layers, type Origin, TierOrigin } from './layers.ts';
import type { Once } from './load.ts';
import { type Held, MemoryTier } from './memory/memory-tier.ts';
import { sizeOf } from './memory/size-of.ts';
import { type Guess, TransferTime } from './policy/transfer-time.ts';
import { type CachePolicy, everywhere, MEMORY, type PlacedEntry } from './policy.ts';
import { type CacheStats, Counters } from './stats.ts';
import type { Entry, EntryHead, Invalidation, OpenTier } from './tier.ts';
import { bytesOf, packError, packValue, unpack } from './value.ts';

export interface StoreOptions {
  readonly namespace: string;
  /** 0: no memory tier. */
  readonly memoryBytes: number;
  readonly tiers: readonly OpenTier[];
  readonly coherenceMs: number;
  readonly sizeOf?: ((value: unknown, key: string) => number) | undefined;
  readonly policy?: CachePolicy | undefined;
}

/** What making a value of bytes takes, until it was measured. */
const UNPACKING: Guess = { latencyMs: 0.02, bytesPerSecond: 500e6 };

export class Store {
  readonly layers: Layers;
  readonly flights: Flights = new Flights();
  readonly counters: Counters = new Counters();
  readonly #options: StoreOptions;
  readonly #policy: CachePolicy;
  readonly #memory: MemoryTier | undefined;
  readonly #unpacking = new TransferTime(UNPACKING);
  readonly #told = new Set<string>();
  #polledAt = 0;

  constructor(options: StoreOptions) {
    const { memoryBytes, tiers, namespace, policy = everywhere } = options;
    this.#options = options;
    this.#policy = policy;
    this.#memory = memoryBytes > 0 ? new MemoryTier(memoryBytes) : undefined;
    this.layers = new Layers(tiers, namespace, policy, (invalidation) => this.invalidated(invalidation));
  }

  /** What is in memory, held against what the tiers have heard at most `coherenceMs` ago. */
  held(key: string): Held | undefined {
    if (this.#memory === undefined) return undefined;
    if (this.layers.tiers.length > 0) {
      const now = Date.now();
      // A clock that was set back counts as time that has passed.
      if (Math.abs(now - this.#polledAt) >= this.#options.coherenceMs) this.poll(now);
    }
    return this.#memory.get(key);
  }

  poll(now: number = Date.now()): void {
    this.#polledAt = now;
    this.layers.poll();
  }

  /** Copies in memory are gone; what is under way is not kept, and joined by nobody. */
  invalidated(invalidation: Invalidation): void {
    this.flights.invalidate(invalidation);
    this.#policy.invalidated?.(invalidation);
    if (invalidation.kind === 'key') this.#memory?.delete(invalidation.key);
    else if (invalidation.kind === 'tag') this.#memory?.invalidate(invalidation.tag);
    else this.#memory?.clear();
  }

  /** Takes over what a tier has: into memory, and into the tiers that are nearer. @returns undefined for what cannot be read here */
  async take(flight: Flight, entry: Entry, found: Found): Promise<Held | undefined> {
    const tier = this.layers.tiers[found.at]!;
    const begun = performance.now();
    let value: unknown;
    try {
      value = await unpack(entry);
    } catch (error) {
      tier.miss();
      this.#tellOnce(
        'unreadable',
        `a value of the ${tier.name} tier cannot be read, and is loaded again: ${textOf(error)}`,
      );
      return undefined;
    }
    tier.hit();
    const held = heldOf(entry, value);
    if (entry.only !== undefined) return held; // an outcome that is not to be kept
    const bytes = bytesOf(entry);
    this.#unpacking.measured(bytes, performance.now() - begun);
    const origin = new TierOrigin(tier, bytes, this.#unpacking);
    this.remember(flight, held, await this.layers.fill(flight.key, entry, found.marks, origin, found.at));
    return held;
  }

  /**
   * Keeps what a loader gave. `only` outcomes are not for memory: who waits there has got them.
   *
   * @param loadMs what the loader has taken
   * @param once among whom it was called
   */
  async keep(
    flight: Flight,
    head: EntryHead,
    value: unknown,
    found: Found,
    loadMs: number,
    once: Once,
  ): Promise<Held> {
    const held = heldOf(head, value);
    const entry = await this.pack(head, value);
    let origin: Origin = { fetchMs: loadMs, from: 'loader' };
    if (entry !== undefined) {
      const { key } = flight;
      if (head.kind !== 'error') this.#policy.loaded?.(bytesOf(entry), loadMs);
      origin = await this.layers.fill(key, entry, found.marks, origin, this.layers.tiers.length, once);
    }
    if (head.only === undefined) this.remember(flight, held, origin);
    else if (!flight.isOver) this.#memory?.delete(flight.key);
    return held;
  }

  /** Into memory, unless it was invalidated since the flight began. */
  remember(flight: Flight, held: Held, origin: Origin): void {
    const { key } = flight;
    if (this.#memory === undefined) return;
    this.poll();
    if (!isCurrent(flight, held.tags)) return;
    const { sizeOf: ownSizeOf } = this.#options;
    const bytes = ownSizeOf === undefined ? sizeOf(held.value) : checkedSize(ownSizeOf(held.value, key), key);
    const { staleAt } = held;
    const placed = (): PlacedEntry => {
      const { fetchMs, from } = origin;
      return { key, bytes, staleAt, fetchMs, from, isAwaited: false };
    };
    const policy = this.#policy;
    if (!policy.keeps(MEMORY, placed())) this.counters.memoryDeclined++;
    else if (this.#memory.set(key, held, bytes, policy.worth && (() => policy.worth!(placed()))))
      this.counters.memoryWrites++;
    else this.counters.memoryRefused++;
  }

  /** An entry for the tiers below memory; undefined where there are none, or the value cannot leave the process. */
  async pack(head: EntryHead, value: unknown): Promise<Entry | undefined> {
    if (this.layers.tiers.length === 0) return undefined;
    try {
      return { ...head, ...(head.kind === 'error' ? packError(value) : await packValue(value)) };
    } catch (error) {
      this.counters.unpackable++;
      this.#tellOnce('unpackable', `a value is kept in memory only: ${textOf(error)}`);
      return undefined;
    }
  }

  stats(): CacheStats {
    return this.counters.stats(this.#memory?.stats(), this.layers.tiers);
  }

  async close(): Promise<void> {
    await this.layers.close();
    this.#memory?.clear();
  }

  #tellOnce(kind: string, message: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    process.emitWarning(`cache '${this.#options.namespace}': ${message}`, 'SkeinWarning');
  }
}

/** As memory holds what tiers keep as an entry. */
export function heldOf({ kind, staleAt, expiresAt, tags }: EntryHead, value: unknown): Held {
  return { kind: kind === 'error' ? 'error' : 'value', value, staleAt, expiresAt, tags };
}

function checkedSize(bytes: unknown, key: string): number {
  if (typeof bytes === 'number' && bytes >= 0 && Number.isFinite(bytes)) return bytes;
  throw badArgument(`what sizeOf gives for ${JSON.stringify(key)}`, 'a number of bytes', bytes);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
