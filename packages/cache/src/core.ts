/**
 * What all handles of one cache share in a process: what it holds, and the loads that are under way.
 *
 * - **C1** Of a process one caller loads a key's value; the others get the same promise.
 * - **C2** A hit in memory has been held against what the tiers have heard at most `coherenceMs` before.
 * - **C3** What was invalidated while it was loaded is given to those who asked before, kept nowhere, and joined by nobody.
 * - **C4** An error of a loader is given to all who waited for it, also in other processes, and kept only where that was asked for.
 */
import { CacheError } from './errors.ts';
import type { Flight } from './flights.ts';
import { type Found, OUTCOME_MS } from './layers.ts';
import { loadOnce } from './load.ts';
import type { ResolvedLoad } from './load-options.ts';
import type { Held } from './memory/memory-tier.ts';
import type { CacheStats } from './stats.ts';
import { heldOf, Store, type StoreOptions } from './store.ts';
import type { Entry, EntryHead, Invalidation, Tier } from './tier.ts';

export interface CoreOptions extends StoreOptions {
  /** By which part of itself a time to live is shortened at most. */
  readonly jitter: number;
  /** Between 0 and 1. @default Math.random */
  readonly random?: () => number;
}

type Loader = () => unknown;

export class CacheCore {
  readonly #store: Store;
  readonly #jitter: number;
  readonly #random: () => number;
  /** What goes on in the background, and is waited for by `close`. */
  readonly #refreshing = new Set<Promise<unknown>>();

  constructor(options: CoreOptions) {
    this.#store = new Store(options);
    this.#jitter = options.jitter;
    this.#random = options.random ?? Math.random;
  }

  /** What is in memory, and fresh. */
  peek(key: string): Held | undefined {
    const held = this.#store.held(key);
    const { counters } = this.#store;
    if (held === undefined || held.kind === 'error' || isStale(held)) {
      counters.memoryMisses++;
      return undefined;
    }
    counters.memoryHits++;
    counters.hits++;
    return held;
  }

  /** What is kept, and fresh. */
  get(key: string): Promise<Held | undefined> {
    const { counters, flights, layers } = this.#store;
    const held = this.peek(key);
    if (held !== undefined) return Promise.resolve(held);
    if (layers.tiers.length === 0) {
      counters.misses++;
      return Promise.resolve(undefined);
    }
    const known = flights.find<Held | undefined>('lookup', key);
    if (known !== undefined) {
      counters.joined++;
      return known;
    }
    return flights.start('lookup', key, [], (flight) => this.#lookUp(flight));
  }

  /** A hit in memory makes no promise but the one that is returned. */
  getOrSet(key: string, loader: Loader, options: ResolvedLoad): Promise<unknown> {
    const { counters, flights } = this.#store;
    const held = this.#store.held(key);
    if (held !== undefined) {
      counters.memoryHits++;
      counters.hits++;
      if (held.kind === 'error') return Promise.reject(held.value);
      if (isStale(held)) this.#refresh(key, loader, options);
      return Promise.resolve(held.value);
    }
    counters.memoryMisses++;
    const known = flights.find('load', key);
    if (known !== undefined) {
      counters.joined++;
      return known;
    }
    return flights.start('load', key, options.tags, (flight) => this.#obtain(flight, loader, options));
  }

  async set(key: string, value: unknown, options: ResolvedLoad): Promise<void> {
    const store = this.#store;
    store.invalidated({ kind: 'key', key });
    const head = this.#headFor(options.ttlMs, options);
    // A flight, which ends over when the key is set or invalidated again meanwhile, by anybody.
    await store.flights.start('set', key, options.tags, async (flight) => {
      const origin = await store.layers.replace(key, await store.pack(head, value));
      store.remember(flight, heldOf(head, value), origin);
    });
  }

  async delete(key: string): Promise<void> {
    await this.#invalidate({ kind: 'key', key }, 'delete', (tier) => tier.delete(key));
  }

  async invalidate(tag: string): Promise<void> {
    await this.#invalidate({ kind: 'tag', tag }, 'invalidate', (tier) => tier.invalidate(tag));
  }

  async clear(): Promise<void> {
    await this.#invalidate({ kind: 'all' }, 'clear', (tier) => tier.clear());
  }

  stats(): CacheStats {
    return this.#store.stats();
  }

  /** Waits for what goes on in the background. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#refreshing);
    await this.#store.close();
  }

  async #invalidate(
    invalidation: Invalidation,
    what: string,
    work: (tier: Tier) => Promise<void>,
  ): Promise<void> {
    this.#store.invalidated(invalidation);
    try {
      await this.#store.layers.everywhere(what, work);
    } finally {
      this.#store.invalidated(invalidation); // of what was read from a tier meanwhile
    }
  }

  async #lookUp(flight: Flight): Promise<Held | undefined> {
    const found = await this.#store.layers.find(
      flight.key,
      [],
      (entry) => isFresh(entry) && entry.kind !== 'error',
    );
    const held = found.entry && (await this.#store.take(flight, found.entry, found));
    if (held === undefined) this.#store.counters.misses++;
    else this.#store.counters.hits++;
    return held;
  }

  async #obtain(flight: Flight, loader: Loader, options: ResolvedLoad): Promise<unknown> {
    const { layers, counters } = this.#store;
    if (options.once === 'cluster' && !layers.tiers.some(({ tier }) => tier.scope === 'cluster'))
      throw new CacheError(
        'unsupported',
        "once: 'cluster' takes a tier that a cluster shares: this cache has none",
      );
    const startedAt = Date.now();
    const found = await layers.find(
      flight.key,
      flight.tags,
      (entry) => isFresh(entry) || isServedStale(entry),
    );
    const held = found.entry && (await this.#store.take(flight, found.entry, found));
    if (held !== undefined) {
      counters.hits++;
      if (!isFresh(found.entry!)) this.#refresh(flight.key, loader, options);
      return outcomeOf(held);
    }
    counters.misses++;
    // An outcome that is only for those who wait is this one's if it was made afterwards.
    const isWanted = (entry: Entry): boolean =>
      isFresh(entry) || (entry.only !== undefined && entry.madeAt > startedAt);
    return outcomeOf((await this.#loadOnce(flight, loader, options, found, isWanted, true))!);
  }

  /** In the background: whoever has asked got what is stale. Of its failure only the statistics tell. */
  #refresh(key: string, loader: Loader, options: ResolvedLoad): void {
    const { counters, flights, layers } = this.#store;
    counters.stale++;
    if (flights.find('refresh', key) !== undefined) return;
    const refresh = flights.start('refresh', key, options.tags, async (flight) => {
      const found = await layers.find(key, options.tags, isFresh);
      const held = found.entry && (await this.#store.take(flight, found.entry, found));
      return held ?? this.#loadOnce(flight, loader, options, found, isFresh, false);
    });
    const settled = refresh.catch(() => counters.refreshFailures++);
    this.#refreshing.add(settled);
    settled.then(() => this.#refreshing.delete(settled));
  }

  #loadOnce(
    flight: Flight,
    loader: Loader,
    options: ResolvedLoad,
    first: Found,
    isWanted: (entry: Entry) => boolean,
    waits: boolean,
  ): Promise<Held | undefined> {
    const { key, tags } = flight;
    const { once, leaseMs } = options;
    const load = (found: Found): Promise<Held> => this.#load(flight, loader, options, found, waits);
    return loadOnce(this.#store.layers, { key, tags, once, leaseMs, waits, isWanted }, first, {
      load,
      // What another has loaded and cannot be read here is loaded here.
      use: async (entry, found) => (await this.#store.take(flight, entry, found)) ?? load(found),
    });
  }

  /** @param isAwaited whether others wait for the outcome, be it an error; what is refreshed stays when that fails */
  async #load(
    flight: Flight,
    loader: Loader,
    options: ResolvedLoad,
    found: Found,
    isAwaited: boolean,
  ): Promise<Held> {
    const { counters } = this.#store;
    const begun = performance.now();
    let value: unknown;
    try {
      value = await loader();
    } catch (error) {
      counters.loadFailures++;
      if (isAwaited)
        await this.#store.keep(
          flight,
          this.#headFor(options.errorTtlMs, options, 'error'),
          error,
          found,
          performance.now() - begun,
          options.once,
        );
      throw error;
    }
    const loadMs = performance.now() - begun;
    counters.loads++;
    counters.loadMs += loadMs;
    const isEmpty = value === undefined || value === null;
    const head = this.#headFor(isEmpty ? options.emptyTtlMs : options.ttlMs, options);
    return this.#store.keep(flight, head, value, found, loadMs, options.once);
  }

  /** @param ttlMs 0 for an outcome that only those get who wait for it */
  #headFor(ttlMs: number, { swrMs, tags }: ResolvedLoad, kind: EntryHead['kind'] = 'value'): EntryHead {
    const madeAt = Date.now();
    if (ttlMs === 0)
      return { kind, madeAt, staleAt: madeAt, expiresAt: madeAt + OUTCOME_MS, tags, only: 'waiters' };
    const staleAt = madeAt + ttlMs * (1 - this.#jitter * this.#random());
    return { kind, madeAt, staleAt, expiresAt: staleAt + (kind === 'error' ? 0 : swrMs), tags };
  }
}

function isFresh({ only, staleAt }: EntryHead): boolean {
  return only === undefined && Date.now() < staleAt;
}

/** What is never stale does not ask for the time. */
function isStale({ staleAt }: Held): boolean {
  return staleAt !== Number.POSITIVE_INFINITY && Date.now() >= staleAt;
}

/** An entry that has expired no tier gives. */
function isServedStale({ only, kind }: EntryHead): boolean {
  return only === undefined && kind !== 'error';
}

function outcomeOf({ kind, value }: Held): unknown {
  if (kind === 'error') throw value;
  return value;
}
