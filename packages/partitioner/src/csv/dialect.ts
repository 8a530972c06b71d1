import type { ColumnType, ReadOptions } from '../options.ts';
import { type Automaton, automatonOf } from './automaton.ts';

/** How a CSV object is read: the options with their defaults. */
export interface Dialect {
  readonly delimiter: string;
  /** Undefined: cells are never quoted. */
  readonly quote: string | undefined;
  readonly escape: string | undefined;
  readonly comment: string | undefined;
  readonly header: boolean | readonly string[];
  readonly trim: boolean;
  readonly infer: boolean;
  /** Whether a newline may be within quotes, so that bytes around a cut do not tell whether a record ends there. */
  readonly multiline: boolean;
  readonly quotes: 'guess' | 'scan';
  readonly types: Readonly<Record<string, ColumnType>>;
  /** The only columns wanted, in this order. */
  readonly columns: readonly string[] | undefined;
  /** What the characters mean, byte by byte. */
  readonly automaton: Automaton;
}

const known = new WeakMap<ReadOptions, Map<string, Dialect>>();

/** @param delimiter the one of the format, where none is given */
export function dialectOf(options: ReadOptions, delimiter: string): Dialect {
  const before = known.get(options)?.get(delimiter);
  if (before !== undefined) return before;
  const { csv = {}, types = {}, columns } = options;
  const quote = csv.quote === false ? undefined : (csv.quote ?? '"');
  const characters = {
    delimiter: csv.delimiter ?? delimiter,
    quote,
    escape: quote === undefined ? undefined : (csv.escape ?? quote),
    comment: csv.comment,
    multiline: quote !== undefined && (csv.multiline ?? true),
  };
  const dialect: Dialect = {
    ...characters,
    header: csv.header ?? true,
    trim: csv.trim ?? false,
    infer: csv.infer ?? false,
    quotes: csv.quotes ?? 'guess',
    types,
    columns,
    automaton: automatonOf(characters),
  };
  known.set(options, (known.get(options) ?? new Map<string, Dialect>()).set(delimiter, dialect));
  return dialect;
}
