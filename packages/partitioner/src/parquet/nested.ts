/** Columns that `hyparquet` reads: lists, structs and maps, and what is stored in encodings that are rarely met. */
import type { Data } from 'apache-arrow';
import type { Compressors, FileMetaData, SchemaElement } from 'hyparquet';
import { bitmapOf } from '../arrow/bitmap.ts';
import type { Arrow } from '../arrow/load.ts';
import { packBytes } from '../arrow/texts.ts';
import { TypeId } from '../arrow/type-id.ts';
import { AS_STORED, type Hyparquet } from './footer.ts';
import type { Node } from './schema.ts';
import { EPOCH_DAY, type Leaf, NANOS_A_DAY, type Stored } from './types.ts';

type Values = ArrayLike<unknown>;

/** A file as `hyparquet` sees one: the bytes `[start, end)`, of those that were read. */
export type ReadBytes = (start: number, end: number) => ArrayBuffer;

/** The values of a column in a row group, as they are stored. */
export async function readValues(
  { parquetScan }: Hyparquet,
  metadata: FileMetaData,
  group: number,
  column: string,
  compressors: Compressors,
  read: ReadBytes,
): Promise<Values> {
  const [row_groups, rows] = [
    metadata.row_groups.slice(group, group + 1),
    Number(metadata.row_groups[group]?.num_rows),
  ];
  if (rows === 0) return [];
  const scan = await parquetScan({
    file: { byteLength: Number.MAX_SAFE_INTEGER, slice: (start, end = start) => read(start, end) },
    metadata: {
      ...metadata,
      row_groups,
      num_rows: BigInt(rows),
      schema: metadata.schema.map(withoutMeaning),
    },
    columns: [column],
    compressors,
    parsers: AS_STORED,
    utf8: false,
    useOffsetIndex: false,
  });
  return scan.readColumn({ column, rowStart: 0, rowEnd: rows });
}

/**
 * What a type means would lose something of it: decimals would become floats, keys of maps text. Lists are known by their
 * meaning; a map is then a struct with a list of its entries.
 */
function withoutMeaning(element: SchemaElement): SchemaElement {
  const { converted_type: converted, logical_type: _logical, ...rest } = element;
  return converted === 'LIST' ? { ...rest, converted_type: converted } : rest;
}

/** The memory of a column of such values. */
export function dataOf(arrow: Arrow, node: Node, values: Values): Data {
  const { length } = values;
  const { type } = node.field;
  const make = (parts: object): Data =>
    arrow.makeData({ type, length, ...nullsOf(values), ...parts } as never) as Data;
  switch (node.kind) {
    case 'leaf': {
      const stored = storedOf(node.leaf, values);
      return make({ data: node.leaf.values(stored), valueOffsets: stored.offsets });
    }
    case 'list': {
      const { valueOffsets, items } = itemsOf(values as ArrayLike<Values | null | undefined>);
      return make({ valueOffsets, child: dataOf(arrow, node.item, items) });
    }
    case 'map': {
      const lists = Array.from(
        values as ArrayLike<Row | null | undefined>,
        (row) => row?.[node.entries] as Values | null,
      );
      const { valueOffsets, items } = itemsOf(lists);
      const entries = { kind: 'struct' as const, field: type.children[0]!, children: node.children };
      return make({ valueOffsets, child: dataOf(arrow, entries, items) });
    }
    case 'struct': {
      const rows = values as ArrayLike<Row | null | undefined>;
      const children = node.children.map((child) => {
        return dataOf(
          arrow,
          child,
          Array.from(rows, (row) => row?.[child.field.name] ?? null),
        );
      });
      return make({ children });
    }
  }
}

export function nullsOf(values: Values): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
  const there = (at: number): boolean => values[at] !== null && values[at] !== undefined;
  let nullCount = 0;
  for (let at = 0; at < values.length; at++) if (!there(at)) nullCount++;
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bitmapOf(values.length, there) };
}

type Row = Readonly<Record<string, unknown>>;

function itemsOf(lists: ArrayLike<Values | null | undefined>): {
  valueOffsets: Int32Array;
  items: unknown[];
} {
  const valueOffsets = new Int32Array(lists.length + 1);
  const items: unknown[] = [];
  for (let at = 0; at < lists.length; at++) {
    const list = lists[at];
    for (let item = 0; item < (list?.length ?? 0); item++) items.push(list?.[item]);
    valueOffsets[at + 1] = items.length;
  }
  return { valueOffsets, items };
}

/** Values back to what they were stored as. */
function storedOf({ width, type }: Leaf, values: Values): Stored {
  if (width === 0) return packBytes(values as ArrayLike<Uint8Array | null | undefined>);
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    const to = at * width;
    if (value instanceof Uint8Array) bytes.set(value, to);
    else if (typeof value === 'boolean') bytes[to] = Number(value);
    else if (typeof value === 'bigint' && width === 8) view.setBigInt64(to, value, true);
    else if (typeof value === 'bigint') put96(view, to, value);
    else if (typeof value !== 'number') continue;
    else if (type.typeId !== TypeId.Float) view.setInt32(to, value, true);
    else if (width === 4) view.setFloat32(to, value, true);
    else view.setFloat64(to, value, true);
  }
  return { bytes };
}

/** The nanoseconds that it makes of the old timestamps. */
function put96(view: DataView, at: number, nanos: bigint): void {
  const day = (nanos - (((nanos % NANOS_A_DAY) + NANOS_A_DAY) % NANOS_A_DAY)) / NANOS_A_DAY;
  view.setBigUint64(at, nanos - day * NANOS_A_DAY, true);
  view.setUint32(at + 8, Number(day + EPOCH_DAY), true);
}
