import type { ListEntry, ObjectInfo } from '../driver.ts';
import { compareKeys } from '../names.ts';
import { withoutWriteId } from '../network/conditional.ts';
import { fromHeaders } from '../network/header-metadata.ts';
import { UNTYPED } from '../network/untyped.ts';
import { keyOfName } from './names.ts';

/** An object as the JSON API describes it; numbers are text there. */
export interface GcsResource {
  readonly name: string;
  readonly size: string;
  /** Of each write another number: the etag of this driver. */
  readonly generation: string;
  readonly updated: string;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Base64; absent where an object was composed of others. */
  readonly md5Hash?: string;
}

export interface GcsListing {
  readonly items?: readonly GcsResource[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

export const INFO_FIELDS = 'name,size,generation,updated,contentType,metadata';
export const LIST_FIELDS = 'nextPageToken,prefixes,items(name,size,generation,updated)';

export function infoOf(key: string, resource: GcsResource): ObjectInfo {
  const { size, generation, updated, contentType, metadata = {} } = resource;
  return {
    key,
    size: Number(size),
    etag: generation,
    lastModified: new Date(updated),
    contentType: contentType === UNTYPED ? undefined : contentType,
    metadata: withoutWriteId(fromHeaders(metadata)),
  };
}

/** A page's objects and common prefixes, which come apart, in one order. */
export function entriesOf({ items = [], prefixes = [] }: GcsListing): ListEntry[] {
  const entries: ListEntry[] = items.map(({ name, size, generation, updated }) => ({
    ...{ kind: 'object', key: keyOfName(name), size: Number(size), etag: generation },
    lastModified: new Date(updated),
  }));
  if (prefixes.length === 0) return entries;
  for (const prefix of prefixes) entries.push({ kind: 'prefix', prefix: keyOfName(prefix) });
  return entries.sort((a, b) => compareKeys(nameOf(a), nameOf(b)));
}

export function nameOf(entry: ListEntry): string {
  return entry.kind === 'object' ? entry.key : entry.prefix;
}
