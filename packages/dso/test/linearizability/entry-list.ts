import type { History } from './history.ts';

/**
 * Calls and returns of the operations that returned, in the order of time: a list from which an operation's can be taken, and put
 * back in reverse order, in constant time. Operation `i` has the entries `i`, its call, and `total + i`, its return; the end of the
 * list is `2 * total + 1`.
 */
export class EntryList {
  readonly #total: number;
  readonly #head: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  /** @param operations - in the order of calls */
  constructor(operations: History<unknown, unknown>) {
    const total = operations.length;
    this.#total = total;
    this.#head = 2 * total;
    this.#next = new Int32Array(2 * total + 2);
    this.#previous = new Int32Array(2 * total + 2);
    const time = (entry: number): number =>
      (entry < total ? operations[entry]?.call : operations[entry - total]?.return) ?? 0;
    const calls = [...operations.keys()].filter((index) => operations[index]?.return !== undefined);
    // Sorting keeps calls before returns of the same time: who returns at the moment of another's call is concurrent with it,
    // because the clock may have stood still between.
    const entries = [...calls, ...calls.map((index) => total + index)].sort(
      (one, other) => time(one) - time(other),
    );
    let last = this.#head;
    for (const entry of [...entries, this.#head + 1]) {
      this.#link(last, entry);
      last = entry;
    }
  }

  first(): number {
    return this.#next[this.#head]!;
  }

  after(entry: number): number {
    return this.#next[entry]!;
  }

  lift(operation: number): void {
    this.#unlink(operation);
    this.#unlink(this.#total + operation);
  }

  unlift(operation: number): void {
    this.#relink(this.#total + operation);
    this.#relink(operation);
  }

  #link(one: number, other: number): void {
    this.#next[one] = other;
    this.#previous[other] = one;
  }

  #unlink(entry: number): void {
    this.#link(this.#previous[entry]!, this.#next[entry]!);
  }

  /** An entry that was taken out still knows its neighbours. */
  #relink(entry: number): void {
    this.#next[this.#previous[entry]!] = entry;
    this.#previous[this.#next[entry]!] = entry;
  }
}
