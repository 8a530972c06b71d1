/** Which row groups cannot have a row that matches, by what the footer tells of their values. */
import type { DataType } from 'apache-arrow';
import type { ColumnMetaData, FileMetaData, Statistics } from 'hyparquet';
import { type Term, termOf } from '../arrow/literal.ts';
import { TypeId } from '../arrow/type-id.ts';
import type { Column } from './schema.ts';
import type { Condition, Literal, Where } from './where.ts';

/** @throws {PartitionError} `bad-argument`, when a condition's column cannot be compared with its value */
export function mayMatch(
  name: string,
  { row_groups: groups }: FileMetaData,
  group: number,
  columns: readonly Column[],
  where: Where,
): boolean {
  return where.every((condition) => {
    const column = columns.find((one) => one.name === condition[0]);
    if (column?.node.kind !== 'leaf') return true; // the reader tells that lists cannot be compared
    const rows = groups[group]?.num_rows ?? 0n;
    const chunk = groups[group]?.columns.find(
      ({ meta_data: one }) => one?.path_in_schema.join('.') === column.name,
    )?.meta_data;
    return test(name, column.node.leaf.type, rows, chunk?.statistics, chunk, condition);
  });
}

function test(
  name: string,
  type: DataType,
  rows: bigint,
  statistics: Statistics | undefined,
  chunk: ColumnMetaData | undefined,
  condition: Condition,
): boolean {
  const [, operator, value] = condition;
  const nulls = statistics?.null_count;
  if (value === null) return operator === '=' ? nulls !== 0n : nulls !== rows;
  const term = (literal: Literal): Term => termOf(name, type, literal, condition);
  const terms = Array.isArray(value) ? (value as readonly Literal[]).map(term) : [term(value as Literal)];
  if (nulls === rows && rows > 0n) return false;
  const range = rangeOf(type, statistics, chunk);
  if (range === undefined) return true;
  const [min, max] = range;
  const [first = 0, second = 0] = terms;
  switch (operator) {
    case '=':
    case 'in':
      return terms.some((one) => compare(min, one) <= 0 && compare(one, max) <= 0);
    case '!=':
      // A NaN differs from everything, and is in no statistics.
      return type.typeId === TypeId.Float || compare(min, first) !== 0 || compare(max, first) !== 0;
    case '<':
      return compare(min, first) < 0;
    case '<=':
      return compare(min, first) <= 0;
    case '>':
      return compare(max, first) > 0;
    case '>=':
      return compare(max, first) >= 0;
    case 'between':
      return compare(min, second) <= 0 && compare(first, max) <= 0;
  }
}

/**
 * The least and the largest value, in the terms that conditions have. The older fields are of no known order but for signed
 * numbers; a NaN makes them worthless, and so does what has been rounded: decimals.
 */
function rangeOf(
  type: DataType,
  statistics: Statistics | undefined,
  chunk: ColumnMetaData | undefined,
): readonly [Term, Term] | undefined {
  if (statistics === undefined || type.typeId === TypeId.Decimal || chunk?.type === 'INT96') return undefined;
  const signed =
    chunk?.type !== 'BYTE_ARRAY' &&
    chunk?.type !== 'FIXED_LEN_BYTE_ARRAY' &&
    !String(type).startsWith('Uint');
  const min = statistics.min_value ?? (signed ? statistics.min : undefined);
  const max = statistics.max_value ?? (signed ? statistics.max : undefined);
  const range = [termOfStatistic(min), termOfStatistic(max)] as const;
  return range[0] === undefined || range[1] === undefined ? undefined : [range[0], range[1]];
}

function termOfStatistic(value: unknown): Term | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint' || value instanceof Uint8Array) return value;
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}

function compare(a: Term, b: Term): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}
