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

/** A column, and its type where that does not follow from its values. */
export interface TableColumn {
  readonly name: string;
  readonly type?: ColumnType | undefined;
}

/** A column with what is in it. */
interface Filled extends TableColumn {
  readonly values: readonly unknown[];
}

/**
 * A table of rows, their cells in the order of the columns, of which several may have one name. A row may lack its last cells:
 * they are null.
 *
 * @param object where they are from, in errors
 */
export async function tableOfRows(
  columns: readonly TableColumn[],
  batches: AsyncIterable<readonly (readonly Cell[])[]>,
  object: string,
): Promise<Table> {
  const arrow = await loadArrow();
  const filled = columns.map((column) => ({ ...column, values: [] as unknown[] }));
  let count = 0;
  for await (const rows of batches) {
    count += rows.length;
    for (const [at, { values }] of filled.entries()) for (const row of rows) values.push(row[at]);
  }
  return tableOf(arrow, filled, count, object);
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
    readonly types?: Readonly<Record<string, ColumnType>>;
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
  const filled = Array.from(values, ([column, its]) => ({
    name: column,
    type: Object.hasOwn(types, column) ? types[column] : undefined,
    values: its,
  }));
  return tableOf(arrow, filled, count, name);
}

function tableOf(arrow: Arrow, columns: readonly Filled[], length: number, object: string): Table {
  const children = columns.map(({ name, values, type }) =>
    columnOf(arrow, { object, column: name }, values, type),
  );
  const fields = columns.map(({ name }, at) => new arrow.Field(name, children[at]?.type as DataType, true));
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
