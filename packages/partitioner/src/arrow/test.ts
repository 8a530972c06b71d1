/** Whether a row matches a condition, by the column's memory: no value is made for it. */
import type { Data, DataType, Float, Vector } from 'apache-arrow';
import type { Condition, Literal } from '../parquet/where.ts';
import { bitAt } from './bitmap.ts';
import { decimalInteger } from './decimal.ts';
import { type Term, termOf } from './literal.ts';
import type { Arrow } from './load.ts';
import { TypeId } from './type-id.ts';

/** `Precision` of `apache-arrow`: floats of 16 bits, which no typed array of Node 20 reads. */
const HALF = 0;

export type Test = (row: number) => boolean;
/** Below 0, 0 or above, as the row's value lies to the term; NaN where it is not a number. */
type Compare = (row: number) => number;

export function testOf(arrow: Arrow, name: string, data: Data, condition: Condition): Test {
  const valid: Test = data.nullCount === 0 ? () => true : (row) => data.getValid(row);
  const [, operator, value] = condition;
  if (value === null) return operator === '=' ? (row) => !valid(row) : valid;
  const test =
    data.dictionary === undefined
      ? ofValues(arrow, name, data, condition)
      : ofDictionary(arrow, name, data, condition);
  return data.nullCount === 0 ? test : (row) => valid(row) && test(row);
}

/** The values of a dictionary are looked at once each. */
function ofDictionary(arrow: Arrow, name: string, data: Data, condition: Condition): Test {
  const matches: boolean[] = [];
  for (const chunk of (data.dictionary as Vector).data) {
    const test = testOf(arrow, name, chunk, condition);
    for (let at = 0; at < chunk.length; at++) matches.push(test(at));
  }
  const indices = data.values as Int32Array;
  return (row) => matches[Number(indices[row])] === true;
}

function ofValues(arrow: Arrow, name: string, data: Data, condition: Condition): Test {
  const to = (value: Literal): Compare =>
    comparison(arrow, data, termOf(name, data.type as DataType, value, condition));
  const [, operator, value] = condition;
  switch (operator) {
    case 'between': {
      const [low, high] = [to(value[0]), to(value[1])];
      return (row) => low(row) >= 0 && high(row) <= 0;
    }
    case 'in': {
      const each = value.map(to);
      return (row) => each.some((compare) => compare(row) === 0);
    }
    default: {
      const compare = to(value as Literal);
      return holds(operator, compare);
    }
  }
}

function holds(operator: '=' | '!=' | '<' | '<=' | '>' | '>=', compare: Compare): Test {
  switch (operator) {
    case '=':
      return (row) => compare(row) === 0;
    case '!=':
      return (row) => compare(row) !== 0;
    case '<':
      return (row) => compare(row) < 0;
    case '<=':
      return (row) => compare(row) <= 0;
    case '>':
      return (row) => compare(row) > 0;
    case '>=':
      return (row) => compare(row) >= 0;
  }
}

function comparison(arrow: Arrow, data: Data, term: Term): Compare {
  const { type, values, stride } = data;
  if (term instanceof Uint8Array) return compareText(arrow, data, term);
  if (type.typeId === TypeId.Bool)
    return (row) => Number(bitAt(values as Uint8Array, data.offset + row)) - Number(term);
  if (type.typeId === TypeId.Decimal) {
    const words = values as Uint32Array;
    return (row) => difference(decimalInteger(words.subarray(row * stride, (row + 1) * stride)), term);
  }
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    return compareHalves(halves, values instanceof BigInt64Array, term);
  }
  if (type.typeId === TypeId.Float && (type as unknown as Float).precision === HALF) {
    const vector = new arrow.Vector([data]);
    return (row) => difference(vector.get(row) as number, term);
  }
  const array = values as Float64Array;
  return (row) => difference(array[row] ?? 0, term);
}

function difference(value: number | bigint, to: number | bigint): number {
  return value < to ? -1 : value > to ? 1 : value >= to ? 0 : Number.NaN;
}

/** Integers of 64 bits by their halves: to make a bigint of each would take ten times as long. */
function compareHalves(halves: Int32Array, signed: boolean, term: number | bigint): Compare {
  const high = (row: number): number =>
    signed ? (halves[row * 2 + 1] ?? 0) : (halves[row * 2 + 1] ?? 0) >>> 0;
  const low = (row: number): number => (halves[row * 2] ?? 0) >>> 0;
  // What is not whole has less than 53 bits before its point: so many of the value decide.
  if (typeof term === 'number') return (row) => high(row) * 2 ** 32 + low(row) - term;
  const least = signed ? -(2n ** 63n) : 0n;
  if (term < least) return () => 1;
  if (term > least + 2n ** 64n - 1n) return () => -1;
  const termHigh = Number(term >> 32n);
  const termLow = Number(term & 0xffffffffn);
  return (row) => {
    const difference = high(row) - termHigh;
    return difference === 0 ? low(row) - termLow : difference;
  };
}

/** By code points, as files tell their statistics: the order of UTF-8, and not that of JavaScript's text. */
function compareText(arrow: Arrow, data: Data, term: Uint8Array): Compare {
  const { values, valueOffsets } = data;
  if (valueOffsets === undefined) {
    const vector = new arrow.Vector([data]);
    return (row) => Buffer.compare(Buffer.from(vector.get(row) as string), term);
  }
  const bytes = values as Uint8Array;
  return (row) =>
    Buffer.compare(bytes.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1])), term);
}
