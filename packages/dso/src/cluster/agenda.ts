/** What is to be looked at, and when: few in a turn, so that calls come to theirs between, also when it is thousands. */
import type { Clock } from '../engine/clock.ts';
import { taken } from './taken.ts';

/** That are looked at in a turn: a millisecond or two, where nothing is compiled yet. */
const A_TURN = 32;

export class Agenda<T> {
  readonly #clock: Clock;
  readonly #look: (one: T) => void;
  readonly #goOn: () => void;
  readonly #first = new Set<T>();
  readonly #now = new Set<T>();
  readonly #later = new Set<T>();
  #goesOn = false;

  /**
   * @param look is given each when its time has come
   * @param goOn is told, a turn later, that some are left
   */
  constructor(clock: Clock, look: (one: T) => void, goOn: () => void) {
    this.#clock = clock;
    this.#look = look;
    this.#goOn = goOn;
  }

  /** Before all others: somebody waits for it. */
  first(one: T): void {
    this.#first.add(one);
  }

  /** In this turn, if it is not too much. */
  soon(one: T): void {
    this.#now.add(one);
  }

  /** When {@link tick} is called. */
  later(one: T): void {
    this.#later.add(one);
  }

  tick(): void {
    for (const one of this.#later) this.#now.add(one);
    this.#later.clear();
  }

  get isEmpty(): boolean {
    return this.#first.size === 0 && this.#now.size === 0;
  }

  work(): void {
    for (const one of taken([this.#first, this.#now], A_TURN)) this.#look(one);
    if (this.isEmpty || this.#goesOn) return;
    this.#goesOn = true;
    this.#clock.after(1, () => {
      this.#goesOn = false;
      this.#goOn();
    });
  }
}
