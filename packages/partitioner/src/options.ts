import type { Storage, StorageConfig } from '@skein/storage';
import { type CsvOptions, checkCsvOptions } from './csv/options.ts';
import { badArgument, PartitionError } from './errors.ts';
import type { Target } from './format/format.ts';
import { FORMATS, type FormatName } from './format/names.ts';
import { checkWhere, type Where } from './parquet/where.ts';
import { bytesOf, unknownName } from './sizes.ts';
import { checkNewline, type NewlineOption } from './text/newline.ts';

/** What packs the bytes of an object. */
export type Compression = 'gzip' | 'zstd';

/** What text is read as. A `date` is an ISO 8601 date or time and gives a `Date`; `bigint` is for integers beyond 2^53. */
export type ColumnType = 'string' | 'number' | 'bigint' | 'boolean' | 'date';

/** How records are read, for all formats: each takes what concerns it. Plain data: it travels with each partition. */
export interface ReadOptions {
  /** What ends a line. @default '\n', before which lines drop a '\r' */
  readonly newline?: NewlineOption;
  /** The dialect of CSV. */
  readonly csv?: CsvOptions;
  /** The only columns to read, in this order. @default all */
  readonly columns?: readonly string[];
  /** Types of columns that text does not tell: of CSV, where all else is text, and of JSON when it becomes Arrow. */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** Leaves out what statistics rule out, and then the rows that do not match. */
  readonly where?: Where;
}

/** Where data is found. */
export interface DiscoverOptions {
  /** Of buckets and keys. @default that of the call, else the configured one */
  readonly storage?: Storage | StorageConfig;
  readonly signal?: AbortSignal;
}

/** How objects are cut and read. */
export interface PartitionOptions extends DiscoverOptions, Omit<ReadOptions, 'newline'> {
  /** How large parts are at most, bytes or text such as '64MiB'; those of an object are even. @default '64MiB' */
  readonly bytes?: number | string;
  /** How many parts each object is cut into, where its format allows as many; instead of `bytes`. */
  readonly parts?: number;
  /** @default by the extension of each object, else text */
  readonly format?: FormatName;
  /** @default by the extension of each object: .gz, .zst; 'none' reads the bytes as they are */
  readonly compression?: Compression | 'none';
  /** What ends a line: text or bytes; 'any' is '\n', '\r\n' and '\r'. @default '\n', before which lines drop a '\r' */
  readonly newline?: string | Uint8Array;
}

/** Options, checked, with their defaults. */
export interface ResolvedOptions {
  readonly target: Target;
  readonly format: FormatName | undefined;
  readonly compression: Compression | 'none' | undefined;
  readonly read: ReadOptions;
}

/** How large parts are where nobody says it. */
export const DEFAULT_BYTES: number = 64 * 2 ** 20;
const KNOWN = [
  ...['bytes', 'parts', 'format', 'compression', 'newline', 'csv', 'columns', 'types', 'where'],
  ...['storage', 'signal'],
];
const TYPES: readonly ColumnType[] = ['string', 'number', 'bigint', 'boolean', 'date'];

/** @throws {PartitionError} `bad-argument`, before anything is read */
export function resolveOptions(options: PartitionOptions = {}): ResolvedOptions {
  checkOptions(options, KNOWN);
  const { format, compression, newline, csv, columns, types, where } = options;
  checkWord('format', format, FORMATS);
  checkWord('compression', compression, ['gzip', 'zstd', 'none']);
  const read: ReadOptions = {
    ...(newline !== undefined && { newline: checkNewline(newline) }),
    ...(csv !== undefined && { csv: checkCsvOptions(csv) }),
    ...(columns !== undefined && { columns: checkColumns(columns) }),
    ...(types !== undefined && { types: checkTypes(types) }),
    ...(where !== undefined && { where: checkWhere(where) }),
  };
  return { target: targetOf(options), format, compression, read };
}

/** @throws {PartitionError} `bad-argument`, for names that are not known */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw badArgument('options', 'an object', options);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw unknownName('the option', name, known);
  }
  const { signal } = options as { readonly signal?: unknown };
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badArgument('signal', 'an AbortSignal', signal);
}

function targetOf({ bytes, parts }: PartitionOptions): Target {
  if (parts === undefined) return { bytes: bytes === undefined ? DEFAULT_BYTES : bytesOf('bytes', bytes) };
  if (bytes !== undefined)
    throw new PartitionError(
      'bad-argument',
      'bytes and parts both say how large parts are: give one of them',
    );
  if (!Number.isSafeInteger(parts) || parts < 1) throw badArgument('parts', 'a whole number from 1', parts);
  return { parts };
}

function checkWord(what: string, word: string | undefined, known: readonly string[]): void {
  if (word !== undefined && !known.includes(word))
    throw badArgument(what, `one of ${known.map((one) => `'${one}'`).join(', ')}`, word);
}

function checkColumns(columns: unknown): readonly string[] {
  const fine =
    Array.isArray(columns) && columns.length > 0 && columns.every((name) => typeof name === 'string');
  if (!fine) throw badArgument('columns', 'a list of names of columns', columns);
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) throw badArgument('columns', 'names, each once', twice);
  return [...columns];
}

function checkTypes(types: unknown): Readonly<Record<string, ColumnType>> {
  if (typeof types !== 'object' || types === null || Array.isArray(types))
    throw badArgument('types', 'an object of types by names of columns', types);
  for (const [name, type] of Object.entries(types)) checkWord(`types.${name}`, type as string, TYPES);
  return { ...types };
}
