import { existsSync } from 'node:fs';
import type { Storage } from '@skein/storage';
import type { StoredObject } from '../data-object.ts';
import { codeOf, messageOf } from '../errors.ts';
import { inLists } from '../in-order.ts';
import { isGlob } from './glob.ts';
import { type BucketPlace, LIST } from './input.ts';
import { noMatch } from './no-match.ts';

/** The objects of a bucket that an input names, in lists: one, those below a prefix, or those that match. */
export async function* inBucket(
  place: BucketPlace,
  storage: Storage,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredObject[], void, undefined> {
  let found = false;
  try {
    for await (const list of named(place, storage, signal)) {
      found ||= list.length > 0;
      yield list;
    }
  } catch (error) {
    if (codeOf(error) !== 'no-such-bucket') throw error;
    throw noMatch(place.shown, `${messageOf(error)}${hint(place)}`, error);
  }
  if (!found) throw noMatch(place.shown, `bucket '${place.bucket}' has no such objects${hint(place)}`);
}

async function* named(
  { bucket, key, exact = false }: BucketPlace,
  storage: Storage,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredObject[], void, undefined> {
  if (isGlob(key) && !exact) return yield* listed(storage, bucket, '', { match: key, signal });
  if (key === '' || (key.endsWith('/') && !exact)) return yield* listed(storage, bucket, key, { signal });
  try {
    const { size, etag } = await storage.headObject(bucket, key, { signal });
    yield [{ kind: 'object', bucket, key, size, etag }];
  } catch (error) {
    if (codeOf(error) !== 'no-such-key') throw error;
    // What people call a folder.
    if (!exact) yield* listed(storage, bucket, `${key}/`, { signal });
  }
}

async function* listed(
  storage: Storage,
  bucket: string,
  prefix: string,
  options: { readonly match?: string; readonly signal: AbortSignal },
): AsyncGenerator<readonly StoredObject[], void, undefined> {
  const entries = storage.listObjects(bucket, prefix, { ...options, delimiter: undefined });
  for await (const list of inLists(entries, LIST)) {
    yield list
      // Consoles make empty objects that stand for folders.
      .filter(({ key, size }) => size > 0 || !key.endsWith('/'))
      .map(({ key, size, etag }) => ({ kind: 'object', bucket, key, size, etag }));
  }
}

/** A path that begins with neither '.' nor '/' is read as a bucket and a key. */
function hint({ scheme, shown }: BucketPlace): string {
  if (scheme !== undefined || !existsSync(shown)) return '';
  return `; the file of this machine is './${shown}'`;
}
