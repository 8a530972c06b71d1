import type { RecordBatch, Table } from 'apache-arrow';
import type { Cell, PartReader } from '../format/format.ts';

/** The reader of the format within, made when it is used: what it reads from must be found first. */
export class PackedReader implements PartReader {
  readonly #open: (signal?: AbortSignal) => Promise<PartReader>;

  constructor(open: (signal?: AbortSignal) => Promise<PartReader>) {
    this.#open = open;
  }

  async *stream(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    yield* (await this.#open(signal)).stream(signal);
  }

  async *lines(signal?: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    yield* (await this.#open(signal)).lines(signal);
  }

  async *rows(signal?: AbortSignal): AsyncGenerator<readonly (readonly Cell[])[], void, undefined> {
    yield* (await this.#open(signal)).rows(signal);
  }

  async *records(signal?: AbortSignal): AsyncGenerator<readonly unknown[], void, undefined> {
    yield* (await this.#open(signal)).records(signal);
  }

  async count(signal?: AbortSignal): Promise<number> {
    return (await this.#open(signal)).count(signal);
  }

  async arrow(signal?: AbortSignal): Promise<Table> {
    return (await this.#open(signal)).arrow(signal);
  }

  async *batches(isPassing: boolean, signal?: AbortSignal): AsyncGenerator<RecordBatch, void, undefined> {
    yield* (await this.#open(signal)).batches(isPassing, signal);
  }

  async columns(signal?: AbortSignal): Promise<readonly string[]> {
    return (await this.#open(signal)).columns(signal);
  }
}
