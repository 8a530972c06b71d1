/** What a function reads of a partition, one by one or in batches. */

/** Things that are read in batches and given one by one. Each iteration reads anew. */
export class Batched<T> implements AsyncIterable<T> {
  readonly #read: () => AsyncIterable<readonly T[]>;

  constructor(read: () => AsyncIterable<readonly T[]>) {
    this.#read = read;
  }

  /** As they are read: for loops in which a step for each would count. No batch is empty. */
  async *batches(): AsyncGenerator<readonly T[], void, undefined> {
    for await (const batch of this.#read()) if (batch.length > 0) yield batch;
  }

  /** All of them. */
  async toArray(): Promise<T[]> {
    const all: T[][] = [];
    for await (const batch of this.#read()) all.push([...batch]);
    return all.flat();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined, undefined> {
    return new OneByOne(this.batches());
  }
}

/** Not a generator: of what is there already, a step costs a promise that is fulfilled, and no more. */
class OneByOne<T> implements AsyncIterator<T, undefined, undefined> {
  readonly #batches: AsyncGenerator<readonly T[], void, undefined>;
  #batch: readonly T[] = [];
  #at = 0;
  /** The step that waits for a batch: later ones come after it, whether or not it was awaited. */
  #waiting: Promise<unknown> | undefined;

  constructor(batches: AsyncGenerator<readonly T[], void, undefined>) {
    this.#batches = batches;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting === undefined && this.#at < this.#batch.length)
      return Promise.resolve({ done: false, value: this.#batch[this.#at++]! });
    const step = this.#waiting === undefined ? this.#advance() : this.#waiting.then(() => this.#advance());
    const settled: Promise<void> = step.then(
      () => this.#rest(settled),
      () => this.#rest(settled),
    );
    this.#waiting = settled;
    return step;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#batch = [];
    await this.#batches.return();
    return { done: true, value: undefined };
  }

  #rest(settled: Promise<unknown>): void {
    if (this.#waiting === settled) this.#waiting = undefined;
  }

  async #advance(): Promise<IteratorResult<T, undefined>> {
    if (this.#at >= this.#batch.length) {
      const { done, value } = await this.#batches.next();
      if (done) return { done: true, value: undefined };
      this.#batch = value;
      this.#at = 0;
    }
    return { done: false, value: this.#batch[this.#at++]! };
  }
}
