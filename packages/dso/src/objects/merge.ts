/**
 * The operators by which two values become one without any code being sent: of `merge` and `mergeAll`, and of AllReduce.
 *
 * Numbers: whole numbers within ±(2^53 - 1) stay exact, a result beyond is refused; other numbers follow IEEE 754, and
 * NaN goes through all operators, as it does through Math.min and Math.max. A bigint has at most 4,096 bits: a result
 * beyond is refused.
 */
import { Refusal } from '../engine/refusal.ts';
import { isBounded, MAX_BIGINT_BITS, type Value } from '../value/value.ts';
import { bad, shown } from './arguments.ts';

/** The names, in the order in which messages list them. */
export const MERGE_OPERATORS = ['sum', 'min', 'max', 'prod', 'first', 'last'] as const;

/**
 * How values are combined: their sum, least, greatest, product; or whichever came first or last, of values of any kind.
 */
export type MergeOperator = (typeof MERGE_OPERATORS)[number];

type Arithmetic = Exclude<MergeOperator, 'first' | 'last'>;

export function isMergeOperator(name: unknown): name is MergeOperator {
  return (MERGE_OPERATORS as readonly unknown[]).includes(name);
}

/** For arguments of operations. */
export function mergeOperator(what: string, value: Value): MergeOperator {
  if (isMergeOperator(value)) return value;
  throw bad(what, `one of ${MERGE_OPERATORS.map((name) => `'${name}'`).join(', ')}`, value);
}

/**
 * Combines two values: numbers with numbers, bigints with bigints, arrays of numbers of one length element by element.
 * @throws {Refusal} for other values, and for results that would not be exact
 */
export function mergeValues(operator: MergeOperator, before: Value, value: Value): Value {
  if (operator === 'first') return before;
  if (operator === 'last') return value;
  if (typeof before === 'number' && typeof value === 'number') return numbers(operator, before, value);
  if (typeof before === 'bigint' && typeof value === 'bigint') return bigints(operator, before, value);
  if (before instanceof Float64Array && value instanceof Float64Array) return arrays(operator, before, value);
  throw new Refusal(
    'bad-argument',
    `'${operator}' takes two numbers, two bigints or two Float64Arrays, not ${shown(before)} and ${shown(value)}`,
  );
}

function numbers(operator: Arithmetic, a: number, b: number): number {
  const result = combined(operator, a, b);
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b) && !Number.isSafeInteger(result))
    throw new Refusal(
      'bad-argument',
      `the ${operator} of ${a} and ${b} is beyond ±(2^53 - 1), where a number is not exact: use bigints`,
    );
  return result;
}

function combined(operator: Arithmetic, a: number, b: number): number {
  switch (operator) {
    case 'sum':
      return a + b;
    case 'min':
      return Math.min(a, b);
    case 'max':
      return Math.max(a, b);
    case 'prod':
      return a * b;
  }
}

function bigints(operator: Arithmetic, a: bigint, b: bigint): bigint {
  switch (operator) {
    case 'sum':
      return bounded(operator, a + b);
    case 'min':
      return a < b ? a : b;
    case 'max':
      return a > b ? a : b;
    case 'prod':
      return bounded(operator, a * b);
  }
}

function bounded(operator: Arithmetic, result: bigint): bigint {
  if (isBounded(result)) return result;
  throw new Refusal(
    'bad-argument',
    `the ${operator} takes more than the ${MAX_BIGINT_BITS} bits that a bigint may have`,
  );
}

/** Measured data: elements are not held to be exact. */
function arrays(operator: Arithmetic, a: Float64Array, b: Float64Array): Float64Array {
  if (a.length !== b.length)
    throw new Refusal(
      'bad-argument',
      `'${operator}' takes arrays of one length, not of ${a.length} and ${b.length} numbers`,
    );
  return a.map((element, i) => combined(operator, element, b[i]!));
}
