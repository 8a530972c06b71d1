import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, Storage } from '@skein/storage';
import { CommandError } from '../failure.ts';
import { metered } from '../meter.ts';
import { openStorage } from '../settings.ts';
import { print, visible } from '../terminal.ts';
import { bytes } from '../units.ts';
import { UsageError } from '../usage-error.ts';
import { type Place, parsePlace } from './place.ts';

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
  await download(storage, { bucket, key }, range, target);
  print(`${visible(target)}  ${bytes(statSync(target).size)}`);
}

/** The file appears when it is whole; of an interrupted download nothing stays. */
async function download(
  storage: Storage,
  { bucket, key }: Place,
  range: ByteRange | undefined,
  target: string,
): Promise<void> {
  const { info, body } = await storage.getObject(bucket, key, { stream: true, info: true, range });
  const partial = `${target}.${randomBytes(4).toString('hex')}.part`;
  const interrupted = (signal: NodeJS.Signals): void => {
    rmSync(partial, { force: true });
    process.kill(process.pid, signal); // ends as it would have ended: the listener is gone
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, interrupted);
  try {
    const size = range === undefined ? info.size : undefined;
    await pipeline(
      body,
      (source) => metered(() => source, size),
      createWriteStream(partial, { flags: 'wx' }),
    );
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
  }
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
