/**
 * A tier whose failures are the cache's business, not its users': a read that fails is a miss, a write that fails is none, both are
 * counted, and the first of a kind is told by a warning. One that keeps failing is left alone for a while, so that a server that is
 * gone costs its timeout now and then, not each time.
 *
 * What makes something invalid is different: that it did not reach the tier is an error for whoever asked for it.
 */
import { CacheError, codeOf } from './errors.ts';
import { type Guess, TransferTime } from './policy/transfer-time.ts';
import type { PlacedTier } from './policy.ts';
import type { Entry, Kept, Lease, Mark, Reading, Tier, TierState } from './tier.ts';
import { bytesOf } from './value.ts';

const FAILURES_BEFORE_REST = 3;
const FIRST_REST_MS = 250;
const LONGEST_REST_MS = 10_000;

/** What a read or a write takes, until it was measured. */
const GUESSES: Readonly<Record<Tier['scope'], Guess>> = {
  machine: { latencyMs: 0.1, bytesPerSecond: 2e9 },
  cluster: { latencyMs: 1, bytesPerSecond: 200e6 },
};

/** What a tier has done, since the cache was opened in this process. */
export interface TierStats extends TierState {
  readonly hits: number;
  readonly misses: number;
  /** Entries kept. */
  readonly writes: number;
  /** Entries not kept: larger than the tier, no room, or invalidated while they were loaded. */
  readonly refused: number;
  /** Entries that the policy has kept from it. */
  readonly declined: number;
  readonly failures: number;
  /** What the last failure was. */
  readonly lastFailure?: string;
  /** It has failed several times, and is not asked for a while. */
  readonly isResting: boolean;
}

export class GuardedTier implements PlacedTier {
  readonly tier: Tier;
  readonly reading: TransferTime;
  readonly writing: TransferTime;
  readonly #now: () => number;
  readonly #warned = new Set<unknown>();
  #hits = 0;
  #misses = 0;
  #writes = 0;
  #refused = 0;
  #declined = 0;
  #failures = 0;
  #lastFailure: string | undefined;
  #inARow = 0;
  #restMs = FIRST_REST_MS;
  #restsUntil = 0;

  /** @param now milliseconds, by which reads and writes are measured */
  constructor(tier: Tier, now: () => number = () => performance.now()) {
    this.tier = tier;
    this.#now = now;
    this.reading = new TransferTime(GUESSES[tier.scope]);
    this.writing = new TransferTime(GUESSES[tier.scope]);
  }

  get name(): string {
    return this.tier.name;
  }

  get scope(): Tier['scope'] {
    return this.tier.scope;
  }

  get maxBytes(): number | undefined {
    return this.tier.stats().maxBytes;
  }

  get bytes(): number | undefined {
    return this.tier.stats().bytes;
  }

  get isResting(): boolean {
    return performance.now() < this.#restsUntil;
  }

  /** @returns undefined when it fails */
  read(key: string, tags: readonly string[]): Promise<Reading | undefined> {
    return this.#attempt('read', async () => {
      const begun = this.#now();
      const reading = await this.tier.read(key, tags);
      if (reading.entry !== undefined) this.reading.measured(bytesOf(reading.entry), this.#now() - begun);
      return reading;
    });
  }

  /** What was read could be used. */
  hit(): void {
    this.#hits++;
  }

  /** Nothing was read, or nothing that could be used. */
  miss(): void {
    this.#misses++;
  }

  /** @returns whether it is kept */
  async write(key: string, entry: Entry, since: Mark): Promise<boolean> {
    const begun = this.#now();
    const kept = await this.#attempt('write', () => this.tier.write(key, entry, since));
    if (kept === 'kept') this.writing.measured(bytesOf(entry), this.#now() - begun);
    return this.#count(kept);
  }

  /** The policy did not want an entry here. */
  decline(): void {
    this.#declined++;
  }

  /**
   * Replaces what is there: where the new value cannot be kept, the old one must not stay.
   *
   * @returns whether the new one is kept
   * @throws {CacheError} `unreachable` when it may have stayed
   */
  async replace(key: string, entry: Entry | undefined): Promise<boolean> {
    if (entry !== undefined) {
      try {
        const isKept = this.#count(await this.tier.write(key, entry));
        this.#worked();
        return isKept;
      } catch (error) {
        this.#failed('write', error);
      }
    }
    await this.must('delete', (tier) => tier.delete(key));
    return false;
  }

  /** @returns undefined while another has it; 'none' when the tier fails, and nobody can have it */
  async lease(key: string, leaseMs: number): Promise<Lease | undefined | 'none'> {
    const result = await this.#attempt('lease', async () => ({ lease: await this.tier.lease(key, leaseMs) }));
    return result === undefined ? 'none' : result.lease;
  }

  poll(): void {
    if (this.tier.poll === undefined || this.isResting) return;
    try {
      this.tier.poll();
    } catch (error) {
      this.#failed('poll', error);
    }
  }

  /** @throws {CacheError} `unreachable` */
  async must(what: string, work: (tier: Tier) => Promise<void>): Promise<void> {
    try {
      await work(this.tier);
      this.#worked();
    } catch (cause) {
      this.#failed(what, cause);
      throw new CacheError(
        'unreachable',
        `${what} did not reach the ${this.tier.name} tier: what it keeps may be served: ${textOf(cause)}`,
        { cause },
      );
    }
  }

  stats(): TierStats {
    return {
      ...this.tier.stats(),
      hits: this.#hits,
      misses: this.#misses,
      writes: this.#writes,
      refused: this.#refused,
      declined: this.#declined,
      failures: this.#failures,
      ...(this.#lastFailure !== undefined && { lastFailure: this.#lastFailure }),
      isResting: this.isResting,
    };
  }

  #count(kept: Kept | undefined): boolean {
    if (kept === 'kept') this.#writes++;
    else if (kept !== undefined) this.#refused++;
    return kept === 'kept';
  }

  async #attempt<R>(what: string, work: () => Promise<R>): Promise<R | undefined> {
    if (this.isResting) return undefined;
    try {
      const result = await work();
      this.#worked();
      return result;
    } catch (error) {
      this.#failed(what, error);
      return undefined;
    }
  }

  #worked(): void {
    this.#inARow = 0;
    this.#restMs = FIRST_REST_MS;
  }

  #failed(what: string, error: unknown): void {
    if (codeOf(error) === 'closed') return;
    this.#failures++;
    this.#lastFailure = `${what}: ${textOf(error)}`;
    if (++this.#inARow >= FAILURES_BEFORE_REST) {
      this.#restsUntil = performance.now() + this.#restMs;
      this.#restMs = Math.min(this.#restMs * 2, LONGEST_REST_MS);
    }
    const kind = codeOf(error) ?? textOf(error);
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    process.emitWarning(
      `the ${this.tier.name} tier of a cache failed, and is done without: ${this.#lastFailure}`,
      'SkeinWarning',
    );
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
