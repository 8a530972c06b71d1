/**
 * Listings in order of a server that gives the names of a cache in none. Every listing reads the names of all that is in
 * the cache; the first so many in order are kept, and what comes after them takes another reading. Of these the
 * descriptions are read, with their small bodies, as the listing goes on.
 */
import type { DriverList } from '../driver.ts';
import { NoSuchBucketError, StorageError } from '../errors.ts';
import { commonPrefix } from '../listing.ts';
import { compareKeys } from '../names.ts';
import { textOf } from '../network/http.ts';
import { keyOfObject } from './names.ts';
import type { InfinispanRest } from './rest.ts';

/** Names in memory at a time. Up to as many again come in before they are sorted out. */
const HELD = 100_000;

/** A string of a JSON array; our names hold nothing that JSON escapes. */
const NAME = /"([\w:-]+)"/g;

/** The names of all entries of a cache, in no order, as they come. */
export async function* namesOf(
  rest: InfinispanRest,
  bucket: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const request = {
    method: 'GET',
    path: `caches/${encodeURIComponent(bucket)}?action=keys`,
    bucket,
    signal,
  } as const;
  const response = await rest.open(request);
  if (response.statusCode !== 200) {
    const said = await textOf(response);
    if (response.statusCode === 404) throw new NoSuchBucketError(bucket);
    throw new StorageError('io', `infinispan answered ${response.statusCode} to a listing: ${said}`, {
      bucket,
    });
  }
  let left = '';
  let complete = false;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      // Outside of our names there may be others', in other alphabets: they are passed over whatever becomes of them.
      const text = left + chunk.toString('latin1');
      const end = text.lastIndexOf(',') + 1;
      complete = text.endsWith(']');
      left = complete ? '' : text.slice(end);
      for (const [, name = ''] of (complete ? text : text.slice(0, end)).matchAll(NAME)) yield name;
    }
  } catch (error) {
    throw rest.failure(error, request);
  } finally {
    response.destroy();
  }
  if (!complete) throw new StorageError('io', 'infinispan ended a listing in its middle', { bucket });
}

/** The keys, or common prefixes, that a listing has, in order. */
export async function* orderedKeys(
  names: () => AsyncIterable<string>,
  { prefix, delimiter, startAfter = '' }: DriverList,
): AsyncGenerator<readonly string[]> {
  let after = startAfter;
  for (let more = true; more; ) {
    let held = new Set<string>();
    let highest: string | undefined;
    more = false;
    const cut = (): void => {
      if (held.size <= HELD) return;
      const sorted = [...held].sort(compareKeys).slice(0, HELD);
      held = new Set(sorted);
      highest = sorted.at(-1);
      more = true;
    };
    for await (const name of names()) {
      const key = keyOfObject(name);
      if (key === undefined || !key.startsWith(prefix)) continue;
      const text = delimiter === undefined ? key : (commonPrefix(key, prefix, delimiter) ?? key);
      if (after !== '' && compareKeys(text, after) <= 0) continue;
      if (highest !== undefined && compareKeys(text, highest) > 0) continue;
      held.add(text);
      if (held.size >= 2 * HELD) cut();
    }
    cut();
    const page = [...held].sort(compareKeys);
    if (page.length > 0) yield page;
    after = page.at(-1) ?? after;
  }
}
