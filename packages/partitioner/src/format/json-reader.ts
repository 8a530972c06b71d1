import type { Table } from 'apache-arrow';
import type { ReadOptions } from '../options.ts';
import { tableOfRecords } from '../to-arrow.ts';
import type { Cell } from './format.ts';
import { TextReader } from './text.ts';

export type JsonOptions = Pick<ReadOptions, 'newline' | 'columns' | 'types'>;

/** Values of JSON, however they are found in the text. */
export abstract class JsonReader extends TextReader<JsonOptions> {
  /** In batches, as they are written. */
  protected abstract parsed(signal?: AbortSignal): AsyncIterable<readonly unknown[]>;

  override async *records(signal?: AbortSignal): AsyncGenerator<readonly unknown[], void, undefined> {
    const { columns } = this.options;
    for await (const values of this.parsed(signal))
      yield columns === undefined ? values : values.map((value) => only(value, columns));
  }

  override rows(signal?: AbortSignal): AsyncIterable<readonly (readonly Cell[])[]> {
    const { columns } = this.options;
    if (columns === undefined) throw this.lacks('rows() without the option columns, which gives their order');
    return rowsOf(this.records(signal), columns);
  }

  override async count(signal?: AbortSignal): Promise<number> {
    let count = 0;
    for await (const values of this.parsed(signal)) count += values.length;
    return count;
  }

  override arrow(signal?: AbortSignal): Promise<Table> {
    return tableOfRecords(this.parsed(signal), { ...this.options, name: this.source.name });
  }

  override async columns(): Promise<readonly string[]> {
    if (this.options.columns === undefined)
      throw this.lacks('columns() without the option columns: each record names its own');
    return this.options.columns;
  }
}

async function* rowsOf(
  batches: AsyncIterable<readonly unknown[]>,
  columns: readonly string[],
): AsyncGenerator<readonly (readonly Cell[])[], void, undefined> {
  for await (const records of batches)
    yield records.map((record) => columns.map((name) => (isObject(record) ? record[name] : undefined)));
}

/** A record with these members alone; what is no object stays as it is. */
function only(value: unknown, columns: readonly string[]): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    columns.filter((name) => Object.hasOwn(value, name)).map((name) => [name, value[name]]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
