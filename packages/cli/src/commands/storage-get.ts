import { existsSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ByteRange } from '@skein/storage';
import { CommandError } from '../failure.ts';
import { openStorage } from '../settings.ts';
import { print, visible } from '../terminal.ts';
import { bytes } from '../units.ts';
import { UsageError } from '../usage-error.ts';
import { parsePlace } from './place.ts';

export async function storageGet(
  place: string,
  file: string | undefined,
  options: { range?: string; force?: true; storage?: string },
): Promise<void> {
  const { bucket, key } = parsePlace(place);
  const range = options.range === undefined ? undefined : parseRange(options.range);
  if (file === '-') {
    await using storage = await openStorage(options.storage);
    const body = await storage.getObject(bucket, key, { stream: true, range });
    // The standard output is not to be ended: the process does that.
    await pipeline(body, process.stdout, { end: false });
    return;
  }
  const target = file ?? lastPart(key);
  if (existsSync(target)) {
    if (statSync(target).isDirectory())
      throw new UsageError(`cannot write '${target}': expected a file, found a directory`);
    if (!options.force)
      throw new CommandError(`'${target}' exists: name another file, or overwrite it with --force`);
  }
  await using storage = await openStorage(options.storage);
  await storage.downloadFile(bucket, key, target, range === undefined ? {} : { range });
  print(`${visible(target)}  ${bytes(statSync(target).size)}`);
}

function lastPart(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (name === '' || name === '.' || name === '..' || name.includes('\0'))
    throw new UsageError(
      `'${visible(key)}' ends in no name for a file: say one, as in 'skein storage get PLACE FILE'`,
    );
  return name;
}

/** As in HTTP: '0-99' both inclusive, '100-' to the end, '-100' the last hundred. */
function parseRange(text: string): ByteRange {
  const [, start = '', end = ''] = /^(\d*)-(\d*)$/.exec(text) ?? [];
  if (start === '' && end === '')
    throw new UsageError(`--range expects '0-99', '100-' or '-100', not '${text}'`);
  if (start === '') return { suffix: Number(end) };
  return { start: Number(start), ...(end !== '' && { end: Number(end) }) };
}
