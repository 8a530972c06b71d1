import type { DataObject } from '../data-object.ts';
import { nameOf } from '../data-object.ts';
import type { Compression, ReadOptions, ResolvedOptions } from '../options.ts';
import type { Format } from './format.ts';
import type { FormatName } from './names.ts';

type Load = () => Promise<{ readonly format: Format<ReadOptions> }>;

/** Each is loaded by the first object of its kind. */
const LOADERS: Readonly<Record<FormatName, Load>> = {
  text: () => import('./text.ts'),
  'json-lines': () => import('./json-lines.ts'),
  json: () => import('./json.ts'),
  csv: () => import('./csv.ts'),
  tsv: async () => ({ format: (await import('./csv.ts')).tsv }),
  arrow: () => import('./arrow.ts'),
  parquet: () => import('./parquet.ts'),
  bytes: () => import('./bytes.ts'),
};

const BY_EXTENSION: Readonly<Record<string, FormatName>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  jsonl: 'json-lines',
  ndjson: 'json-lines',
  json: 'json',
  txt: 'text',
  log: 'text',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
  ipc: 'arrow',
  parquet: 'parquet',
};

const COMPRESSED: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  gzip: 'gzip',
  bgz: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
};

/** How an object is read. Plain data: it travels with each part. */
export interface Reading {
  readonly format: FormatName;
  readonly compression?: Compression;
}

/** What was said of an object's format, else what its name says, else text. */
export function readingOf(
  object: DataObject,
  options: Pick<ResolvedOptions, 'format' | 'compression'>,
): Reading {
  const extensions = nameOf(object).toLowerCase().split('/').at(-1)!.split('.').slice(1);
  const packed = options.compression ?? COMPRESSED[extensions.at(-1) ?? ''] ?? 'none';
  if (COMPRESSED[extensions.at(-1) ?? ''] !== undefined) extensions.pop();
  const format = options.format ?? BY_EXTENSION[extensions.at(-1) ?? ''] ?? 'text';
  return packed === 'none' ? { format } : { format, compression: packed };
}

const loaded = new Map<string, Promise<Format<ReadOptions>>>();

/** The format, with what unpacks its bytes around it. */
export function loadFormat({ format: name, compression }: Reading): Promise<Format<ReadOptions>> {
  const key = `${name} ${compression}`;
  let format = loaded.get(key);
  if (format === undefined) {
    format = load(name, compression);
    loaded.set(key, format);
    // A package that was missing may be there at the next attempt.
    format.catch(() => loaded.delete(key));
  }
  return format;
}

async function load(name: FormatName, compression: Compression | undefined): Promise<Format<ReadOptions>> {
  const [{ format }, wrapper] = await Promise.all([
    LOADERS[name](),
    compression === undefined ? undefined : import('../compressed/compressed.ts'),
  ]);
  return wrapper === undefined || compression === undefined
    ? format
    : wrapper.compressed(format, compression);
}
