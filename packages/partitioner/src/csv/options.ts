import { badArgument } from '../errors.ts';
import { unknownName } from '../sizes.ts';

/**
 * A dialect of CSV; without any option RFC 4180's, with a header. Plain data: it travels with each partition. '\n', '\r\n' and
 * '\r' end records alike, and lines without anything are no records.
 */
export interface CsvOptions {
  /** One ASCII character between cells. @default ',', of format 'tsv' a tab */
  readonly delimiter?: string;
  /** The ASCII character around cells that hold others of these; false: there is none. @default '"' */
  readonly quote?: string | false;
  /** What makes a quote within quotes a character. @default the quote */
  readonly escape?: string;
  /** The ASCII character with which lines begin that are no records. @default none */
  readonly comment?: string;
  /** Whether the first record names the columns; or their names, where none does. @default true */
  readonly header?: boolean | readonly string[];
  /** Whether white space around cells is dropped, also within quotes. @default false */
  readonly trim?: boolean;
  /**
   * Whether columns without a given type get theirs from the object's first 64 KiB, which every part looks at: numbers, those
   * beyond 2^53 `bigint`, booleans, ISO dates. Digits after a leading zero, as of postal codes, stay text. @default false
   */
  readonly infer?: boolean;
  /** false: no cell has a newline, so that every newline ends a record. @default true */
  readonly multiline?: boolean;
  /**
   * How is known which cuts lie within quotes: 'guess' from what follows each cut, which the part before verifies, or 'scan',
   * by reading the object once more, for the plan. @default 'guess'
   */
  readonly quotes?: 'guess' | 'scan';
}

const KNOWN = [
  ...['delimiter', 'quote', 'escape', 'comment', 'header', 'trim', 'infer'],
  ...['multiline', 'quotes'],
];

/** @throws {PartitionError} `bad-argument` */
export function checkCsvOptions(given: unknown): CsvOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badArgument('csv', `an object of ${KNOWN.join(', ')}`, given);
  for (const name of Object.keys(given)) {
    if (!KNOWN.includes(name)) throw unknownName('the option of csv', name, KNOWN);
  }
  const options = given as CsvOptions;
  const { delimiter, quote, comment, header, quotes } = options;
  checkCharacter('delimiter', delimiter);
  if (quote !== false) checkCharacter('quote', quote);
  checkCharacter('escape', options.escape);
  checkCharacter('comment', comment);
  for (const name of ['trim', 'infer', 'multiline'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw badArgument(`csv.${name}`, 'true or false', value);
  }
  if (quotes !== undefined && quotes !== 'guess' && quotes !== 'scan')
    throw badArgument('csv.quotes', "'guess' or 'scan'", quotes);
  if (header !== undefined && typeof header !== 'boolean') checkNames(header);
  checkRoles({
    delimiter,
    quote: quote === false ? undefined : (quote ?? '"'),
    escape: options.escape,
    comment,
  });
  return options;
}

/** Cutting looks at bytes, and newlines have their own meaning. */
function checkCharacter(name: string, value: unknown): void {
  if (value === undefined) return;
  const fine =
    typeof value === 'string' && value.length === 1 && value <= '\x7f' && !/[\n\r\0a-z0-9]/i.test(value);
  if (!fine)
    throw badArgument(`csv.${name}`, 'one ASCII character other than a newline, a letter or a digit', value);
}

/** No character has two roles, except that quotes escape themselves. */
function checkRoles(
  roles: Readonly<Record<'delimiter' | 'quote' | 'escape' | 'comment', string | undefined>>,
): void {
  const seen = new Map<string, string>();
  for (const [role, character] of Object.entries(roles)) {
    if (character === undefined) continue;
    const other = seen.get(character);
    if (other !== undefined && !(role === 'escape' && other === 'quote'))
      throw badArgument(`csv.${role}`, `another character than the ${other}`, character);
    seen.set(character, role);
  }
}

function checkNames(names: unknown): void {
  const fine = Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string');
  if (!fine) throw badArgument('csv.header', 'true, false or a list of names of columns', names);
}
