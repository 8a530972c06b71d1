import type { ContainerClient } from '@azure/storage-blob';
import type { DriverList, ListEntry } from '../driver.ts';
import { foldPages, PAGE } from '../listing.ts';
import { keyOfName, nameOfPrefix } from './names.ts';
import { entryOf } from './read.ts';
import { endedBy } from './write.ts';

export interface ListPage {
  readonly entries: readonly ListEntry[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/** One request: pages are asked for one by one, because the SDK's iterators end at their first failure. */
export async function listPage(
  container: ContainerClient,
  { prefix, delimiter, signal }: DriverList,
  token: string | undefined,
): Promise<ListPage> {
  const options = { prefix: nameOfPrefix(prefix), ...endedBy(signal) };
  const settings = { maxPageSize: PAGE, ...(token !== undefined && { continuationToken: token }) };
  const begins = (name: string): boolean => name.startsWith(prefix); // more names may than keys
  if (delimiter === undefined) {
    const page = await container.listBlobsFlat(options).byPage(settings).next();
    if (page.done) return { entries: [], next: undefined };
    const { segment, continuationToken } = page.value;
    const entries = segment.blobItems.map(entryOf).filter(({ key }) => begins(key));
    return { entries, next: continuationToken || undefined };
  }
  const page = await container.listBlobsByHierarchy(nameOfPrefix(delimiter), options).byPage(settings).next();
  if (page.done) return { entries: [], next: undefined };
  const { segment, continuationToken } = page.value;
  const prefixes = (segment.blobPrefixes ?? []).map(({ name }) => keyOfName(name));
  const entries: ListEntry[] = segment.blobItems.map(entryOf).filter(({ key }) => begins(key));
  for (const one of prefixes.filter(begins)) entries.push({ kind: 'prefix', prefix: one });
  return { entries, next: continuationToken || undefined };
}

/** Folds by a delimiter that has a dot, which is one of two characters in names, so that the service cannot do it. */
export async function* foldByDots(
  pages: AsyncIterable<readonly ListEntry[]>,
  prefix: string,
  delimiter: string,
): AsyncGenerator<readonly ListEntry[]> {
  const seen = new Set<string>();
  for await (const page of foldPages(pages, prefix, delimiter)) {
    // Names that stand apart may be of keys that belong together.
    yield page.filter(
      (entry) => entry.kind === 'object' || (!seen.has(entry.prefix) && seen.add(entry.prefix)),
    );
  }
}
