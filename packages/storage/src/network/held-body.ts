import type { Readable } from 'node:stream';

/**
 * A response's body with its connection, which is let go at the end, by an error, and by `return()`, even before the
 * first `next()`, where the body of a generator would not run.
 */
export class HeldBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #source: Readable;
  readonly #chunks: AsyncGenerator<Uint8Array, undefined>;

  /**
   * @param transform what is read of the source; it may go on after the source's end
   */
  constructor(
    source: Readable,
    transform: (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, undefined>,
  ) {
    this.#source = source;
    source.on('error', () => {}); // comes out when it is read; nobody else is to hear of it
    this.#chunks = transform(source);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return this.#chunks.next();
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#source.destroy();
    return this.#chunks.return(undefined);
  }
}
