/**
 * Changes of records for which nobody waits: slots move, members learn. Each costs every member and the coordinator some work, so
 * they are few at a time, and then there is a rest, in which calls come to their turn. What takes long, because there is much else
 * to do, is done less often.
 */
import type { Clock } from '../engine/clock.ts';
import { taken } from './taken.ts';

/** Changes at a time. */
const FEW = 16;
/** The rest after them is as long as they took, and at least and at most so long, milliseconds. */
const MIN_REST_MS = 5;
const MAX_REST_MS = 250;

export class Moves<T> {
  readonly #clock: Clock;
  readonly #begin: (one: T) => boolean;
  readonly #goOn: () => void;
  /** Those that have begun come first: until they are at their end their members have more to do than others. */
  readonly #begun = new Set<T>();
  readonly #waiting = new Set<T>();
  readonly #running = new Set<T>();
  #since = 0;
  #rests = false;

  /**
   * @param begin begins the change of one, if there still is any. Its end is said by {@link ended}
   * @param goOn is told when the next may begin
   */
  constructor(clock: Clock, begin: (one: T) => boolean, goOn: () => void) {
    this.#clock = clock;
    this.#begin = begin;
    this.#goOn = goOn;
  }

  /** @param hasBegun one change of several is done */
  add(one: T, hasBegun: boolean): void {
    if (hasBegun) {
      this.#waiting.delete(one);
      this.#begun.add(one);
    } else if (!this.#begun.has(one)) this.#waiting.add(one);
  }

  /** Begins as many as may begin now. */
  work(): void {
    if (this.#rests || this.#running.size > 0) return;
    this.#since = this.#clock.now();
    let hasLooked = false;
    for (const one of taken([this.#begun, this.#waiting], FEW)) {
      hasLooked = true;
      if (this.#begin(one)) this.#running.add(one);
    }
    if (hasLooked && this.#running.size === 0) this.#rest();
  }

  ended(one: T): void {
    if (this.#running.delete(one) && this.#running.size === 0) this.#rest();
  }

  #rest(): void {
    this.#rests = true;
    const took = this.#clock.now() - this.#since;
    this.#clock.after(Math.min(Math.max(MIN_REST_MS, took), MAX_REST_MS), () => {
      this.#rests = false;
      if (this.#begun.size > 0 || this.#waiting.size > 0) this.#goOn();
    });
  }
}
