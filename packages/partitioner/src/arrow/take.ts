/** Some rows of a batch, copied from its memory; only types that are rarely met go through their values. */
import type { Data, RecordBatch } from 'apache-arrow';
import { bitAt, bitmapOf } from './bitmap.ts';
import type { Arrow } from './load.ts';
import { TypeId } from './type-id.ts';

type TypedArray = Int32Array | Uint8Array | Float64Array | BigInt64Array;

export function taken(arrow: Arrow, batch: RecordBatch, rows: Uint32Array): RecordBatch {
  const children = batch.data.children.map((column) => takeColumn(arrow, column, rows));
  const type = new arrow.Struct(batch.schema.fields);
  const data = arrow.makeData({ type, length: rows.length, nullCount: 0, children });
  return new arrow.RecordBatch(batch.schema, data, batch.metadata);
}

function takeColumn(arrow: Arrow, column: Data, rows: Uint32Array): Data {
  const { type, stride, dictionary, offset } = column;
  const make = (parts: object): Data =>
    arrow.makeData({ type, ...nulls(column, rows), ...parts } as never) as Data;
  switch (type.typeId as number) {
    case TypeId.Bool: {
      const bits = column.values as Uint8Array;
      return make({ data: bitmapOf(rows.length, (at) => bitAt(bits, offset + (rows[at] ?? 0))) });
    }
    case TypeId.Int:
    case TypeId.Float:
    case TypeId.Decimal:
    case TypeId.Date:
    case TypeId.Time:
    case TypeId.Timestamp:
    case TypeId.Interval:
    case TypeId.Duration:
    case TypeId.FixedSizeBinary:
      return make({ data: takeFixed(column.values as TypedArray, stride, rows) });
    case TypeId.Dictionary:
      return make({ data: takeFixed(column.values as TypedArray, stride, rows), dictionary });
    case TypeId.Null:
      return arrow.makeData({ type: new arrow.Null(), length: rows.length });
    case TypeId.Utf8:
    case TypeId.Binary:
      return make(takeBytes(column, rows));
    case TypeId.List:
    case TypeId.Map: {
      const { valueOffsets, items } = takeItems(column.valueOffsets as Int32Array, rows);
      return make({ valueOffsets, child: takeColumn(arrow, column.children[0]!, items) });
    }
    case TypeId.FixedSizeList: {
      const items = Uint32Array.from({ length: rows.length * stride }, (_, at) => {
        return rows[Math.floor(at / stride)]! * stride + (at % stride);
      });
      return make({ child: takeColumn(arrow, column.children[0]!, items) });
    }
    case TypeId.Struct:
      return make({ children: column.children.map((child) => takeColumn(arrow, child, rows)) });
    default: {
      const vector = new arrow.Vector([column]);
      const builder = arrow.makeBuilder({ type, nullValues: [null] });
      for (const row of rows) builder.append(vector.get(row));
      return builder.finish().flush() as Data;
    }
  }
}

function takeFixed(values: TypedArray, stride: number, rows: Uint32Array): TypedArray {
  const taken = new (values.constructor as new (length: number) => TypedArray)(rows.length * stride);
  if (stride === 1) for (let at = 0; at < rows.length; at++) taken[at] = values[rows[at]!]!;
  else
    for (let at = 0; at < rows.length; at++) {
      const from = rows[at]! * stride;
      taken.set(values.subarray(from, from + stride) as never, at * stride);
    }
  return taken;
}

function takeBytes(
  { values, valueOffsets }: Data,
  rows: Uint32Array,
): { valueOffsets: Int32Array; data: Uint8Array } {
  const from = valueOffsets as Int32Array;
  const offsets = new Int32Array(rows.length + 1);
  for (let at = 0; at < rows.length; at++)
    offsets[at + 1] = offsets[at]! + from[rows[at]! + 1]! - from[rows[at]!]!;
  const data = new Uint8Array(offsets[rows.length]!);
  const bytes = values as Uint8Array;
  for (let at = 0; at < rows.length; at++)
    data.set(bytes.subarray(from[rows[at]!], from[rows[at]! + 1]), offsets[at]);
  return { valueOffsets: offsets, data };
}

/** Of lists: where each begins, and which of the values are theirs. */
function takeItems(from: Int32Array, rows: Uint32Array): { valueOffsets: Int32Array; items: Uint32Array } {
  const valueOffsets = new Int32Array(rows.length + 1);
  for (let at = 0; at < rows.length; at++) {
    valueOffsets[at + 1] = valueOffsets[at]! + from[rows[at]! + 1]! - from[rows[at]!]!;
  }
  const items = new Uint32Array(valueOffsets[rows.length]!);
  for (let at = 0; at < rows.length; at++) {
    for (let to = valueOffsets[at]!, item = from[rows[at]!]!; to < valueOffsets[at + 1]!; to++)
      items[to] = item++;
  }
  return { valueOffsets, items };
}

function nulls(
  column: Data,
  rows: Uint32Array,
): { length: number; nullCount: number; nullBitmap?: Uint8Array } {
  const { length } = rows;
  if (column.nullCount === 0) return { length, nullCount: 0 };
  const nullBitmap = bitmapOf(length, (at) => column.getValid(rows[at] ?? 0));
  let nullCount = 0;
  for (let at = 0; at < length; at++) if (!bitAt(nullBitmap, at)) nullCount++;
  return nullCount === 0 ? { length, nullCount } : { length, nullCount, nullBitmap };
}
