import type { Newline } from './newline.ts';

/** Finds the end of the first newline in pieces that follow each other, also of one that lies across two of them. */
export class NewlineFinder {
  readonly #newline: Newline;
  /** Where the next piece begins. */
  #position: number;
  /** The last bytes of what has been seen: a newline may have begun in them. */
  #carry: Uint8Array = new Uint8Array();

  constructor(newline: Newline, position: number) {
    this.#newline = newline;
    this.#position = position;
  }

  /** The position at which the newline ends; -1: it is not in what has been seen so far. */
  feed(piece: Uint8Array): number {
    const { length } = this.#newline;
    const begin = this.#position;
    this.#position += piece.length;
    if (this.#carry.length > 0) {
      const edge = Buffer.concat([this.#carry, piece.subarray(0, length - 1)]);
      const end = this.#newline.endAfter(edge, 0);
      if (end >= 0) return begin - this.#carry.length + end;
      if (piece.length < length - 1) {
        this.#carry = edge.subarray(Math.max(0, edge.length - length + 1));
        return -1;
      }
    }
    const end = this.#newline.endAfter(piece, 0);
    if (end >= 0) return begin + end;
    // Copied: the piece's memory may hold the next one by then.
    this.#carry = Buffer.from(piece.subarray(Math.max(0, piece.length - length + 1)));
    return -1;
  }
}
