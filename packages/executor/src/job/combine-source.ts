/**
 * Inputs of a job that combines the results of another, a few neighbours at a time, and what came of that again: a tree,
 * whose shape is given by the order of the inputs alone. So the same inputs give the same result to the last bit of a
 * sum, whichever calls end first; and what is combined is never waited for by calls that could run.
 */
import { type Call, listDependency, PendingInput } from './dependency.ts';
import type { InputSource, Next } from './input-source.ts';
import type { JobCore } from './job-core.ts';

/** Results that one call combines; and the most that a reducer gets. */
const NEIGHBOURS = 32;

/** The results of one group on their way up: of each level those that wait for more neighbours, the lowest first. */
type Levels = Call[][];

export class CombineSource implements InputSource {
  readonly #map: JobCore;
  readonly #own: () => JobCore;
  readonly #stopWatching: () => void;
  readonly #groups = new Map<unknown, Levels>();
  readonly #ready: (readonly Call[])[] = [];
  #made = 0;
  #finished = false;

  /** @param own the job that combines: its results are combined too */
  constructor(map: JobCore, own: () => JobCore, onReady: () => void) {
    this.#map = map;
    this.#own = own;
    map.markFeeding();
    this.#stopWatching = map.watch(onReady);
  }

  /** The map has read an input that belongs to this group. */
  add(group: unknown, index: number): void {
    let levels = this.#groups.get(group);
    if (levels === undefined) {
      levels = [];
      this.#groups.set(group, levels);
    }
    this.#rise(levels, 0, { core: this.#map, index });
  }

  readonly length = undefined;

  next(): Next {
    if (this.#map.broken !== undefined) throw this.#map.broken.error;
    if (this.#map.inputEnded && !this.#finished) {
      this.#finished = true;
      for (const levels of this.#groups.values()) this.#finish(levels);
    }
    const calls = this.#ready.shift();
    if (calls !== undefined) return { kind: 'item', item: new PendingInput(() => listDependency(calls)) };
    return { kind: this.#finished ? 'end' : 'pending' };
  }

  close(): void {
    this.#stopWatching();
  }

  /** What is left of each group for its reducer, in input order; when all is read. Groups come in order of appearance. */
  lists(): (readonly Call[])[] {
    return [...this.#groups.values()].map(inInputOrder);
  }

  #rise(levels: Levels, level: number, call: Call): void {
    levels[level] ??= [];
    const waiting = levels[level];
    waiting.push(call);
    if (waiting.length === NEIGHBOURS) this.#combine(levels, level);
  }

  #combine(levels: Levels, level: number): void {
    this.#ready.push(levels[level]!);
    levels[level] = [];
    this.#rise(levels, level + 1, { core: this.#own(), index: this.#made++ });
  }

  /** No more will come: the lowest are combined, until they are few. */
  #finish(levels: Levels): void {
    for (let level = 0; inInputOrder(levels).length > NEIGHBOURS; level++) {
      const waiting = levels[level]!;
      if (waiting.length > 1) this.#combine(levels, level);
      else if (waiting.length === 1) {
        levels[level] = [];
        this.#rise(levels, level + 1, waiting[0]!);
      }
    }
  }
}

/** The highest first: they cover the inputs that were read first. */
const inInputOrder = (levels: Levels): readonly Call[] => levels.toReversed().flat();
