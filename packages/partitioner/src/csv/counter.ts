import { type Automaton, RECORD } from './automaton.ts';
import { BlockCounter } from './block-counter.ts';
import { Walker } from './walker.ts';

/** For those who read into no window. */
let shared: BlockCounter | undefined;

/** Counts records. */
export class Counter extends Walker {
  count = 0;
  readonly #blocks: BlockCounter;

  /** @param blocks whose window is read into, if that is done */
  constructor(automaton: Automaton, blocks?: BlockCounter) {
    super(automaton);
    shared ??= new BlockCounter();
    this.#blocks = blocks ?? shared;
  }

  /** Quotes are no obstacle here, and records may be open. */
  protected override skim(bytes: Uint8Array, at: number): number {
    const { onlyQuotes, hasComments } = this.automaton;
    return onlyQuotes && !hasComments ? this.#inBlocks(bytes, at, bytes.length) : super.skim(bytes, at);
  }

  protected lines(bytes: Uint8Array, from: number, to: number): void {
    const { next } = this.automaton;
    for (let at = this.#inBlocks(bytes, from, to); at < to; at++) {
      const before = this.state;
      this.state = next[(before << 8) | bytes[at]!]!;
      if (before === RECORD && this.state !== RECORD) this.count++;
    }
  }

  protected record(_bytes: Uint8Array, _from: number, _to: number, begins: boolean): void {
    if (begins) this.count++;
  }

  /** Returns how far it came. */
  #inBlocks(bytes: Uint8Array, from: number, to: number): number {
    const { length, records, state } = this.#blocks.count(
      this.automaton,
      this.state,
      bytes.subarray(from, to),
    );
    this.count += records;
    this.state = state;
    return from + length;
  }
}
