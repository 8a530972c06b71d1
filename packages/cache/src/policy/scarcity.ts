/**
 * What room in a tier is worth: the density (milliseconds saved for each byte) that an entry must have to belong to what fits.
 *
 * That is the fractional knapsack: with all keys in order of density, what a tier should hold are the first ones until it is full.
 * GreedyDual-Size-Frequency (Cherkasova, 1998) learns the density at the brim from what it evicts, which one of many processes that
 * share a tier does not see. So keys are sampled instead, by their hashes as SHARDS does it (Waldspurger, Park, Garthwaite and
 * Ahmad, 2015): all processes sample the same ones, and never more than {@link MAX_SAMPLED}.
 *
 * Others use the tier too, and it may not say how large it is. What a process sees of that is that entries are gone when they are
 * asked for again: that raises the *pressure*, by which less fits, until nearly all that is kept survives (a loop over more than
 * fits then keeps a part of itself, where LRU keeps nothing).
 *
 * Densities are compared by octaves: measured times differ by chance, and an entry must not come and go with them. Of the octave
 * that fits in part, a part of the keys is in, by their hashes: always the same ones, in every process.
 */
const MAX_SAMPLED = 1024;
/** Between two looks at all that is sampled; and where all fits anyway, as far as anybody knows. */
const UPDATES = 64;
const IDLE_UPDATES = 1024;
/** Of what is kept and asked for again, so much should still be there: the best of 0.5 to 0.97 in bench/policies.ts. */
const SURVIVING = 0.9;
/** In equilibrium, what survives undoes what is lost. */
const RISE = 1.05;
/** It is forgotten in time: who has put nothing there does not see that there is room again. */
const FORGETTING = 0.99;
const MOST_PRESSURE = 64;
const RELIEF: number = RISE ** (-(1 - SURVIVING) / SURVIVING);
/**
 * Who was not asked for during so many requests for each entry that fits is asked for once in as many at most, however often it was
 * before: the best of 0.5 to 8 there.
 */
const RECENT = 2;
const LEAST_FITTING = 64;
const UINT32 = 2 ** 32;

export interface Wanted {
  readonly bytes: number;
  /** What keeping it saves each time it is asked for. */
  readonly gainMs: number;
  readonly staleAt: number;
}

interface Sampled {
  bytes: number;
  gainMs: number;
  staleAt: number;
  /** It was put there, or found there. */
  isKept: boolean;
  /** The request that asked for it last. */
  askedAt: number;
}

export class Scarcity {
  /** How many entries of those that are worth most fit, about. */
  fits = 0;
  readonly #capacity: number;
  readonly #frequency: (hash: number) => number;
  readonly #sampled = new Map<number, Sampled>();
  /** Hashes below it are sampled. */
  #threshold: number = UINT32;
  #requests = 0;
  #updates = 0;
  #pressure = 1;
  /** The octave that fits in part; what is above it fits. */
  #octave = Number.NEGATIVE_INFINITY;
  /** Of its keys. */
  #share = 1;

  /**
   * @param capacity bytes; Infinity where it is not known
   * @param frequency how often a key was asked for lately, by its hash; one that was not is forgotten
   */
  constructor(capacity: number, frequency: (hash: number) => number) {
    this.#capacity = capacity;
    this.#frequency = frequency;
  }

  /** An entry was asked for, and is there. What that saves is a guess, which counts when another process has put it there. */
  found(hash: number, guessed: Wanted): void {
    const askedAt = ++this.#requests;
    if (hash >= this.#threshold) return;
    const known = this.#sampled.get(hash);
    if (known === undefined) {
      this.#sample(hash, guessed, true, askedAt);
      return;
    }
    if (known.isKept) this.#pressure = Math.max(1, this.#pressure * RELIEF);
    known.bytes = guessed.bytes;
    known.staleAt = guessed.staleAt;
    known.isKept = true;
    known.askedAt = askedAt;
    this.#updated();
  }

  /** An entry was asked for, and is not there; not for want of room, unless the tier is full. */
  missed(hash: number, isFull: boolean): void {
    const askedAt = ++this.#requests;
    const known = this.#sampled.get(hash);
    if (known === undefined) return;
    if (!isFull) this.#pressure = 1;
    else if (known.isKept && Date.now() < known.staleAt)
      this.#pressure = Math.min(this.#pressure * RISE, MOST_PRESSURE);
    known.isKept = false;
    known.askedAt = askedAt;
  }

  /** Where it is missed, it was not for want of room. @param hash undefined when it may be any */
  invalidated(hash: number | undefined): void {
    const gone = hash === undefined ? this.#sampled.values() : [this.#sampled.get(hash)];
    for (const known of gone) if (known !== undefined) known.isKept = false;
  }

  /** Whether an entry that has been asked for belongs to what fits. */
  admits(hash: number, wanted: Wanted, isFull: boolean): boolean {
    const { bytes, gainMs } = wanted;
    const octave = octaveOf((Math.max(this.#frequency(hash), 1) * gainMs) / bytes);
    const isAbove = octave === this.#octave ? spread(hash) < this.#share : octave > this.#octave;
    const isKept = isAbove || !isFull;
    if (hash < this.#threshold) this.#sample(hash, wanted, isKept, this.#requests);
    return isKept;
  }

  #sample(hash: number, { bytes, gainMs, staleAt }: Wanted, isKept: boolean, askedAt: number): void {
    this.#sampled.set(hash, { bytes, gainMs, staleAt, isKept, askedAt });
    if (this.#sampled.size > MAX_SAMPLED) this.#sampleLess();
    this.#updated();
  }

  #updated(): void {
    const isBound = this.#capacity !== Number.POSITIVE_INFINITY || this.#pressure > 1;
    if (++this.#updates < (isBound ? UPDATES : IDLE_UPDATES)) return;
    this.#updates = 0;
    this.#weigh();
  }

  /** Half of the keys, which stand for twice as many. */
  #sampleLess(): void {
    this.#threshold /= 2;
    for (const hash of this.#sampled.keys()) if (hash >= this.#threshold) this.#sampled.delete(hash);
  }

  #weigh(): void {
    const scale = UINT32 / this.#threshold;
    const octaves = new Map<number, { bytes: number; entries: number }>();
    const recent = RECENT * Math.max(this.fits, LEAST_FITTING);
    let all = 0;
    for (const [hash, { bytes, gainMs, askedAt }] of this.#sampled) {
      const frequency = this.#frequency(hash);
      if (frequency === 0) {
        this.#sampled.delete(hash);
        continue;
      }
      const expected = Math.min(frequency, recent / (this.#requests - askedAt));
      const octave = octaveOf((expected * gainMs) / bytes);
      const sum = octaves.get(octave) ?? { bytes: 0, entries: 0 };
      octaves.set(octave, { bytes: sum.bytes + bytes * scale, entries: sum.entries + scale });
      all += bytes * scale;
    }
    this.#pressure = Math.max(1, this.#pressure * FORGETTING);
    this.#fill(Math.min(this.#capacity, all) / this.#pressure, octaves);
  }

  #fill(
    room: number,
    octaves: ReadonlyMap<number, { readonly bytes: number; readonly entries: number }>,
  ): void {
    this.#octave = Number.NEGATIVE_INFINITY;
    this.#share = 1;
    this.fits = 0;
    let left = room;
    for (const [octave, { bytes, entries }] of [...octaves].sort(([a], [b]) => b - a)) {
      if (bytes > left) {
        this.#octave = octave;
        this.#share = left / bytes;
        this.fits += this.#share * entries;
        return;
      }
      left -= bytes;
      this.fits += entries;
    }
  }
}

/** Infinite for an empty entry, which fits always. */
function octaveOf(density: number): number {
  return Math.floor(Math.log2(density));
}

/** Between 0 and 1, by other bits than those by which keys are sampled. */
function spread(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 0) / UINT32;
}
