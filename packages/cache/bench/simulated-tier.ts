/** A tier and a clock that take no time. */
import { HANDED_MS } from '../src/layers.ts';
import type { Entry, Kept, Lease, Reading, Tier, TierState } from '../src/tier.ts';
import { bytesOf } from '../src/value.ts';

export class VirtualClock {
  readonly #noise: number;
  readonly #random: () => number;
  #ms = 0;

  constructor(noise: number, random: () => number) {
    this.#noise = noise;
    this.#random = random;
  }

  readonly now = (): number => this.#ms;

  pass(ms: number): void {
    this.#ms += ms;
  }

  /** Something takes about so long. @returns how long */
  takes(ms: number): number {
    const taken = ms * this.#noise ** (2 * this.#random() - 1);
    this.#ms += taken;
    return taken;
  }
}

/** Bounded by bytes; used last is kept. */
export class LruMap {
  bytes = 0;
  evictions = 0;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, number>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): true | undefined {
    const bytes = this.#entries.get(key);
    if (bytes === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, bytes);
    return true;
  }

  set(key: string, _value: true, bytes: number): boolean {
    if (bytes > this.#maxBytes) return false;
    this.delete(key);
    this.#entries.set(key, bytes);
    this.bytes += bytes;
    this.shrink(this.#maxBytes);
    return true;
  }

  shrink(target: number): void {
    for (const oldest of this.#entries.keys()) {
      if (this.bytes <= target) return;
      this.delete(oldest);
      this.evictions++;
    }
  }

  delete(key: string): void {
    this.bytes -= this.#entries.get(key) ?? 0;
    this.#entries.delete(key);
  }
}

export interface SimulatedTierOptions {
  readonly name: string;
  readonly scope: Tier['scope'];
  readonly maxBytes: number;
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
}

export class SimulatedTier implements Tier {
  readonly name: string;
  readonly scope: Tier['scope'];
  readonly #options: SimulatedTierOptions;
  readonly #clock: VirtualClock;
  readonly #order: LruMap;
  readonly #entries = new Map<string, Entry>();
  /** For those only who wait, oldest first: gone first when room is needed. */
  readonly #brief = new Map<string, { readonly bytes: number; readonly expiresAt: number }>();
  #briefBytes = 0;

  constructor(options: SimulatedTierOptions, clock: VirtualClock) {
    this.name = options.name;
    this.scope = options.scope;
    this.#options = options;
    this.#clock = clock;
    this.#order = new LruMap(options.maxBytes);
  }

  get bytes(): number {
    return this.#order.bytes + this.#briefBytes;
  }

  async read(key: string): Promise<Reading> {
    const entry = this.#order.get(key) && this.#entries.get(key);
    this.#takes(entry);
    return { entry, mark: 0 };
  }

  async write(key: string, entry: Entry): Promise<Kept> {
    const { maxBytes } = this.#options;
    const bytes = bytesOf(entry);
    this.#takes(entry);
    if (bytes > maxBytes) return 'too-large';
    this.#order.delete(key);
    this.#dropBrief(maxBytes - bytes);
    this.#order.shrink(maxBytes - bytes);
    if (entry.only !== undefined) {
      this.#brief.set(key, { bytes, expiresAt: this.#clock.now() + HANDED_MS });
      this.#briefBytes += bytes;
    } else {
      this.#order.set(key, true, bytes);
      this.#entries.set(key, entry);
    }
    return 'kept';
  }

  async delete(key: string): Promise<void> {
    this.#order.delete(key);
    this.#entries.delete(key);
  }

  async invalidate(): Promise<void> {}

  async clear(): Promise<void> {}

  async lease(): Promise<Lease | undefined> {
    return undefined;
  }

  stats(): TierState {
    const { maxBytes, scope } = this.#options;
    const counts = { evictions: this.#order.evictions, damaged: 0 };
    // Servers do not tell, or would have to be asked.
    return scope === 'cluster' ? counts : { bytes: this.bytes, maxBytes, ...counts };
  }

  async close(): Promise<void> {}

  #takes(entry: Entry | undefined): void {
    const { latencyMs, bytesPerSecond } = this.#options;
    this.#clock.takes(latencyMs + (entry === undefined ? 0 : (bytesOf(entry) / bytesPerSecond) * 1000));
  }

  #dropBrief(target: number): void {
    for (const [key, { bytes, expiresAt }] of this.#brief) {
      if (this.bytes <= target && expiresAt > this.#clock.now()) return;
      this.#brief.delete(key);
      this.#briefBytes -= bytes;
    }
  }
}
