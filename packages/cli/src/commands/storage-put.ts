import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { PutOptions } from '@skein/storage';
import { metered } from '../meter.ts';
import { openStorage, placeOf } from '../settings.ts';
import { print, printJson, visible } from '../terminal.ts';
import { bytes } from '../units.ts';
import { UsageError } from '../usage-error.ts';
import { defaultBucket, parsePlace } from './place.ts';

export async function storagePut(
  file: string,
  place: string | undefined,
  options: {
    contentType?: string;
    ifAbsent?: true;
    createBucket?: true;
    storage?: string;
    json?: true;
  },
): Promise<void> {
  const { bucket, key } = parsePlace(place ?? nameOf(file));
  const total = sizeOf(file);
  await using storage = await openStorage(options.storage);
  // The one bucket that everybody has, because executors make it too.
  if (options.createBucket || bucket === defaultBucket) await storage.createBucket(bucket);
  const put: PutOptions = {
    ...(options.contentType !== undefined && { contentType: options.contentType }),
    ...(options.ifAbsent && { ifNoneMatch: '*' }),
  };
  const open = (): Readable => (file === '-' ? process.stdin : createReadStream(file));
  const { size, etag } = await storage.putObject(bucket, key, metered(open, total), put);
  if (options.json) printJson({ bucket, key, size, etag });
  else print(`${bucket}/${visible(key)}  ${bytes(size)}  in ${placeOf(storage)}`);
}

function nameOf(file: string): string {
  if (file !== '-') return basename(file);
  throw new UsageError(
    "what comes by the standard input has no name: say one, as in 'skein storage put - name'",
  );
}

/** @returns the bytes of the file; `undefined` for what comes by a pipe. */
function sizeOf(file: string): number | undefined {
  if (file === '-') return undefined;
  const entry = statSync(file, { throwIfNoEntry: false });
  if (entry === undefined) throw new UsageError(`cannot store '${file}': no such file`);
  if (entry.isDirectory()) throw new UsageError(`cannot store '${file}': expected a file, found a directory`);
  return entry.isFile() ? entry.size : undefined;
}
