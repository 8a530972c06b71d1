/**
 * Values of Arrow as plain ones of JavaScript, which travel: lists as arrays, structs as objects, maps as `Map`, dates and
 * timestamps as `Date` (the table has them exactly), integers of 64 bits as bigint, decimals as numbers where 15 digits hold
 * all of their type, else as text.
 */
import type { DataType, Decimal, Dictionary, MapRow, RecordBatch, StructRow, Vector } from 'apache-arrow';
import { decimalText } from './decimal.ts';
import { TypeId } from './type-id.ts';

type Convert = (value: never) => unknown;
/** Reads the value of a row. */
type Get = (row: number) => unknown;

export function rowsOf(batch: RecordBatch, from: number, to: number): unknown[][] {
  const columns = getters(batch);
  const rows: unknown[][] = [];
  for (let at = from; at < Math.min(to, batch.numRows); at++) rows.push(columns.map((get) => get(at)));
  return rows;
}

export function recordsOf(batch: RecordBatch, from: number, to: number): Record<string, unknown>[] {
  const columns = getters(batch);
  const names = batch.schema.fields.map(({ name }) => name);
  const records: Record<string, unknown>[] = [];
  for (let at = from; at < Math.min(to, batch.numRows); at++) {
    const record: Record<string, unknown> = {};
    for (const [column, name] of names.entries()) put(record, name, columns[column]?.(at));
    records.push(record);
  }
  return records;
}

/** A column may be called `__proto__`. */
function put(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
  else record[name] = value;
}

/** One for each column. They last as long as the batch, and so do the values of dictionaries that they have made. */
const made = new WeakMap<RecordBatch, readonly Get[]>();

function getters(batch: RecordBatch): readonly Get[] {
  let getters = made.get(batch);
  if (getters === undefined) {
    getters = batch.schema.fields.map((_, at) => getter(batch.getChildAt(at) as Vector));
    made.set(batch, getters);
  }
  return getters;
}

function getter(vector: Vector): Get {
  const data = vector.data[0];
  if (data === undefined) return () => null;
  if (data.type.typeId === TypeId.Dictionary && data.dictionary !== undefined) {
    const value = cached(getter(data.dictionary));
    const indices = data.values as Int32Array;
    return (row) => (data.getValid(row) ? value(Number(indices[row])) : null);
  }
  const convert = converter(data.type as DataType);
  if (convert === undefined) return (row) => vector.get(row);
  return (row) => {
    const value: unknown = vector.get(row);
    return value === null ? null : convert(value as never);
  };
}

function cached(get: Get): Get {
  const values: unknown[] = [];
  return (row) => {
    let value = values[row];
    if (value === undefined) {
      value = get(row);
      values[row] = value;
    }
    return value;
  };
}

/** What makes a value that Arrow gives a plain one; undefined where it is one. */
function converter(type: DataType): Convert | undefined {
  switch (type.typeId as number) {
    case TypeId.Date:
    case TypeId.Timestamp:
      return (time: number) => new Date(time);
    case TypeId.Decimal: {
      const { scale, precision } = type as Decimal;
      const text = (words: Uint32Array): string => decimalText(words, scale);
      return precision <= 15 ? (words: Uint32Array) => Number(text(words)) : text;
    }
    case TypeId.Dictionary:
      return converter((type as Dictionary).dictionary as DataType);
    case TypeId.List:
    case TypeId.LargeList:
    case TypeId.FixedSizeList: {
      const item = nullable(converter(type.children[0]?.type as DataType));
      return (values: Iterable<never>) => Array.from(values, item);
    }
    case TypeId.Struct: {
      const fields = type.children.map(({ name, type: child }) => ({
        name,
        item: nullable(converter(child as DataType)),
      }));
      return (row: StructRow) => {
        const record: Record<string, unknown> = {};
        const values = row.toJSON() as Readonly<Record<string, never>>;
        for (const { name, item } of fields) put(record, name, item(values[name] as never));
        return record;
      };
    }
    case TypeId.Map: {
      const entry = type.children[0]?.type as DataType;
      const [key, value] = entry.children.map(({ type: child }) => nullable(converter(child as DataType)));
      return (row: MapRow) => {
        const entries = Array.from(row as Iterable<[never, never]>);
        return new Map(entries.map(([k, v]) => [key?.(k), value?.(v)]));
      };
    }
    default:
      return undefined;
  }
}

function nullable(convert: Convert | undefined): Convert {
  if (convert === undefined) return (value) => value;
  return (value) => (value === null || value === undefined ? null : convert(value));
}
