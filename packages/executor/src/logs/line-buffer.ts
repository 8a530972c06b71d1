/** Lines are printed whole: the beginning of one waits for its end. */

/** A line may be this long; what is longer is printed in pieces, bytes. */
const LONGEST_LINE = 64 * 1024;
const LINE_FEED = 10;

export class LineBuffer {
  readonly #prefix: Uint8Array;
  readonly #print: (bytes: Uint8Array) => void;
  #begun: Uint8Array[] = [];
  #length = 0;

  /** @param prefix of every line; where it is empty, text is printed as it is and only its cuts move */
  constructor(prefix: string, print: (bytes: Uint8Array) => void) {
    this.#prefix = Buffer.from(prefix);
    this.#print = print;
  }

  write(bytes: Uint8Array): void {
    const whole: Uint8Array[] = [];
    let from = 0;
    for (;;) {
      const feed = bytes.indexOf(LINE_FEED, from);
      const end = feed < 0 ? bytes.byteLength : feed + 1;
      const piece = bytes.subarray(from, Math.min(end, from + LONGEST_LINE - this.#length));
      from += piece.byteLength;
      if (piece.byteLength > 0) {
        this.#begun.push(piece);
        this.#length += piece.byteLength;
      }
      if (feed >= 0 && from === end) this.#endLine(whole, false);
      else if (this.#length === LONGEST_LINE) this.#endLine(whole, true);
      else break;
    }
    // What waits outlives the caller's buffer.
    const waiting = this.#begun.pop();
    if (waiting !== undefined) this.#begun.push(Buffer.from(waiting));
    if (whole.length > 0) this.#print(Buffer.concat(whole));
  }

  /** Prints the line that has not been ended. */
  flush(): void {
    const whole: Uint8Array[] = [];
    if (this.#length > 0) this.#endLine(whole, true);
    if (whole.length > 0) this.#print(Buffer.concat(whole));
  }

  #endLine(whole: Uint8Array[], cut: boolean): void {
    whole.push(this.#prefix, ...this.#begun);
    if (cut && this.#prefix.byteLength > 0) whole.push(Buffer.of(LINE_FEED));
    this.#begun = [];
    this.#length = 0;
  }
}
