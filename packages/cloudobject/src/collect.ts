/** What is in a scope, and how it goes. */
import type { ObjectEntry, Storage, WaitOptions } from '@skein/storage';
import { CloudObject } from './cloud-object.ts';
import { isMissing } from './errors.ts';
import { parseKey } from './keys.ts';
import { checkDuration, namedObject } from './put.ts';
import { lastingPlace, placeOf, SCOPES, type Scope, type ScopeOptions } from './scope.ts';
import { type Removed, removeTree } from './temporary/remove-tree.ts';

/**
 * The objects of a scope, read from the storage as the loop goes on: those with generated keys in the order in which they
 * were made, then others.
 */
export async function* collect(
  scope: Scope,
  options: Omit<ScopeOptions, 'scope'> & WaitOptions = {},
): AsyncGenerator<CloudObject> {
  const { storage, bucket, prefix } = await placeOf({ ...options, scope });
  const { signal, timeoutMs } = options;
  try {
    for (const folder of ['made/', 'named/', 'cached/', 'state/']) {
      const entries = storage.listObjects(bucket, prefix + folder, { signal, timeoutMs });
      for await (const entry of entries) {
        const object = await objectOf(storage, bucket, prefix, entry);
        if (object !== undefined) yield object;
      }
    }
  } catch (error) {
    if (!isMissing(error)) throw error; // nothing was ever kept there
  }
}

/** @returns undefined for what is not ours, is none of a user's objects, or has gone since it was listed */
async function objectOf(
  storage: Storage,
  bucket: string,
  prefix: string,
  { key, etag, size, lastModified }: ObjectEntry,
): Promise<CloudObject | undefined> {
  const known = parseKey(key.slice(prefix.length));
  const version = { bucket, key, etag, size };
  switch (known?.kind) {
    case 'made':
    case 'cached':
      return new CloudObject(storage, version, known.about);
    case 'named':
      return described(storage, bucket, key);
    case 'state': {
      const made = lastModified.getTime();
      return new CloudObject(storage, version, {
        format: 'value',
        made,
        by: 'a stateful function',
        expires: undefined,
      });
    }
    default:
      return undefined;
  }
}

async function described(storage: Storage, bucket: string, key: string): Promise<CloudObject | undefined> {
  try {
    return namedObject(storage, bucket, await storage.headObject(bucket, key));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export interface CleanOptions extends Omit<ScopeOptions, 'scope'>, WaitOptions {
  /** What was written within this time stays. @default 0 */
  readonly olderThanMs?: number | undefined;
  /** Tells what would be removed, and removes nothing. @default false */
  readonly dryRun?: boolean | undefined;
}

/**
 * Removes what is in a scope, and nothing else: keys that this package does not form stay. May be interrupted, and done
 * again until it is done. Who reads an object that goes meanwhile gets the error that says so.
 */
export async function clean(scope: Scope, options: CleanOptions = {}): Promise<Removed> {
  const { olderThanMs = 0 } = options;
  if (olderThanMs !== 0) checkDuration('olderThanMs', olderThanMs);
  const { storage, bucket, prefix } = await placeOf({ ...options, scope });
  const before = Date.now() - olderThanMs;
  return removeOwn(
    storage,
    bucket,
    prefix,
    options,
    ({ lastModified }) => olderThanMs === 0 || lastModified.getTime() <= before,
  );
}

/** What a sweep has found of a named scope. */
export interface SweptScope {
  readonly scope: string;
  /** What had expired. */
  readonly removed: Removed;
  /** What stays. */
  readonly kept: Removed;
}

/** Removes what has expired, in all named scopes of a storage, and tells what is there. */
export async function* sweep(options: Omit<CleanOptions, 'olderThanMs'> = {}): AsyncGenerator<SweptScope> {
  const { storage, bucket } = await lastingPlace(options);
  const { signal, timeoutMs } = options;
  const now = Date.now();
  try {
    const folders = storage.listKeys(bucket, SCOPES, { delimiter: '/', signal, timeoutMs });
    for await (const prefix of folders) {
      if (!prefix.endsWith('/')) continue;
      let [objects, bytes] = [0, 0];
      const removed = await removeOwn(storage, bucket, prefix, options, async (entry) => {
        if (await hasExpired(storage, bucket, prefix, entry, now)) return true;
        objects++;
        bytes += entry.size;
        return false;
      });
      yield { scope: prefix.slice(SCOPES.length, -1), removed, kept: { objects, bytes } };
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** The record of a cached value stays: it costs nothing, and the next one who computes the value replaces it. */
async function hasExpired(
  storage: Storage,
  bucket: string,
  prefix: string,
  { key }: ObjectEntry,
  now: number,
): Promise<boolean> {
  const known = parseKey(key.slice(prefix.length));
  let expires: number | undefined;
  if (known?.kind === 'made' || known?.kind === 'cached') expires = known.about.expires;
  else if (known?.kind === 'named') expires = (await described(storage, bucket, key))?.expires;
  return expires !== undefined && expires <= now;
}

async function removeOwn(
  storage: Storage,
  bucket: string,
  prefix: string,
  { dryRun, signal }: CleanOptions,
  wanted: (entry: ObjectEntry) => boolean | Promise<boolean>,
): Promise<Removed> {
  try {
    return await removeTree(storage, bucket, prefix, {
      dryRun,
      signal,
      only: (entry) => parseKey(entry.key.slice(prefix.length)) !== undefined && wanted(entry),
    });
  } catch (error) {
    if (isMissing(error)) return { objects: 0, bytes: 0 };
    throw error;
  }
}
