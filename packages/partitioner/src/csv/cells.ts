import { malformed, messageOf } from '../errors.ts';
import type { Dialect } from './dialect.ts';

/**
 * The cells of records. Those that keep to RFC 4180 to the letter are split where they say it; any other, such as one with a stray
 * quote, is parsed by fast-csv, twenty times as slowly.
 *
 * @param name the object, in errors
 */
export async function cellsOf(
  records: readonly string[],
  dialect: Dialect,
  name: string,
): Promise<string[][]> {
  const rows = records.map((record) => split(record, dialect));
  const others = records.filter((_, at) => rows[at] === undefined);
  if (others.length === 0) return rows as string[][];
  const parsed = await parse(others, dialect, name);
  let next = 0;
  return rows.map((row) => row ?? parsed[next++]!);
}

function split(record: string, dialect: Dialect): string[] | undefined {
  const { delimiter, quote, trim } = dialect;
  if (quote === undefined || !record.includes(quote)) {
    const cells = record.split(delimiter);
    return trim ? cells.map((cell) => cell.trim()) : cells;
  }
  return trim || dialect.escape !== quote ? undefined : strictCells(record, delimiter, quote);
}

/** RFC 4180, 2.5 to 2.7: a cell is within quotes, and one within it is doubled, or has none. Undefined when one is otherwise. */
function strictCells(record: string, delimiter: string, quote: string): string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; ; at++) {
    let end = record.indexOf(delimiter, at);
    if (end < 0) end = record.length;
    let cell = record.slice(at, end);
    if (cell.startsWith(quote)) {
      cell = '';
      for (let from = at + 1; ; from = end + 2) {
        end = record.indexOf(quote, from);
        if (end < 0) return undefined;
        const isDoubled = record[end + 1] === quote;
        cell += record.slice(from, isDoubled ? end + 1 : end);
        if (!isDoubled) break;
      }
      end++;
      if (end < record.length && record[end] !== delimiter) return undefined;
    } else if (cell.includes(quote)) return undefined;
    cells.push(cell);
    if (end === record.length) return cells;
    at = end;
  }
}

/**
 * By fast-csv, which reads a stream: whole records, each of which has a quote and is not empty therefore. Before each stands its
 * number as a cell, by which is seen that fast-csv ends records where we do; and a first cell of blanks stays, which it would
 * drop.
 */
async function parse(records: readonly string[], dialect: Dialect, name: string): Promise<string[][]> {
  const { delimiter, quote, trim } = dialect;
  const { parse: parser } = await import('fast-csv');
  const rows: string[][] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const stream = parser({
        delimiter,
        trim,
        ...(quote && { quote }),
        ...(dialect.escape && { escape: dialect.escape }),
      });
      stream
        .on('data', (row: string[]) => rows.push(row))
        .on('error', reject)
        .on('end', resolve);
      stream.end(records.map((record, at) => `${at}${delimiter}${record}\n`).join(''));
    });
  } catch (cause) {
    throw malformed(name, `fast-csv does not read it: ${messageOf(cause)}`, cause);
  }
  const astray = rows.findIndex((row, at) => row.shift() !== String(at));
  if (astray >= 0 || rows.length !== records.length) {
    const record = records[astray >= 0 ? Math.max(0, astray - 1) : rows.length];
    throw malformed(name, `fast-csv ends this record elsewhere: ${JSON.stringify(record?.slice(0, 100))}`);
  }
  return rows;
}
