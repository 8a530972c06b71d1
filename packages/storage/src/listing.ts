import type { ListEntry } from './driver.ts';

/** Entries a page: large enough that a page's cost vanishes, small enough to be nothing in memory. */
export const PAGE = 1000;

/**
 * Folds ordered pages of objects by a delimiter: keys alike up to the first delimiter after the prefix become one entry.
 * For drivers whose store cannot do it by itself.
 */
export async function* foldPages(
  pages: AsyncIterable<readonly ListEntry[]>,
  prefix: string,
  delimiter: string | undefined,
): AsyncGenerator<readonly ListEntry[]> {
  if (delimiter === undefined) {
    yield* pages;
    return;
  }
  let last: string | undefined;
  for await (const page of pages) {
    const folded: ListEntry[] = [];
    for (const entry of page) {
      const common = entry.kind === 'object' ? commonPrefix(entry.key, prefix, delimiter) : entry.prefix;
      if (common === undefined) folded.push(entry);
      else if (common !== last) {
        folded.push({ kind: 'prefix', prefix: common });
        last = common;
      }
    }
    if (folded.length > 0) yield folded;
  }
}

/** What a key is listed under when listing by a delimiter; undefined when the key itself is listed. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}
