/**
 * How often keys were asked for lately, in a few bytes a key: a count-min sketch whose counters are halved from time to time.
 *
 * Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications" (2005); halving:
 * Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (2017), section 3.3. As theirs, counters
 * end at 15, and are halved after ten times as many requests as there are entries.
 */
const ROWS = 4;
export const MAX_COUNT = 15;
const SAMPLES_PER_ENTRY = 10;
/** Counters a row for each entry: with two, half of the entries of a full cache have one of their own. */
const WIDTH_PER_ENTRY = 2;
const FIRST_CAPACITY = 256;
/** Odd multipliers, one a row, spread a key's hash over it. */
const SEEDS = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

export class FrequencySketch {
  #capacity = FIRST_CAPACITY;
  #shift = 0;
  #width = 0;
  #counts = new Uint8Array(0);
  #additions = 0;
  /** How often all counts were halved. */
  halvings = 0;

  constructor() {
    this.#resize(FIRST_CAPACITY);
  }

  /** Estimated requests, 0 to 15; never too few, unless halved. */
  frequency(hash: number): number {
    const counts = this.#counts;
    let least = MAX_COUNT;
    for (let row = 0; row < ROWS; row++) {
      const count = counts[this.#at(hash, row)]!;
      if (count < least) least = count;
    }
    return least;
  }

  /** Counts a request. Only the smallest of a key's counters grow, which others share least ("conservative update"). */
  increment(hash: number): void {
    const counts = this.#counts;
    const shift = this.#shift;
    const width = this.#width;
    // Written out, because each request that memory does not answer comes by here.
    const a = Math.imul(hash, SEEDS[0]) >>> shift;
    const b = (Math.imul(hash, SEEDS[1]) >>> shift) + width;
    const c = (Math.imul(hash, SEEDS[2]) >>> shift) + 2 * width;
    const d = (Math.imul(hash, SEEDS[3]) >>> shift) + 3 * width;
    const least = Math.min(counts[a]!, counts[b]!, counts[c]!, counts[d]!);
    if (least === MAX_COUNT) return;
    if (counts[a] === least) counts[a] = least + 1;
    if (counts[b] === least) counts[b] = least + 1;
    if (counts[c] === least) counts[c] = least + 1;
    if (counts[d] === least) counts[d] = least + 1;
    this.countElsewhere();
  }

  /** A request that is counted elsewhere, until {@link add} brings it here: counts are halved by the number of all. */
  countElsewhere(): void {
    if (++this.#additions >= this.#capacity * SAMPLES_PER_ENTRY) this.#halve();
  }

  /** Requests that were counted elsewhere, and halved as often as those here. */
  add(hash: number, requests: number): void {
    const count = Math.min(this.frequency(hash) + requests, MAX_COUNT);
    for (let row = 0; row < ROWS; row++) {
      const at = this.#at(hash, row);
      if (this.#counts[at]! < count) this.#counts[at] = count;
    }
  }

  /** Makes room for so many entries. What was counted stays: a row twice as wide is the old one twice. */
  ensure(entries: number): void {
    while (entries > this.#capacity) this.#resize(this.#capacity * 2);
  }

  #at(hash: number, row: number): number {
    return row * this.#width + (Math.imul(hash, SEEDS[row]!) >>> this.#shift);
  }

  #resize(capacity: number): void {
    const before = this.#counts;
    const old = this.#width;
    this.#capacity = capacity;
    this.#width = capacity * WIDTH_PER_ENTRY;
    this.#shift = 32 - Math.log2(this.#width);
    this.#counts = new Uint8Array(this.#width * ROWS);
    if (old === 0) return;
    // Places are the upper bits of a product: one bit more tells two apart that were one.
    const factor = this.#width / old;
    for (let row = 0; row < ROWS; row++) {
      for (let at = 0; at < this.#width; at++) {
        this.#counts[row * this.#width + at] = before[row * old + Math.floor(at / factor)]!;
      }
    }
  }

  #halve(): void {
    const words = new Uint32Array(this.#counts.buffer);
    for (let i = 0; i < words.length; i++) words[i] = (words[i]! >>> 1) & 0x7f7f7f7f;
    this.#additions >>>= 1;
    this.halvings++;
  }
}

/** FNV-1a over UTF-16 code units, finished as in MurmurHash3, because rows take its upper bits. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
