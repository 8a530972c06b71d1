/** So many are kept that nobody uses. */
const KEPT = 8;

/** Things that take longer to make than to use, each used by one at a time: of what is done with them nothing may stay. */
export class Pool<T> {
  readonly #make: () => T;
  readonly #idle: T[] = [];

  constructor(make: () => T) {
    this.#make = make;
  }

  async use<R>(act: (one: T) => Promise<R>): Promise<R> {
    const one = this.#idle.pop() ?? this.#make();
    try {
      return await act(one);
    } finally {
      if (this.#idle.length < KEPT) this.#idle.push(one);
    }
  }
}
