import type { RecordBatch, Schema, Table } from 'apache-arrow';
import type { Cell } from '../format/format.ts';
import { Reader } from '../format/reader.ts';
import type { ReadOptions } from '../options.ts';
import { type Columns, columnsOf, namesOf, selected } from './columns.ts';
import { shareDictionaries } from './dictionaries.ts';
import { filtered } from './filter.ts';
import { loadArrow } from './load.ts';
import { recordsOf, rowsOf } from './values.ts';

/** Rows that are made at a time: objects that are consumed before they get old. */
const AT_ONCE = 4096;

/**
 * How long batches are needed: all of them together, so that nothing is gained by little reads; each for as long as somebody
 * holds it; or until the next is asked for, which may be put over it.
 */
export type Needed = 'together' | 'held' | 'passing';

/** Views of record batches, for the formats that have such. */
export abstract class ColumnarReader extends Reader<ReadOptions> {
  protected readonly has: string = 'arrow(), batches(), rows() or records()';

  protected abstract schema(signal: AbortSignal | undefined): Promise<Schema>;
  /** The batches of the part, with these columns. */
  protected abstract read(
    columns: readonly string[],
    needed: Needed,
    signal: AbortSignal | undefined,
  ): AsyncIterable<RecordBatch>;
  /** How many rows the part has, whichever match. */
  protected abstract total(signal: AbortSignal | undefined): Promise<number>;

  override async *rows(signal?: AbortSignal): AsyncGenerator<readonly (readonly Cell[])[]> {
    for await (const batch of this.#selected(await this.#columns(signal), 'held', signal)) {
      for (let from = 0; from < batch.numRows; from += AT_ONCE) yield rowsOf(batch, from, from + AT_ONCE);
    }
  }

  override async *records(signal?: AbortSignal): AsyncGenerator<readonly unknown[]> {
    for await (const batch of this.#selected(await this.#columns(signal), 'held', signal)) {
      for (let from = 0; from < batch.numRows; from += AT_ONCE) yield recordsOf(batch, from, from + AT_ONCE);
    }
  }

  override async count(signal?: AbortSignal): Promise<number> {
    const { where = [] } = this.options;
    if (this.#isEmpty) return 0;
    if (where.length === 0) return this.total(signal);
    const columns = await this.#columns(signal);
    const looked = columns.read.filter((name) => where.some(([column]) => column === name));
    let count = 0;
    for await (const { numRows } of this.#selected({ given: [], read: looked }, 'passing', signal))
      count += numRows;
    return count;
  }

  override async *batches(isPassing: boolean, signal?: AbortSignal): AsyncGenerator<RecordBatch> {
    yield* this.#selected(await this.#columns(signal), isPassing ? 'passing' : 'held', signal);
  }

  override async arrow(signal?: AbortSignal): Promise<Table> {
    const [arrow, schema, columns] = await Promise.all([
      loadArrow(),
      this.#schema(signal),
      this.#columns(signal),
    ]);
    const batches: RecordBatch[] = [];
    for await (const batch of this.#selected(columns, 'together', signal)) batches.push(batch);
    const names = namesOf(schema);
    const given = schema.selectAt(columns.given.map((name) => names.indexOf(name)));
    return new arrow.Table(given, [...shareDictionaries(arrow, batches)]);
  }

  override async columns(signal?: AbortSignal): Promise<readonly string[]> {
    return (await this.#columns(signal)).given;
  }

  /** No bytes are a file of no format, but objects of none are met. */
  get #isEmpty(): boolean {
    return this.source.size === 0;
  }

  async #schema(signal: AbortSignal | undefined): Promise<Schema> {
    return this.#isEmpty ? new (await loadArrow()).Schema([]) : this.schema(signal);
  }

  async #columns(signal: AbortSignal | undefined): Promise<Columns> {
    if (this.#isEmpty) return { given: [], read: [] };
    return columnsOf(this.source.name, namesOf(await this.#schema(signal)), this.options);
  }

  async *#selected(
    { given, read }: Columns,
    needed: Needed,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<RecordBatch> {
    if (this.#isEmpty) return;
    const arrow = await loadArrow();
    for await (const batch of this.read(read, needed, signal)) {
      const matching = filtered(arrow, this.source.name, batch, this.options.where ?? [], given);
      if (matching.numRows > 0) yield selected(matching, given);
    }
  }
}
