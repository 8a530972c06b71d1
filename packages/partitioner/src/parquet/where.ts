import { inspect } from 'node:util';
import { badArgument } from '../errors.ts';

/**
 * Conditions that all hold of a row: `[['distance', '>', 1000], ['carrier', 'in', ['AA', 'DL']]]`. `between` includes both
 * ends. A row without a value matches nothing but `['delay', '=', null]`.
 */
export type Where = readonly Condition[];

export type Condition =
  | readonly [column: string, operator: '=' | '!=', value: Literal | null]
  | readonly [column: string, operator: '<' | '<=' | '>' | '>=', value: Literal]
  | readonly [column: string, operator: 'between', ends: readonly [Literal, Literal]]
  | readonly [column: string, operator: 'in', values: readonly Literal[]];

/** What a column is compared with. Of dates and times also text that `Date` reads, of large integers also their digits. */
export type Literal = string | number | bigint | boolean | Date;

const ONE = ['=', '!=', '<', '<=', '>', '>='];

/**
 * The same as plain data, which travels: dates and large integers as text.
 *
 * @throws {PartitionError} `bad-argument`
 */
export function checkWhere(given: unknown): Where {
  if (!Array.isArray(given))
    throw badArgument('where', "a list of conditions such as ['distance', '>', 1000]", given);
  return given.map((condition: unknown, at) => checkCondition(`where[${at}]`, condition));
}

function checkCondition(what: string, condition: unknown): Condition {
  if (!Array.isArray(condition) || condition.length !== 3 || typeof condition[0] !== 'string')
    throw badArgument(what, "a condition such as ['distance', '>', 1000]", condition);
  const [column, operator, value] = condition as [string, unknown, unknown];
  const about = `${what}, on '${column}',`;
  switch (operator) {
    case '=':
    case '!=':
      return [column, operator, value === null ? null : plain(about, value)];
    case '<':
    case '<=':
    case '>':
    case '>=':
      return [column, operator, plain(about, value)];
    case 'between': {
      if (!Array.isArray(value) || value.length !== 2) throw badArgument(about, 'between two values', value);
      return [column, operator, [plain(about, value[0]), plain(about, value[1])]];
    }
    case 'in': {
      if (!Array.isArray(value)) throw badArgument(about, 'in a list of values', value);
      return [column, operator, value.map((one: unknown) => plain(about, one))];
    }
    default:
      throw badArgument(`the operator of ${what}`, `one of ${[...ONE, 'between', 'in'].join(' ')}`, operator);
  }
}

function plain(about: string, value: unknown): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  throw badArgument(about, 'compared with text, a number, true, false or a date', value);
}

/** A condition for people. */
export function shownCondition([column, operator, value]: Condition): string {
  const values = operator === 'between' ? value.map((one) => inspect(one)).join(' and ') : inspect(value);
  return `${column} ${operator} ${values}`;
}
