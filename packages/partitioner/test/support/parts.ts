import type { Table } from 'apache-arrow';
import type { Cut, Format, PartReader, Target } from '../../src/format/format.ts';
import type { ReadOptions } from '../../src/options.ts';
import type { ByteSource } from '../../src/source/byte-source.ts';

type Columnar = Format<ReadOptions>;

export async function cutOf(
  format: Columnar,
  source: ByteSource,
  target: Target,
  options: ReadOptions = {},
): Promise<readonly Cut[]> {
  // As they travel to workers.
  return JSON.parse(JSON.stringify(await format.cut(source, target, options))) as readonly Cut[];
}

export async function readersOf(
  format: Columnar,
  source: ByteSource,
  target: Target,
  options: ReadOptions = {},
): Promise<readonly PartReader[]> {
  return (await cutOf(format, source, target, options)).map((cut) => format.open(source, cut, options));
}

export async function recordsOf(readers: readonly PartReader[]): Promise<Record<string, unknown>[]> {
  const records: Record<string, unknown>[] = [];
  for (const reader of readers) {
    for await (const batch of reader.records()) records.push(...(batch as Record<string, unknown>[]));
  }
  return records;
}

export async function tablesOf(readers: readonly PartReader[]): Promise<Table[]> {
  return Promise.all(readers.map((reader) => reader.arrow()));
}
