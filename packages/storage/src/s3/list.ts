import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ListEntry } from '../driver.ts';
import { compareKeys } from '../names.ts';
import { plainEtag } from './conditional.ts';

/** A page's objects and common prefixes, which come apart, in one order. */
export function entriesOf(page: ListObjectsV2CommandOutput): readonly ListEntry[] {
  // Not every server encodes what it was asked to encode; it says so.
  const decoded = page.EncodingType === 'url' ? urlDecoded : (text = ''): string => text;
  const objects = (page.Contents ?? []).map(
    (object): ListEntry => ({
      kind: 'object',
      key: decoded(object.Key),
      size: object.Size ?? 0,
      etag: plainEtag(object.ETag),
      lastModified: wholeSecond(object.LastModified),
    }),
  );
  const prefixes = (page.CommonPrefixes ?? []).map(
    ({ Prefix }): ListEntry => ({ kind: 'prefix', prefix: decoded(Prefix) }),
  );
  if (prefixes.length === 0) return objects;
  return [...objects, ...prefixes].sort((a, b) => compareKeys(nameOf(a), nameOf(b)));
}

function nameOf(entry: ListEntry): string {
  return entry.kind === 'object' ? entry.key : entry.prefix;
}

/** The time as a header tells it, for the same object to have the same. */
function wholeSecond(time = new Date(0)): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** As the encoding type 'url' has it: a space may be a plus sign. */
function urlDecoded(text = ''): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
