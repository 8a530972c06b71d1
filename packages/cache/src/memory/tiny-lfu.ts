/**
 * A map bounded by bytes that keeps what is asked for often and lately: W-TinyLFU (Einziger, Friedman and Manes, "TinyLFU: A
 * Highly Efficient Cache Admission Policy", 2017), as Caffeine has it. What is new passes through a small *window*, in order of
 * use. What leaves it must be worth more than what it would displace from the *main* part, a segmented LRU: what was used there
 * again is *protected*, the rest is on *probation*.
 *
 * A hit is to cost little, so it moves nothing and leaves the sketch alone: it marks its entry as used, and counts there. Marks are looked at
 * where something has to go: what bears one goes to the front instead (lazy promotion, as CLOCK does it: Corbató, "A Paging Experiment
 * with the Multics System", 1968), counts are added to the sketch when the entry leaves. Exact counts of what is kept are better than the
 * sketch's, and order of use matters only at the end where things leave.
 *
 * Entries differ in size and in what a hit on them saves, so what is compared is frequency times worth, of the candidate and of all
 * victims together. For entries of one size and worth that is the paper's rule.
 */
import { FrequencySketch, hashOf, MAX_COUNT } from './frequency-sketch.ts';
import { type Linked, RecencyList } from './recency-list.ts';
import { WindowClimber } from './window-climber.ts';

/** Of the whole; the climber moves it. */
const FIRST_WINDOW = 0.01;
const MAX_WINDOW = 0.8;
/** Of the main part. */
const PROTECTED = 0.8;

/**
 * What a hit saves, in the unit of all others: the time of a fetch, or the bytes that it takes. Where it is a guess that gets better, a
 * function gives it when it is compared: one that was guessed wrongly at first would be right or wrong for as long as it is kept.
 */
export type Worth = number | (() => number);

interface Node<V> extends Linked<Node<V>> {
  readonly key: string;
  readonly hash: number;
  value: V;
  worth: Worth;
  list: RecencyList<Node<V>>;
  /** Since it was put, or looked at, where it is in its list. */
  isUsed: boolean;
  /** Requests that the sketch does not know, and how often that had halved its own when they were counted last. */
  requests: number;
  halvings: number;
}

export interface TinyLfuOptions<V> {
  readonly maxBytes: number;
  /** Told of what made room, or found none. */
  readonly evicted?: (key: string, value: V) => void;
  /** What need not be weighed when room is needed. */
  readonly isWorthless?: (value: V) => boolean;
}

export class TinyLfu<V> {
  readonly maxBytes: number;
  readonly #options: TinyLfuOptions<V>;
  readonly #nodes = new Map<string, Node<V>>();
  readonly #sketch = new FrequencySketch();
  readonly #climber = new WindowClimber();
  readonly #window = new RecencyList<Node<V>>();
  readonly #probation = new RecencyList<Node<V>>();
  readonly #protected = new RecencyList<Node<V>>();
  #windowMax: number;

  constructor(options: TinyLfuOptions<V>) {
    this.maxBytes = options.maxBytes;
    this.#options = options;
    this.#windowMax = Math.floor(options.maxBytes * FIRST_WINDOW);
  }

  get size(): number {
    return this.#nodes.size;
  }

  get bytes(): number {
    return this.#window.bytes + this.#probation.bytes + this.#protected.bytes;
  }

  /** The value, which counts as used. */
  get(key: string): V | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) {
      this.#climber.miss();
      return undefined;
    }
    this.#climber.hit();
    this.#use(node);
    return node.value;
  }

  /** The value, without a trace. */
  look(key: string): V | undefined {
    return this.#nodes.get(key)?.value;
  }

  /**
   * @returns whether it is kept: what is worth less than what it would displace is not
   */
  set(key: string, value: V, bytes: number, worth: Worth = bytes): boolean {
    const known = this.#nodes.get(key);
    if (known !== undefined) {
      // Of another size it has to find its place anew.
      if (known.bytes === bytes) {
        known.value = value;
        known.worth = worth;
        this.#use(known);
        return true;
      }
      this.#remove(known);
    }
    if (bytes > this.maxBytes) return false;
    const node: Node<V> = {
      key,
      hash: known?.hash ?? hashOf(key),
      value,
      worth,
      bytes,
      before: undefined,
      after: undefined,
      list: this.#window,
      isUsed: false,
      requests: 0,
      halvings: this.#sketch.halvings,
    };
    this.#nodes.set(key, node);
    this.#sketch.ensure(this.#nodes.size);
    this.#sketch.increment(node.hash);
    this.#window.add(node);
    // It would push out everything else that is new, and be pushed out by the next.
    if (bytes > this.#windowMax) this.#leaveWindow(node);
    this.#drainWindow();
    this.#climb();
    return this.#nodes.get(key) === node;
  }

  delete(key: string): boolean {
    const node = this.#nodes.get(key);
    if (node === undefined) return false;
    this.#remove(node);
    return true;
  }

  *entries(): Generator<readonly [string, V]> {
    for (const [key, { value }] of this.#nodes) yield [key, value];
  }

  clear(): void {
    for (const node of [...this.#nodes.values()]) this.#remove(node);
  }

  #use(node: Node<V>): void {
    node.isUsed = true;
    if (node.halvings !== this.#sketch.halvings) this.#halve(node);
    if (node.requests >= MAX_COUNT) return;
    node.requests++;
    this.#sketch.countElsewhere();
  }

  #halve(node: Node<V>): void {
    node.requests >>>= Math.min(this.#sketch.halvings - node.halvings, 31);
    node.halvings = this.#sketch.halvings;
  }

  #frequency(node: Node<V>): number {
    if (node.halvings !== this.#sketch.halvings) this.#halve(node);
    return Math.min(this.#sketch.frequency(node.hash) + node.requests, MAX_COUNT);
  }

  /** To the front, as it was used since it came to the end of its list: out of probation, where that is. */
  #promote(node: Node<V>): void {
    node.isUsed = false;
    if (node.list !== this.#probation) {
      node.list.touch(node);
      return;
    }
    this.#move(node, this.#protected);
    this.#drainProtected();
  }

  #drainProtected(): void {
    const max = (this.maxBytes - this.#windowMax) * PROTECTED;
    while (this.#protected.bytes > max) {
      const node = this.#protected.oldest!;
      if (node.isUsed) this.#promote(node);
      else this.#move(node, this.#probation);
    }
  }

  #drainWindow(): void {
    while (this.#window.bytes > this.#windowMax) {
      const node = this.#window.oldest!;
      if (node.isUsed) this.#promote(node);
      else this.#leaveWindow(node);
    }
  }

  /** Into the main part, where there is room or what is there is worth less; else out. */
  #leaveWindow(candidate: Node<V>): void {
    const room = this.maxBytes - this.#windowMax;
    const main = this.#probation.bytes + this.#protected.bytes;
    const victims = this.#victims(candidate, main + candidate.bytes - room);
    if (victims === undefined) {
      this.#evict(candidate);
      return;
    }
    for (const victim of victims) this.#evict(victim);
    this.#move(candidate, this.#probation);
  }

  /** What would have to go to free so many bytes; undefined when the candidate is worth no more. */
  #victims(candidate: Node<V>, wanted: number): readonly Node<V>[] | undefined {
    if (wanted <= 0) return [];
    const { isWorthless } = this.#options;
    const worth = this.#frequency(candidate) * worthOf(candidate);
    const victims: Node<V>[] = [];
    let displaced = 0;
    let freed = 0;
    for (const list of [this.#probation, this.#protected]) {
      let last: Node<V> | undefined;
      while (freed < wanted) {
        const node = last === undefined ? list.oldest : last.before;
        if (node === undefined) break;
        if (node.isUsed) {
          this.#promote(node);
          continue;
        }
        if (isWorthless?.(node.value) !== true) displaced += this.#frequency(node) * worthOf(node);
        if (displaced >= worth) return undefined;
        freed += node.bytes;
        victims.push(node);
        last = node;
      }
    }
    return freed < wanted ? undefined : victims;
  }

  #climb(): void {
    const step = this.#climber.climb(this.#nodes.size);
    if (step === 0) return;
    const wanted = this.#windowMax + step * this.maxBytes;
    this.#windowMax = Math.floor(
      Math.min(Math.max(wanted, this.maxBytes * FIRST_WINDOW), this.maxBytes * MAX_WINDOW),
    );
    this.#drainProtected();
    // What the main part has lost is the window's now, with what was in it.
    const room = this.maxBytes - this.#windowMax;
    while (this.#probation.bytes + this.#protected.bytes > room) {
      this.#move((this.#probation.oldest ?? this.#protected.oldest)!, this.#window);
    }
    this.#drainWindow();
  }

  #move(node: Node<V>, list: RecencyList<Node<V>>): void {
    node.list.remove(node);
    node.list = list;
    list.add(node);
  }

  #evict(node: Node<V>): void {
    this.#remove(node);
    this.#options.evicted?.(node.key, node.value);
  }

  #remove(node: Node<V>): void {
    node.list.remove(node);
    this.#nodes.delete(node.key);
    if (node.halvings !== this.#sketch.halvings) this.#halve(node);
    if (node.requests > 0) this.#sketch.add(node.hash, node.requests);
  }
}

function worthOf({ worth }: { readonly worth: Worth }): number {
  return typeof worth === 'number' ? worth : worth();
}
