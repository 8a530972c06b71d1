import type { Values } from '../types.ts';
import { type Combine, combined } from './combine.ts';
import type { SegmentReader } from './run.ts';
import { decodeValue } from './value.ts';

/** The values of a key as a function gets them: read once, from where they lie, while it runs. */
export class GroupValues implements Values<unknown> {
  readonly #readers: readonly SegmentReader[];
  readonly #combine: Combine | undefined;
  #begun = false;
  #over = false;
  #reading: Promise<unknown> | undefined;

  /** @param combine where what comes is to be one value, or none */
  constructor(readers: readonly SegmentReader[], combine: Combine | undefined) {
    this.#readers = readers;
    this.#combine = combine;
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    if (this.#begun)
      throw new TypeError(
        'the values of a key are read once; to use them again: const all = await values.toArray()',
      );
    this.#begun = true;
    return this.#combine === undefined ? this.#each() : this.#combined();
  }

  async toArray(): Promise<unknown[]> {
    const all: unknown[] = [];
    for await (const value of this) all.push(value);
    return all;
  }

  /** The only one, of values that are combined. */
  async one(): Promise<unknown> {
    const [only] = await this.toArray();
    return only;
  }

  /** The function has returned: its key is over, when what it has left reading has read. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#reading;
  }

  async *#each(): AsyncGenerator<unknown, void, undefined> {
    for (const reader of this.#readers)
      for (;;) {
        if (this.#over)
          throw new TypeError(
            'the values of a key are there until its function returns: await what reads them',
          );
        let bytes = reader.next();
        if (bytes instanceof Promise) {
          this.#reading = bytes.catch(() => {});
          bytes = await bytes;
        }
        if (bytes === undefined) break;
        yield decodeValue(bytes);
      }
  }

  async *#combined(): AsyncGenerator<unknown, void, undefined> {
    let folded: unknown;
    let some = false;
    for await (const value of this.#each()) {
      folded = some ? combined(this.#combine!, folded, value) : value;
      some = true;
    }
    if (some) yield folded;
  }
}
