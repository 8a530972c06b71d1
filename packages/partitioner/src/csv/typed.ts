/** Types of cells: what text becomes, and what a column of text probably is. */
import type { Cell } from '../format/format.ts';
import type { ColumnType } from '../options.ts';

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const NOT_FINITE: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};
/** ISO 8601 as of RFC 3339: a day, with a time or without; 'T' may be a space. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

type Read = (text: string) => Cell;

/** What text is as a value; undefined: it is none of the type. */
const READERS: Readonly<Record<ColumnType, Read>> = {
  string: (text) => text,
  number: (text) => {
    if (!NUMBER.test(text)) return NOT_FINITE[text.toLowerCase()];
    const value = Number(text);
    // An integer that would become another one is none.
    return Number.isSafeInteger(value) || !INTEGER.test(text) || BigInt(value) === integerOf(text)
      ? value
      : undefined;
  },
  bigint: (text) => (INTEGER.test(text) ? integerOf(text) : undefined),
  boolean: (text) => {
    const word = text.toLowerCase();
    return word === 'true' ? true : word === 'false' ? false : undefined;
  },
  date: dateOf,
};

function integerOf(text: string): bigint {
  return BigInt(text.replace('+', ''));
}

/** Without a zone it is in UTC, also a time: where a program runs must not change what it reads. */
function dateOf(text: string): Date | undefined {
  const [, day, time, zone = 'Z'] = DATE.exec(text.toUpperCase()) ?? [];
  if (day === undefined) return undefined;
  const date = new Date(
    time === undefined ? day : `${day}T${time}${zone.replace(/(\d{2})(\d{2})$/, '$1:$2')}`,
  );
  // Days that no month has are read as days of the next one.
  const isDay = !Number.isNaN(date.getTime()) && new Date(day).toISOString().startsWith(day);
  return isDay ? date : undefined;
}

/** The value of a cell in a column of a type; of an empty cell null, except of text. Undefined: it is none. */
export function cellValue(text: string, type: ColumnType): Cell {
  if (type === 'string') return text;
  const trimmed = text.trim();
  return trimmed === '' ? null : READERS[type](trimmed);
}

/** The type of a column, by its first cells: the narrowest that fits them all. */
export function typeOf(cells: readonly string[]): ColumnType {
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  if (filled.length === 0) return 'string';
  const are = (test: (cell: string) => boolean): boolean => filled.every(test);
  if (are((cell) => NUMBER.test(cell) && !hasLeadingZero(cell))) {
    const integers = are((cell) => INTEGER.test(cell));
    return integers && !are((cell) => Number.isSafeInteger(Number(cell))) ? 'bigint' : 'number';
  }
  if (are((cell) => READERS.boolean(cell) !== undefined)) return 'boolean';
  return are((cell) => dateOf(cell) !== undefined) ? 'date' : 'string';
}

/** Digits that would not come back: '007' is a code, not a number. */
function hasLeadingZero(cell: string): boolean {
  return /^[+-]?0\d/.test(cell);
}

/** Of a cell that is no value of its column's type: what it is, and what would read it. */
export function misfit(text: string, type: ColumnType, column: string): string {
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  const remedy = `types: { ${JSON.stringify(column)}: '${INTEGER.test(text.trim()) ? 'bigint' : 'string'}' } reads it`;
  return `column '${column}' is of type ${type}, but its cell is ${shown}: ${remedy}`;
}
