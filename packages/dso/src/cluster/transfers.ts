/** Snapshots of slots that are on their way to other members: so many at a time, and the others wait for their turn. */

/** Most are small, and of large ones few fill the lines, and memory. */
const MAX_COUNT = 256;
const MAX_BYTES = 16 * 2 ** 20;

/** @template T who sends them */
export class Transfers<T> {
  readonly #mayGoOn: (sender: T) => void;
  readonly #waiting = new Set<T>();
  #count = 0;
  #bytes = 0;

  /** @param mayGoOn is told that one may ask again, who was told to wait */
  constructor(mayGoOn: (sender: T) => void) {
    this.#mayGoOn = mayGoOn;
  }

  get running(): number {
    return this.#count;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether one more may begin, of whatever size: else nothing large would ever go. */
  mayBegin(sender: T): boolean {
    if (this.#count < MAX_COUNT && this.#bytes < MAX_BYTES) return true;
    this.#waiting.add(sender);
    return false;
  }

  begun(bytes: number): void {
    this.#count++;
    this.#bytes += bytes;
  }

  ended(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
    // As many as have room if all are small: one that has none waits again.
    let room = MAX_COUNT - this.#count;
    for (const sender of this.#waiting) {
      if (room-- === 0) return;
      this.#waiting.delete(sender);
      this.#mayGoOn(sender);
    }
  }
}
