/**
 * Which operations have been placed: a set that becomes a short string together with a state, so that the language's own `Set`
 * of strings is an exact memory of what has been tried. A hash alone would forget possibilities, and condemn correct histories.
 *
 * Of the operations that returned, in the order of their calls, all up to some number are placed and a few beyond: only the
 * words from the first gap to the last placed one are written. Unknown operations may be placed long after their calls, and
 * would stretch that window: they have words of their own.
 */
export class LinearisedSet {
  /** Where each operation's bit is: in `#unknown` if negative (complemented), in `#returned` else. */
  readonly #rank: Int32Array;
  readonly #returned: Uint16Array;
  readonly #unknown: Uint16Array;
  /** The first word of `#returned` with a gap, and the last with an operation. */
  #first = 0;
  #last = -1;

  /** @param isUnknown - of each operation, in the order of calls */
  constructor(isUnknown: readonly boolean[]) {
    this.#rank = new Int32Array(isUnknown.length);
    let returned = 0;
    let unknown = 0;
    isUnknown.forEach((flag, operation) => {
      this.#rank[operation] = flag ? ~unknown++ : returned++;
    });
    // One word more, so that there always is one with a gap.
    this.#returned = new Uint16Array((returned >>> 4) + 1);
    this.#unknown = new Uint16Array((unknown + 15) >>> 4);
  }

  has(operation: number): boolean {
    const rank = this.#rank[operation]!;
    const index = rank < 0 ? ~rank : rank;
    const words = rank < 0 ? this.#unknown : this.#returned;
    return (words[index >>> 4]! & (1 << (index & 15))) !== 0;
  }

  add(operation: number): void {
    const rank = this.#rank[operation]!;
    if (rank < 0) {
      this.#unknown[~rank >>> 4]! |= 1 << (~rank & 15);
      return;
    }
    const word = rank >>> 4;
    this.#returned[word]! |= 1 << (rank & 15);
    if (word > this.#last) this.#last = word;
    while (this.#returned[this.#first] === 0xffff) this.#first++;
  }

  delete(operation: number): void {
    const rank = this.#rank[operation]!;
    if (rank < 0) {
      this.#unknown[~rank >>> 4]! &= ~(1 << (~rank & 15));
      return;
    }
    const word = rank >>> 4;
    this.#returned[word]! &= ~(1 << (rank & 15));
    if (word < this.#first) this.#first = word;
    while (this.#last >= 0 && this.#returned[this.#last] === 0) this.#last--;
  }

  /** Equal for equal sets with equal states, and for no others. */
  keyWith(state: number): string {
    const first = this.#first;
    const head = String.fromCharCode(state & 0xffff, state >>> 16, first & 0xffff, first >>> 16);
    const window = this.#returned.subarray(first, Math.max(first, this.#last + 1));
    return head + text(this.#unknown) + text(window);
  }
}

/** In parts: arguments of a function are limited. */
function text(words: Uint16Array): string {
  if (words.length === 0) return '';
  if (words.length <= 4096) return String.fromCharCode(...words);
  return text(words.subarray(0, 4096)) + text(words.subarray(4096));
}
