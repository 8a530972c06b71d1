import type OSS from 'ali-oss';
import type { ListEntry } from '../driver.ts';
import { compareKeys } from '../names.ts';
import { plainEtag } from '../s3/conditional.ts';

/** A page's objects and common prefixes, which come apart and URL-encoded, in one order. */
export function entriesOf({ objects, prefixes }: OSS.ListV2ObjectResult): readonly ListEntry[] {
  const found = objects.map(
    ({ name, size, etag, lastModified }): ListEntry => ({
      kind: 'object',
      key: decoded(name),
      size,
      etag: plainEtag(etag),
      lastModified: new Date(Math.floor(Date.parse(lastModified) / 1000) * 1000),
    }),
  );
  if (!prefixes?.length) return found;
  const common = prefixes.map((prefix): ListEntry => ({ kind: 'prefix', prefix: decoded(prefix) }));
  return [...found, ...common].sort((a, b) => compareKeys(nameOf(a), nameOf(b)));
}

function nameOf(entry: ListEntry): string {
  return entry.kind === 'object' ? entry.key : entry.prefix;
}

function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
