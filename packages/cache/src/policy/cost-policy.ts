/**
 * Keeps an entry in a tier while what that saves is more than what it takes:
 *
 * - **P1 time**: a tier keeps what is read from it faster than from where it would come from otherwise, by so much that being asked
 *   for as often as until now pays for the writing. Times are measured, and until they are, every tier keeps everything.
 * - **P2 room**: of a tier that is too small for all that is asked for, entries have a share that save most for their bytes
 *   (see {@link Scarcity}): requests × milliseconds saved / bytes, as in GreedyDual-Size-Frequency (Cherkasova, 1998).
 * - **P3 rent**: where memory is paid for by use, an entry is kept when it is asked for at least as often as makes the time it saves
 *   worth more than the room it takes: the five-minute rule (Gray and Putzolu, 1987).
 * - **P4 memory** has no such bounds: there, W-TinyLFU weighs frequency × milliseconds of all that it would displace.
 *
 * What was set is kept by the farthest tier at least: nobody can load it again.
 */
import { FrequencySketch, hashOf } from '../memory/frequency-sketch.ts';
import type { CachePolicy, FoundIn, PlacedEntry, PlacedTier } from '../policy.ts';
import type { Invalidation } from '../tier.ts';
import type { Rents } from './prices.ts';
import { Scarcity } from './scarcity.ts';
import { TransferTime } from './transfer-time.ts';

/** Before so many were measured, nothing is refused because of its time. */
const MEASURED = 16;
/** Of a loader of which nothing is known: an object store in the same region. */
const LOADER = { latencyMs: 20, bytesPerSecond: 100e6 } as const;
/** The least that a hit is worth: clocks tell no less. */
const LEAST_MS = 0.01;
/** A tier that makes room makes some more than is wanted. */
const FULL = 0.8;

export class CostPolicy implements CachePolicy {
  readonly #rents: Rents;
  readonly #now: () => number;
  readonly #frequencies = new FrequencySketch();
  readonly #loading = new TransferTime(LOADER);
  readonly #scarcities = new Map<string, Scarcity>();
  /** Since when the requests were made that frequencies count; later with each time that these are halved. */
  #countedSince: number;
  #halvings = 0;

  /** @param now milliseconds, of any beginning */
  constructor(rents: Rents, now: () => number = () => performance.now()) {
    this.#rents = rents;
    this.#now = now;
    this.#countedSince = now();
  }

  asked(key: string, missed: readonly PlacedTier[], found: FoundIn | undefined): void {
    const hash = hashOf(key);
    this.#frequencies.increment(hash);
    for (const tier of missed) this.#scarcityOf(tier).missed(hash, isFull(tier));
    if (found === undefined) return;
    const { tier, bytes, staleAt } = found;
    const guessedMs = this.#loading.expect(bytes) - tier.reading.expect(bytes);
    this.#scarcityOf(tier).found(hash, { bytes, gainMs: Math.max(guessedMs, LEAST_MS), staleAt });
  }

  loaded(bytes: number, ms: number): void {
    this.#loading.measured(bytes, ms);
  }

  invalidated(invalidation: Invalidation): void {
    const hash = invalidation.kind === 'key' ? hashOf(invalidation.key) : undefined;
    for (const scarcity of this.#scarcities.values()) scarcity.invalidated(hash);
  }

  keeps(tier: PlacedTier, { key, bytes, staleAt, fetchMs, isAwaited }: PlacedEntry): boolean {
    if (tier.scope === 'process' || fetchMs === Number.POSITIVE_INFINITY) return true; // P4
    const hash = hashOf(key);
    const frequency = Math.max(this.#frequencies.frequency(hash), 1);
    const savedMs = fetchMs - tier.reading.expect(bytes);
    const { reading, writing } = tier;
    const isMeasured = reading.count >= MEASURED && writing.count >= MEASURED;
    if (isMeasured && !isAwaited && frequency * savedMs < writing.expect(bytes)) return false; // P1
    const gainMs = Math.max(savedMs, LEAST_MS);
    if (frequency * gainMs < bytes * this.#rents[tier.scope] * this.#seconds()) return false; // P3
    const scarcity = this.#scarcityOf(tier);
    // As many counters as there are entries in the tier: fewer would forget what is there.
    this.#frequencies.ensure(scarcity.fits);
    return scarcity.admits(hash, { bytes, gainMs, staleAt }, isFull(tier)); // P2
  }

  worth({ bytes, fetchMs }: PlacedEntry): number {
    const ms = fetchMs === Number.POSITIVE_INFINITY ? this.#loading.expect(bytes) : fetchMs;
    return Math.max(ms, LEAST_MS);
  }

  #scarcityOf({ name, maxBytes }: PlacedTier): Scarcity {
    let scarcity = this.#scarcities.get(name);
    if (scarcity === undefined) {
      scarcity = new Scarcity(maxBytes ?? Number.POSITIVE_INFINITY, (hash) =>
        this.#frequencies.frequency(hash),
      );
      this.#scarcities.set(name, scarcity);
    }
    return scarcity;
  }

  /** In which the requests were made that frequencies count. */
  #seconds(): number {
    const now = this.#now();
    for (; this.#halvings < this.#frequencies.halvings; this.#halvings++)
      this.#countedSince += (now - this.#countedSince) / 2;
    return (now - this.#countedSince) / 1000;
  }
}

function isFull({ bytes, maxBytes }: PlacedTier): boolean {
  return bytes === undefined || maxBytes === undefined || bytes > FULL * maxBytes;
}
