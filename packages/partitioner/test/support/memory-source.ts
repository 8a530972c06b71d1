import type { ByteSource } from '../../src/source/byte-source.ts';

/** Bytes in memory as a source. Counts what is read of them, so that a test can say how little was. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly size: number;
  /** The ranges that were asked for, in order. */
  readonly reads: { readonly start: number; readonly end: number }[] = [];
  readonly #bytes: Uint8Array;
  readonly #piece: number;

  /** @param piece the length of what `stream` gives at a time */
  constructor(content: Uint8Array | string, { name = 'memory', piece = 64 * 1024 } = {}) {
    this.name = name;
    this.#bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.#piece = piece;
    this.size = this.#bytes.length;
  }

  get bytesRead(): number {
    return this.reads.reduce((sum, { start, end }) => sum + Math.max(0, Math.min(end, this.size) - start), 0);
  }

  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    this.reads.push({ start, end });
    return this.#bytes.slice(start, end);
  }

  async *stream(start: number, end: number = this.size, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const last = Math.min(end, this.size);
    for (let at = start; at < last; at += this.#piece)
      yield this.read(at, Math.min(at + this.#piece, last), signal);
  }
}
