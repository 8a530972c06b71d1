import type { Storage } from '@skein/storage';
import { CommandError } from '../failure.ts';
import { openStorage } from '../settings.ts';
import { isInteractive, print, printJson, visible } from '../terminal.ts';
import { count } from '../units.ts';
import { UsageError } from '../usage-error.ts';
import { type Place, parsePlace, parsePrefix } from './place.ts';

interface Options {
  readonly prefix?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly storage?: string;
  readonly json?: true;
}

export async function storageDelete(places: readonly string[], options: Options): Promise<void> {
  if (places.length > 0 === (options.prefix !== undefined))
    throw new UsageError(
      "say either which objects to delete, or all that begin with something: --prefix 'bucket/prefix'",
    );
  const named = places.map(parsePlace);
  const prefix = options.prefix === undefined ? undefined : parsePrefix(options.prefix);
  await using storage = await openStorage(options.storage);
  const found =
    prefix === undefined
      ? await existing(storage, named)
      : await below(storage, prefix.bucket, prefix.prefix);
  if (prefix !== undefined && found.length > 0 && !options.dryRun && !options.yes)
    await confirm(found.length, options.prefix ?? '');
  if (!options.dryRun) await remove(storage, found);
  if (options.json) printJson({ deleted: found, dryRun: options.dryRun === true });
  else {
    // A prefix may stand for millions.
    if (prefix === undefined || options.dryRun)
      for (const { bucket, key } of found) print(`${bucket}/${visible(key)}`);
    print(`${count(found.length, 'object')} ${options.dryRun ? 'would be deleted' : 'deleted'}`);
  }
}

/** Storages take the deletion of what is not there; a person who mistyped a key should hear of it. */
async function existing(storage: Storage, places: readonly Place[]): Promise<readonly Place[]> {
  for (const { bucket, key } of places) await storage.headObject(bucket, key);
  return places;
}

async function below(storage: Storage, bucket: string, prefix: string): Promise<Place[]> {
  const found: Place[] = [];
  for await (const key of storage.listKeys(bucket, prefix)) found.push({ bucket, key });
  return found;
}

async function remove(storage: Storage, places: readonly Place[]): Promise<void> {
  const keys = new Map<string, string[]>();
  for (const { bucket, key } of places) keys.set(bucket, [...(keys.get(bucket) ?? []), key]);
  for (const [bucket, all] of keys) await storage.deleteObjects(bucket, all);
}

async function confirm(objects: number, prefix: string): Promise<void> {
  if (!isInteractive())
    throw new UsageError(
      `--prefix '${prefix}' would delete ${count(objects, 'object')}, and nobody is here to be asked: say --yes, or --dry-run to see them`,
    );
  // Loaded when somebody is there to answer.
  const { agrees } = await import('../questions.ts');
  if (!(await agrees(`Delete all that begins with '${visible(prefix)}': ${count(objects, 'object')}?`)))
    throw new CommandError('nothing was deleted');
}
