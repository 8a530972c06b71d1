import type { FileMetaData, MetadataOptions } from 'hyparquet';
import { malformed, messageOf, PartitionError } from '../errors.ts';
import { loadPackage } from '../optional-package.ts';
import type { ByteSource } from '../source/byte-source.ts';

export type Hyparquet = typeof import('hyparquet');

export function loadHyparquet(): Promise<Hyparquet> {
  return loadPackage<Hyparquet>('hyparquet', 'Parquet is read by');
}

/** How much is read at the end: most footers are smaller. */
const GUESS = 64 * 1024;
/** The length of the footer, and the magic. */
const TAIL = 8;
const MAGIC = 'PAR1';

/** Values as they are stored, so that nothing of them is lost: integers in units of the column, text as its bytes. */
export const AS_STORED: NonNullable<MetadataOptions['parsers']> = {
  timestampFromMilliseconds: same,
  timestampFromMicroseconds: same,
  timestampFromNanoseconds: same,
  dateFromDays: same,
  stringFromBytes: same,
  jsonFromBytes: same,
  geometryFromBytes: same,
  geographyFromBytes: same,
  uuidFromBytes: same,
};

function same<T>(value: T): T {
  return value;
}

/**
 * What a file says of itself at its end: schema, row groups, where their columns lie, statistics.
 *
 * @throws {PartitionError} `malformed`, when it is no Parquet, or is cut off
 */
export async function readFooter(
  source: ByteSource,
  size: number,
  signal?: AbortSignal,
): Promise<FileMetaData> {
  const { parquetMetadata } = await loadHyparquet();
  const { name } = source;
  const guess = await source.read(Math.max(0, size - GUESS), size, signal);
  const magic = Buffer.from(guess.subarray(-MAGIC.length)).toString('latin1');
  if (magic === 'PARE')
    throw new PartitionError('unsupported', `${name}: its footer is encrypted, which is not supported`, {
      object: name,
    });
  if (size < MAGIC.length + TAIL || magic !== MAGIC)
    throw malformed(
      name,
      `a Parquet file ends with '${MAGIC}', and this one does not: it is something else, or cut off`,
    );
  const length = new DataView(guess.buffer, guess.byteOffset, guess.byteLength).getUint32(
    guess.length - TAIL,
    true,
  );
  const tail = length + TAIL;
  if (length === 0 || tail + MAGIC.length > size)
    throw malformed(name, `its footer would be ${length} bytes long, of ${size}: the file is damaged`);
  const bytes =
    tail <= guess.length ? guess.subarray(guess.length - tail) : await source.read(size - tail, size, signal);
  try {
    const metadata = parquetMetadata(new Uint8Array(bytes).buffer, { parsers: AS_STORED, geoparquet: false });
    for (const chunk of metadata.row_groups.flatMap(({ columns }) => columns)) {
      if (chunk.meta_data === undefined) throw new Error('a column is encrypted, or without metadata');
      if (chunk.file_path !== undefined) throw new Error(`a column lies in another file, ${chunk.file_path}`);
    }
    return metadata;
  } catch (cause) {
    throw malformed(name, `its footer cannot be read: ${messageOf(cause)}`, cause);
  }
}
