import { badArgument, quote, StorageError } from './errors.ts';

/**
 * Bytes of an object, as in HTTP: from `start` to `end`, both inclusive and counted from 0 (no `end`, or one past the
 * end: to the last byte), or its last `suffix` bytes (all of them when it has fewer).
 */
export type ByteRange =
  | { readonly start: number; readonly end?: number | undefined }
  | { readonly suffix: number };

/** The bytes of a range in an object of a known size. */
export interface ResolvedRange {
  readonly start: number;
  readonly length: number;
}

/** Refuses what no object could satisfy, before the store is asked. */
export function checkRange(range: ByteRange): ByteRange {
  if (typeof range !== 'object' || range === null)
    throw badArgument('range', '{ start, end? } or { suffix }', range);
  if ('suffix' in range) {
    if ('start' in range || 'end' in range) {
      throw badArgument('range', 'either { start, end? } or { suffix }', JSON.stringify(range));
    }
    if (!isCount(range.suffix) || range.suffix === 0) {
      throw badArgument('range.suffix', 'a positive integer number of bytes', range.suffix);
    }
    return range;
  }
  if (!isCount(range.start)) {
    throw badArgument(
      'range.start',
      'a non-negative integer (the last n bytes are { suffix: n })',
      range.start,
    );
  }
  if (range.end !== undefined && !(isCount(range.end) && range.end >= range.start)) {
    throw badArgument(
      'range.end',
      `an integer not below range.start (${range.start}); it is inclusive`,
      range.end,
    );
  }
  return range;
}

/** Where `range` lies in an object of `size` bytes; a range that has no byte of it is an error that names the size. */
export function resolveRange(
  range: ByteRange | undefined,
  size: number,
  bucket: string,
  key: string,
): ResolvedRange {
  if (range === undefined) return { start: 0, length: size };
  if ('suffix' in range) {
    if (size === 0) throw outside(`the last ${range.suffix} bytes`, size, bucket, key);
    const length = Math.min(range.suffix, size);
    return { start: size - length, length };
  }
  if (range.start >= size) throw outside(`the range from byte ${range.start}`, size, bucket, key);
  const end = Math.min(range.end ?? size - 1, size - 1);
  return { start: range.start, length: end - range.start + 1 };
}

function outside(what: string, size: number, bucket: string, key: string): StorageError {
  return new StorageError(
    'bad-range',
    `${what} is outside ${quote(key)} in bucket ${quote(bucket)}, which has ${size} bytes`,
    {
      bucket,
      key,
    },
  );
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
