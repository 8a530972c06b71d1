/** What columns are compared with, in the terms of their types. */
import type { DataType, Date_, Decimal, Dictionary, Int, Timestamp } from 'apache-arrow';
import { PartitionError } from '../errors.ts';
import { type Condition, type Literal, shownCondition } from '../parquet/where.ts';
import { parseDecimal } from './decimal.ts';
import { TypeId } from './type-id.ts';

/** Numbers of up to 53 bits; integers of 64 bits, and decimals as such, in their units; text as UTF-8. */
export type Term = number | bigint | Uint8Array;

const MS_A_DAY = 86_400_000;
/** Seconds, milliseconds, microseconds, nanoseconds. */
const UNITS_A_MS = [1e-3, 1, 1e3, 1e6];

/** @throws {PartitionError} `bad-argument`, of what cannot be compared with such a column */
export function termOf(name: string, type: DataType, value: Literal, condition: Condition): Term {
  const term = convert(type, value);
  if (term === undefined) {
    const what = `${name}: where ${shownCondition(condition)}: the column is ${String(type)}`;
    throw new PartitionError('bad-argument', `${what}, which cannot be compared with this`, { object: name });
  }
  return term;
}

function convert(type: DataType, value: Literal): Term | undefined {
  switch (type.typeId as number) {
    case TypeId.Dictionary:
      return convert((type as Dictionary).dictionary as DataType, value);
    case TypeId.Utf8:
    case TypeId.LargeUtf8:
    case TypeId.Utf8View:
      return typeof value === 'string' ? Buffer.from(value) : undefined;
    case TypeId.Bool:
      return typeof value === 'boolean' ? Number(value) : undefined;
    case TypeId.Float:
      return numberOf(value);
    case TypeId.Int:
      return (type as Int).bitWidth === 64 ? integerOf(value) : numberOf(value);
    case TypeId.Time:
    case TypeId.Duration:
      return integerOf(value);
    case TypeId.Date: {
      const ms = msOf(value);
      if (ms === undefined) return undefined;
      return (type as Date_).unit === 0 ? ms / MS_A_DAY : integerOf(ms);
    }
    case TypeId.Timestamp: {
      const ms = msOf(value);
      const units = UNITS_A_MS[(type as Timestamp).unit] ?? 1;
      if (ms === undefined) return undefined;
      return units < 1 ? integerOf(ms * units) : BigInt(ms) * BigInt(units);
    }
    case TypeId.Decimal: {
      const isNumber = typeof value === 'string' || typeof value === 'number';
      return isNumber ? parseDecimal(value, (type as Decimal).scale) : undefined;
    }
    default:
      return undefined;
  }
}

function numberOf(value: Literal): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

/** Not whole ones stay numbers: they lie between two integers. */
function integerOf(value: Literal): Term | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
}

function msOf(value: Literal): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : typeof value === 'number' ? value : Number.NaN;
  return Number.isInteger(ms) ? ms : undefined;
}
