/** Which calls without an outcome have begun to run, as far as agents have told. */
export class Starts {
  readonly #told = new Set<number>();
  readonly #waiting = new Map<number, (() => void)[]>();

  tell(index: number): void {
    if (this.#told.has(index)) return;
    this.#told.add(index);
    for (const then of this.#waiting.get(index) ?? []) then();
    this.#waiting.delete(index);
  }

  /** Calls `then` when it is told that the call has begun. */
  when(index: number, then: () => void): void {
    if (this.#told.has(index)) {
      then();
      return;
    }
    const waiting = this.#waiting.get(index);
    if (waiting === undefined) this.#waiting.set(index, [then]);
    else waiting.push(then);
  }

  /** The call has its outcome: whether it had begun is no question any more. */
  forget(index: number): void {
    this.#told.delete(index);
    this.#waiting.delete(index);
  }
}
