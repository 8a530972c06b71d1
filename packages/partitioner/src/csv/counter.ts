import type { Automaton } from './automaton.ts';
import { LineCounter } from './line-counter.ts';
import { Walker } from './walker.ts';

/** For those who read into no window. */
let shared: LineCounter | undefined;

/** Counts records. */
export class Counter extends Walker {
  count = 0;
  readonly #lines: LineCounter;

  /** @param lines whose window is read into, if that is done */
  constructor(automaton: Automaton, lines?: LineCounter) {
    super(automaton);
    shared ??= new LineCounter();
    this.#lines = lines ?? shared;
  }

  protected lines(bytes: Uint8Array, from: number, to: number): void {
    this.count += this.#lines.count(bytes.subarray(from, to));
  }

  protected record(_bytes: Uint8Array, _from: number, _to: number, begins: boolean): void {
    if (begins) this.count++;
  }
}
