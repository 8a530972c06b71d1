/**
 * Tables of what other formats read. A column's type follows from the kinds of its values, never from how large they are, so
 * that the tables of neighbouring parts fit: numbers are Float64, for instance, also where all of a part's are whole.
 */
import type { DataType, Table } from 'apache-arrow';
import { type Arrow, loadArrow } from './arrow/load.ts';
import { columnOf } from './arrow/to-column.ts';
import { PartitionError } from './errors.ts';
import type { Cell } from './format/format.ts';
import type { ColumnType } from './options.ts';

/** What is said of columns: the types of some, by name. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>;

/** A table of rows, their cells in the order of the columns. A row may lack its last cells: they are null. */
export async function tableOfRows(
  columns: readonly string[],
  batches: AsyncIterable<readonly (readonly Cell[])[]>,
  types: ColumnTypes = {},
): Promise<Table> {
  const arrow = await loadArrow();
  const values = columns.map((): unknown[] => []);
  let count = 0;
  for await (const rows of batches) {
    count += rows.length;
    for (const [at, column] of values.entries()) for (const row of rows) column.push(row[at]);
  }
  return tableOf(arrow, new Map(columns.map((name, at) => [name, values[at] ?? []])), types, count);
}

/**
 * A table of objects. Its columns are those given, else all that any object has, in the order of their first appearance;
 * lists and objects within become lists and structs, and values of different kinds in one column their JSON.
 *
 * @throws {PartitionError} `unsupported`, if a value is no object
 */
export async function tableOfRecords(
  batches: AsyncIterable<readonly unknown[]>,
  {
    columns,
    types = {},
    name,
  }: {
    readonly columns?: readonly string[] | undefined;
    readonly types?: ColumnTypes;
    readonly name: string;
  },
): Promise<Table> {
  const arrow = await loadArrow();
  const values = new Map<string, unknown[]>(columns?.map((column) => [column, []]));
  let count = 0;
  for await (const records of batches) {
    const objects = records.map((record, at) => asObject(record, count + at, name));
    if (columns === undefined) {
      for (const object of objects) {
        for (const key of Object.keys(object)) {
          if (!values.has(key)) values.set(key, new Array<unknown>(count).fill(null));
        }
      }
    }
    for (const [key, column] of values) for (const object of objects) column.push(own(object, key));
    count += objects.length;
  }
  return tableOf(arrow, values, types, count);
}

function tableOf(
  arrow: Arrow,
  values: ReadonlyMap<string, readonly unknown[]>,
  types: ColumnTypes,
  length: number,
): Table {
  const names = [...values.keys()];
  const children = names.map((name) =>
    columnOf(arrow, name, values.get(name) ?? [], Object.hasOwn(types, name) ? types[name] : undefined),
  );
  const fields = names.map((name, at) => new arrow.Field(name, children[at]?.type as DataType, true));
  const data = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children });
  return new arrow.Table([new arrow.RecordBatch(new arrow.Schema(fields), data)]);
}

function asObject(record: unknown, at: number, name: string): Readonly<Record<string, unknown>> {
  if (typeof record === 'object' && record !== null && !Array.isArray(record))
    return record as Record<string, unknown>;
  const came = Array.isArray(record) ? 'a list' : record === null ? 'null' : `a ${typeof record}`;
  throw new PartitionError(
    'unsupported',
    `${name}: a table is made of objects, but record ${at} of the part is ${came}`,
    {
      object: name,
    },
  );
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : null;
}
