import type { RecordBatch, Schema } from 'apache-arrow';
import type { Where } from '../parquet/where.ts';
import { unknownName } from '../sizes.ts';

/** The columns to give, in their order, and those to read: these, and what conditions look at. */
export interface Columns {
  readonly given: readonly string[];
  readonly read: readonly string[];
}

/** @throws {PartitionError} `bad-argument`, of a column that is not there */
export function columnsOf(
  name: string,
  all: readonly string[],
  { columns = all, where = [] }: { readonly columns?: readonly string[]; readonly where?: Where },
): Columns {
  const wanted = new Set([...columns, ...where.map(([column]) => column)]);
  for (const column of wanted) {
    if (!all.includes(column)) throw unknownName(`${name}: the column`, column, all);
  }
  return { given: columns, read: all.filter((column) => wanted.has(column)) };
}

export function namesOf(schema: Schema): readonly string[] {
  return schema.fields.map(({ name }) => name);
}

/** A batch of these columns alone, in this order. */
export function selected(batch: RecordBatch, columns: readonly string[]): RecordBatch {
  const names = namesOf(batch.schema);
  const same = names.length === columns.length && names.every((name, at) => name === columns[at]);
  return same ? batch : batch.selectAt(columns.map((name) => names.indexOf(name)));
}
