/** Columns of values, by typed arrays: no builder is called for a cell. */
import type { Data, DataType } from 'apache-arrow';
import { malformed, shown } from '../errors.ts';
import type { ColumnType } from '../options.ts';
import { bitmapOf } from './bitmap.ts';
import type { Arrow } from './load.ts';
import { packTexts } from './texts.ts';

type Values = readonly unknown[];

/** Which column of which object, for errors. */
export interface ColumnPlace {
  readonly object: string;
  readonly column: string;
}

/** What values there are in a column; `mixed` becomes their JSON. */
type Kind = ColumnType | 'null' | 'list' | 'struct' | 'mixed';

/** A column. Null and undefined are null; of a given type, what is not of it is an error that names it. */
export function columnOf(arrow: Arrow, place: ColumnPlace, values: Values, type?: ColumnType): Data {
  const kind = type ?? kindOf(values);
  switch (kind) {
    case 'null':
      return arrow.makeData({ type: new arrow.Null(), length: values.length });
    case 'number':
      return numbers(arrow, place, values);
    case 'bigint':
      return integers(arrow, place, values);
    case 'boolean':
      return booleans(arrow, place, values);
    case 'date':
      return dates(arrow, place, values);
    case 'string':
    case 'mixed':
      return texts(arrow, values);
    case 'list':
      return lists(arrow, place, values as readonly (Values | null | undefined)[]);
    case 'struct':
      return structs(
        arrow,
        place,
        values as readonly (Readonly<Record<string, unknown>> | null | undefined)[],
      );
  }
}

function kindOf(values: Values): Kind {
  let kind: Kind = 'null';
  for (const value of values) {
    if (value === null || value === undefined) continue;
    const one = kindOfValue(value);
    if (kind !== one && kind !== 'null') return 'mixed';
    kind = one;
  }
  return kind;
}

function kindOfValue(value: unknown): Kind {
  switch (typeof value) {
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'string':
      return typeof value as Kind;
    default:
      return value instanceof Date ? 'date' : Array.isArray(value) ? 'list' : 'struct';
  }
}

function numbers(arrow: Arrow, place: ColumnPlace, values: Values): Data {
  const data = new Float64Array(values.length);
  for (const [at, value] of values.entries()) {
    if (typeof value === 'number') data[at] = value;
    else if (typeof value === 'bigint') data[at] = Number(value);
    else if (value !== null && value !== undefined) throw mismatch(place, 'a number', value, at);
  }
  return made(arrow, new arrow.Float64(), values, { data });
}

function integers(arrow: Arrow, place: ColumnPlace, values: Values): Data {
  const data = new BigInt64Array(values.length);
  for (const [at, value] of values.entries()) {
    if (value === null || value === undefined) continue;
    const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
    const integer = whole ? BigInt(value as bigint | number) : undefined;
    if (integer === undefined || BigInt.asIntN(64, integer) !== integer)
      throw mismatch(place, 'an integer of 64 bits', value, at);
    data[at] = integer;
  }
  return made(arrow, new arrow.Int64(), values, { data });
}

function booleans(arrow: Arrow, place: ColumnPlace, values: Values): Data {
  for (const [at, value] of values.entries()) {
    if (typeof value !== 'boolean' && value !== null && value !== undefined)
      throw mismatch(place, 'true or false', value, at);
  }
  const data = bitmapOf(values.length, (at) => values[at] === true);
  return made(arrow, new arrow.Bool(), values, { data });
}

function dates(arrow: Arrow, place: ColumnPlace, values: Values): Data {
  const halves = new Int32Array(values.length * 2); // of integers of 64 bits: BigInt would be ten times slower
  for (const [at, value] of values.entries()) {
    if (value === null || value === undefined) continue;
    const time =
      value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(time)) throw mismatch(place, 'a date', value, at);
    halves[at * 2] = time % 2 ** 32;
    halves[at * 2 + 1] = Math.floor(time / 2 ** 32);
  }
  const type = new arrow.TimestampMillisecond('UTC');
  return made(arrow, type, values, { data: new BigInt64Array(halves.buffer) });
}

function texts(arrow: Arrow, values: Values): Data {
  const { offsets, bytes } = packTexts(
    values.map((value) =>
      typeof value === 'string' || value === null || value === undefined ? value : jsonOf(value),
    ),
  );
  return made(arrow, new arrow.Utf8(), values, { valueOffsets: offsets, data: bytes });
}

function lists(arrow: Arrow, place: ColumnPlace, values: readonly (Values | null | undefined)[]): Data {
  const valueOffsets = new Int32Array(values.length + 1);
  for (const [at, list] of values.entries())
    valueOffsets[at + 1] = (valueOffsets[at] ?? 0) + (list?.length ?? 0);
  const child = columnOf(
    arrow,
    { ...place, column: `${place.column}[]` },
    values.flatMap((list) => list ?? []),
  );
  const type = new arrow.List(new arrow.Field('item', child.type as DataType, true));
  return made(arrow, type, values, { valueOffsets, child });
}

function structs(
  arrow: Arrow,
  place: ColumnPlace,
  values: readonly (Readonly<Record<string, unknown>> | null | undefined)[],
): Data {
  const keys = [...new Set(values.flatMap((value) => Object.keys(value ?? {})))];
  const children = keys.map((key) =>
    columnOf(
      arrow,
      { ...place, column: `${place.column}.${key}` },
      values.map((value) => (value && Object.hasOwn(value, key) ? value[key] : null)),
    ),
  );
  const fields = keys.map((key, at) => new arrow.Field(key, (children[at] as Data).type as DataType, true));
  return made(arrow, new arrow.Struct(fields), values, { children });
}

/** With which values are there, if not all are. */
function made(arrow: Arrow, type: DataType, values: Values, parts: object): Data {
  let nullCount = 0;
  for (const value of values) if (value === null || value === undefined) nullCount++;
  const there = (at: number): boolean => values[at] !== null && values[at] !== undefined;
  const nulls = nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bitmapOf(values.length, there) };
  return arrow.makeData({ type, length: values.length, ...nulls, ...parts } as never) as Data;
}

function jsonOf(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

function mismatch({ object, column }: ColumnPlace, expected: string, came: unknown, at: number): Error {
  return malformed(
    object,
    `column '${column}': expected ${expected} in row ${at} of the part, not ${shown(came)}`,
  );
}
