/** Where bytes come to lie that are read or decoded. */
export interface Memory {
  /** Room for so many bytes, which begins at a multiple of 64; what is in it may be anything. */
  take(bytes: number): Uint8Array;
}

/** As Arrow recommends. https://arrow.apache.org/docs/format/Columnar.html#buffer-alignment-and-padding */
const ALIGNMENT = 64;

/** Memory of its own for each, which lasts as long as somebody holds it. */
export const fresh: Memory = { take: (bytes) => new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer) };

/**
 * Memory that is used again: fresh memory costs the system's zeros, and every forty megabytes or so a collection of garbage by V8,
 * which together take longer than reading data does.
 */
export class Arena implements Memory {
  #room = fresh.take(0);
  #taken = 0;

  take(bytes: number): Uint8Array {
    const start = this.#taken;
    this.#taken = Math.ceil((start + bytes) / ALIGNMENT) * ALIGNMENT;
    return this.#taken <= this.#room.length ? this.#room.subarray(start, start + bytes) : fresh.take(bytes);
  }

  /** What was taken is gone: it may be given again. */
  reset(): void {
    if (this.#taken > this.#room.length) this.#room = fresh.take(this.#taken);
    this.#taken = 0;
  }
}

/** Two arenas, of which one is filled while the other is looked at. */
export class TurnByTurn {
  #next = new Arena();
  #other = new Arena();

  /** What was taken from it the time before last is gone. */
  next(): Memory {
    [this.#next, this.#other] = [this.#other, this.#next];
    this.#next.reset();
    return this.#next;
  }
}
