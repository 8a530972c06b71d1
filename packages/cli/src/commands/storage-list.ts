import type { ListEntry, ListOptions, Storage } from '@skein/storage';
import { openStorage } from '../settings.ts';
import { note, paint, print, visible } from '../terminal.ts';
import { bytes, count, moment } from '../units.ts';
import { UsageError } from '../usage-error.ts';
import { defaultBucket, parsePrefix } from './place.ts';

interface Options {
  readonly prefix?: string;
  readonly match?: string;
  readonly delimiter?: string;
  readonly limit?: number;
  readonly storage?: string;
  readonly json?: true;
}

export async function storageList(where: string, options: Options): Promise<void> {
  const { bucket, prefix } = parsePrefix(where);
  if (prefix !== '' && options.prefix !== undefined)
    throw new UsageError(`the prefix is said twice: as '${prefix}' and as --prefix '${options.prefix}'`);
  await using storage = await openStorage(options.storage);
  const entries = entriesOf(storage, bucket, options.prefix ?? prefix, options);
  if (options.json) await printAsJson(entries);
  else await printLines(entries);
}

async function* entriesOf(
  storage: Storage,
  bucket: string,
  prefix: string,
  { match, delimiter, limit = Number.POSITIVE_INFINITY }: Options,
): AsyncGenerator<ListEntry> {
  const listing: ListOptions = { match, delimiter };
  let given = 0;
  try {
    for await (const entry of storage.listObjects(bucket, prefix, listing)) {
      if (given++ === limit) return;
      yield entry;
    }
  } catch (error) {
    // Made when it is first used: nothing was ever put into it.
    const missing = error instanceof Error && Reflect.get(error, 'code') === 'no-such-bucket';
    if (!(missing && bucket === defaultBucket)) throw error;
  }
}

/** Line by line, as the store tells them: a bucket may hold more than fits in memory. */
async function printLines(entries: AsyncIterable<ListEntry>): Promise<void> {
  let objects = 0;
  let size = 0;
  for await (const entry of entries) {
    if (entry.kind === 'prefix') {
      print(`${' '.repeat(31)}${paint('cyan', visible(entry.prefix))}`);
      continue;
    }
    objects++;
    size += entry.size;
    print(
      `${bytes(entry.size).padStart(10)}  ${paint('dim', moment(entry.lastModified))}  ${visible(entry.key)}`,
    );
  }
  if (process.stdout.isTTY || objects === 0) note(`${count(objects, 'object')}, ${bytes(size)}`);
}

/** One array, written entry by entry. */
async function printAsJson(entries: AsyncIterable<ListEntry>): Promise<void> {
  let before = '[';
  for await (const { kind: _kind, ...entry } of entries) {
    process.stdout.write(`${before}\n  ${JSON.stringify(entry)}`);
    before = ',';
  }
  print(before === '[' ? '[]' : '\n]');
}
