import { type Automaton, BROKEN, COMMENT, QUOTED, RECORD, type State } from './automaton.ts';

const LF = 0x0a;
const CR = 0x0d;
const MOST_UNSKIMMED = 64;
/** Fewer bytes are walked over in the time that it takes to skim them. */
const WORTHWHILE = 128;

/**
 * Walks over bytes from a known state on, and keeps the state. Whole lines without a quote, of which most data consists, are
 * found by searching for the next quote and passed over at once; the automaton looks at the records in between, byte by byte.
 */
export abstract class Walker {
  readonly automaton: Automaton;
  state: State;
  /** Bytes that were fed, as far as they were of this dialect. */
  walked = 0;
  /** Where the next quote of the bytes at hand is, or their length. */
  #quote = -1;
  /** Records that are taken byte by byte, as skimming before them was hardly worth it: twice as many each time. */
  #unskimmed = 0;
  #dense = 1;

  constructor(automaton: Automaton, state: State = RECORD) {
    this.automaton = automaton;
    this.state = state;
  }

  /** The bytes that follow those fed before. They may be gone afterwards. */
  feed(bytes: Uint8Array): void {
    this.#quote = -1;
    let at = 0;
    while (at < bytes.length && this.state !== BROKEN) {
      const end = this.#ahead(bytes, at);
      at = end > at ? end : this.#record(bytes, at);
    }
    this.walked += at;
  }

  /**
   * Takes what need not be looked at byte by byte: whole lines without a quote. Returns where that ends; `at` where there is
   * nothing of the kind.
   */
  protected skim(bytes: Uint8Array, at: number): number {
    if (this.state !== RECORD || this.automaton.hasComments) return at;
    for (let end = this.#nextQuote(bytes, at); end > at; end--) {
      const byte = bytes[end - 1];
      if (byte === LF || byte === CR) {
        this.lines(bytes, at, end);
        return end;
      }
    }
    return at;
  }

  /** Whole lines without a quote in them, before which no record is open. Some may be empty. */
  protected abstract lines(bytes: Uint8Array, from: number, to: number): void;

  /** Bytes of a record; whether it begins with them, and whether it ends, with the last of them as its newline. */
  protected abstract record(
    bytes: Uint8Array,
    from: number,
    to: number,
    begins: boolean,
    ends: boolean,
  ): void;

  /** Skims, unless that was hardly worth it of late. */
  #ahead(bytes: Uint8Array, at: number): number {
    if (this.#unskimmed > 0) {
      this.#unskimmed--;
      return at;
    }
    const end = this.skim(bytes, at);
    if (end - at >= WORTHWHILE) {
      this.#dense = 1;
    } else {
      this.#unskimmed = this.#dense - 1;
      this.#dense = Math.min(this.#dense * 2, MOST_UNSKIMMED);
    }
    return end;
  }

  /** Where the next quote is, or the bytes end. */
  #nextQuote(bytes: Uint8Array, at: number): number {
    if (this.#quote < at) {
      const { quote } = this.automaton;
      const found = quote < 0 ? -1 : bytes.indexOf(quote, at);
      this.#quote = found < 0 ? bytes.length : found;
    }
    return this.#quote;
  }

  /** Takes a record, the rest of one, or a line that is none. Returns where it ends, or the bytes do. */
  #record(bytes: Uint8Array, from: number): number {
    const { next, onlyQuotes } = this.automaton;
    const begins = this.state === RECORD;
    const passed = this.state === QUOTED && onlyQuotes ? this.#nextQuote(bytes, from) : from;
    let state = passed < bytes.length ? next[(this.state << 8) | bytes[passed]!]! : this.state;
    const isNone = begins ? state === RECORD || state === COMMENT : this.state === COMMENT;
    let at = Math.min(passed + 1, bytes.length);
    while (at < bytes.length && state !== RECORD && state !== BROKEN) {
      state = next[(state << 8) | bytes[at]!]!;
      at++;
    }
    this.state = state;
    if (state === BROKEN) return at - 1;
    if (!isNone) this.record(bytes, from, at, begins, state === RECORD);
    return at;
  }
}

/** Keeps the state and nothing else. */
export class Tracker extends Walker {
  protected lines(): void {}
  protected record(): void {}
}
