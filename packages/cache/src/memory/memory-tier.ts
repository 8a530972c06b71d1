/** The tier of a process's own memory: values as they are, ready to use. Every hit is the same object. */
import type { TierState } from '../tier.ts';
import { TinyLfu, type Worth } from './tiny-lfu.ts';

/** A value with its times, as in an entry's head. */
export interface Held {
  /** `error`: the value is what the loader has thrown. */
  readonly kind: 'value' | 'error';
  readonly value: unknown;
  readonly staleAt: number;
  readonly expiresAt: number;
  readonly tags: readonly string[];
}

export class MemoryTier {
  readonly #lfu: TinyLfu<Held>;
  /** Keys by tag. */
  readonly #tagged = new Map<string, Set<string>>();
  #evictions = 0;

  constructor(maxBytes: number) {
    this.#lfu = new TinyLfu({
      maxBytes,
      evicted: (key, held) => {
        this.#evictions++;
        this.#untag(key, held);
      },
      isWorthless: ({ expiresAt }) => expiresAt <= Date.now(),
    });
  }

  get(key: string): Held | undefined {
    const held = this.#lfu.get(key);
    // What does not expire does not ask for the time, which takes as long as all the rest.
    if (held === undefined || held.expiresAt === Number.POSITIVE_INFINITY || Date.now() < held.expiresAt)
      return held;
    this.delete(key);
    return undefined;
  }

  /**
   * @param worth what a hit saves, in the unit of all others
   * @returns whether it is kept: what is larger than the tier, or worth less than what it would displace, is not
   */
  set(key: string, held: Held, bytes: number, worth: Worth = bytes): boolean {
    const before = this.#lfu.look(key);
    if (before !== undefined) this.#untag(key, before);
    const kept = this.#lfu.set(key, held, bytes, worth);
    if (kept) for (const tag of held.tags) this.#keysOf(tag).add(key);
    return kept;
  }

  delete(key: string): void {
    const held = this.#lfu.look(key);
    if (held === undefined) return;
    this.#untag(key, held);
    this.#lfu.delete(key);
  }

  invalidate(tag: string): void {
    for (const key of [...(this.#tagged.get(tag) ?? [])]) this.delete(key);
  }

  clear(): void {
    this.#lfu.clear();
    this.#tagged.clear();
  }

  stats(): Required<TierState> {
    const { size, bytes, maxBytes } = this.#lfu;
    return { entries: size, bytes, maxBytes, evictions: this.#evictions, damaged: 0 };
  }

  #keysOf(tag: string): Set<string> {
    let keys = this.#tagged.get(tag);
    if (keys === undefined) {
      keys = new Set();
      this.#tagged.set(tag, keys);
    }
    return keys;
  }

  #untag(key: string, { tags }: Held): void {
    for (const tag of tags) {
      const keys = this.#tagged.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#tagged.delete(tag);
    }
  }
}
