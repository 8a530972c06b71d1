import { type DataObject, nameOf } from '../data-object.ts';
import { PartitionError } from '../errors.ts';
import type { ReadOptions } from '../options.ts';
import type { Reading } from './formats.ts';
import type { FormatName } from './names.ts';

/** Formats whose rows are looked at by conditions. */
const FILTERED: readonly FormatName[] = ['arrow', 'parquet'];
/** Formats in which each of these ends a record, unless within quotes. */
const BY_RECORDS: readonly FormatName[] = ['csv', 'tsv'];
const RECORD_ENDS: readonly string[] = ['\n', '\r\n', '\r'];

/**
 * Options that a format does not heed are meant for objects of others in the same call. But these it must heed: else there
 * would be other records than were asked for. Of an empty object, such as the `_SUCCESS` beside what Spark writes, there are none.
 *
 * @throws {PartitionError} `unsupported`
 */
export function checkHeeded(object: DataObject, { format }: Reading, { where, newline }: ReadOptions): void {
  if (object.size === 0) return;
  const refuse = (why: string): PartitionError => {
    const name = nameOf(object);
    return new PartitionError('unsupported', `${name}: ${why}`, { object: name });
  };
  if (where !== undefined && where.length > 0 && !FILTERED.includes(format))
    throw refuse(`where is for Arrow and Parquet, not for ${format}: filter its records as they come`);
  const own = newline === undefined || newline === 'any' ? undefined : Buffer.from(newline).toString();
  if (own !== undefined && BY_RECORDS.includes(format) && !RECORD_ENDS.includes(own))
    throw refuse("newline is for lines; records of CSV end with '\\n', '\\r\\n' or '\\r', as they come");
}
