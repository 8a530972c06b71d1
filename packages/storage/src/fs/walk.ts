import { statSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { DriverList, ListEntry } from '../driver.ts';
import { PAGE } from '../listing.ts';
import { compareKeys, MAX_KEY_BYTES } from '../names.ts';
import { keyPath, parseName, prefixPath, SYSTEM } from './keys.ts';
import { type BucketPaths, requireBucket } from './layout.ts';
import { codeOf } from './owner.ts';
import { etagOf } from './version.ts';

/**
 * Names of one directory that are held at a time. File systems give names in any order, so that the next ones in order are
 * found by reading the whole directory: one with more names than this is read several times over, never held whole.
 */
export const WINDOW = 50_000;

/** A name in a directory, and the text that puts it in its place among the keys: a directory's ends in '/'. */
interface Child {
  readonly order: string;
  readonly path: string;
  readonly directory: boolean;
}

/** One directory on the way from the bucket to where the listing is. */
interface Level {
  /** Below the bucket's directory, '' or ending in '/'. */
  readonly path: string;
  /** What the keys in it begin with. */
  readonly base: string;
  children: readonly Child[];
  next: number;
  /** The last child that was taken; the window after it is read when `children` is used up. */
  cursor: string;
  complete: boolean;
}

/** Pages of the objects of a bucket in the order of their keys' UTF-8 bytes. `window` is for tests. */
export async function* walk(
  bucket: BucketPaths,
  options: DriverList,
  window: number = WINDOW,
  size: number = PAGE,
): AsyncGenerator<readonly ListEntry[]> {
  requireBucket(bucket);
  const { prefix, startAfter = '', signal } = options;
  const folded = options.delimiter === '/';
  const base = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const levels = [open(prefixPath(base), base)];
  let page: ListEntry[] = [];
  while (levels.length > 0) {
    const level = levels.at(-1)!;
    if (level.next === level.children.length) {
      if (level.complete) {
        levels.pop();
        continue;
      }
      signal?.throwIfAborted();
      await advance(bucket, level, level.base === base ? prefix.slice(base.length) : '', startAfter, window);
      continue;
    }
    const child = level.children[level.next++]!;
    level.cursor = child.order;
    const key = level.base + child.order;
    if (child.directory) {
      if (Buffer.byteLength(key) > MAX_KEY_BYTES) continue;
      if (!folded) levels.push(open(child.path, key));
      else if (compareKeys(key, startAfter) > 0 && (await hasObjects(bucket, key)))
        page.push({ kind: 'prefix', prefix: key });
    } else {
      const entry = describe(bucket, key, child.path);
      if (entry) page.push(entry);
    }
    if (page.length === size) {
      yield page;
      signal?.throwIfAborted();
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

function open(path: string, base: string): Level {
  return { path, base, children: [], next: 0, cursor: '', complete: false };
}

/** Reads the next window of a level: the smallest names after its cursor that the listing has not passed. */
async function advance(
  bucket: BucketPaths,
  level: Level,
  partial: string,
  startAfter: string,
  window: number,
): Promise<void> {
  const passed = level.cursor === '' ? bound(level.base, startAfter) : undefined;
  if (passed === 'all') {
    level.complete = true;
    return;
  }
  let found: Child[] = [];
  let complete = true;
  let limit: string | undefined;
  for await (const child of names(bucket, level.path, '')) {
    const { order } = child;
    if (!order.startsWith(partial)) continue;
    if (level.cursor !== '' && compareKeys(order, level.cursor) <= 0) continue;
    if (passed && compareKeys(order, passed.order) < (passed.inclusive ? 0 : 1)) continue;
    if (limit !== undefined && compareKeys(order, limit) >= 0) continue;
    found.push(child);
    if (found.length === 2 * window) {
      found = found.sort(byOrder).slice(0, window);
      limit = found.at(-1)!.order;
      complete = false;
    }
  }
  found.sort(byOrder);
  if (found.length > window) {
    found.length = window;
    complete = false;
  }
  level.children = found;
  level.next = 0;
  level.complete = complete;
}

/** Which names of a directory come too early for a listing that starts after a key. */
function bound(
  base: string,
  startAfter: string,
): { readonly order: string; readonly inclusive: boolean } | 'all' | undefined {
  if (startAfter === '' || compareKeys(startAfter, base) < 0) return undefined;
  if (!startAfter.startsWith(base)) return 'all';
  const rest = startAfter.slice(base.length);
  const slash = rest.indexOf('/');
  // The directory that holds the key may hold later ones.
  return slash < 0 ? { order: rest, inclusive: false } : { order: rest.slice(0, slash + 1), inclusive: true };
}

function byOrder(a: Child, b: Child): number {
  return compareKeys(a.order, b.order);
}

/** The names in a directory, in no order. Beginnings of long segments (K4) are followed at once. */
async function* names(bucket: BucketPaths, path: string, beginning: string): AsyncGenerator<Child> {
  let directory: Awaited<ReturnType<typeof opendir>>;
  try {
    directory = await opendir(`${bucket.directory}/${path}`, { bufferSize: 1024 });
  } catch (error) {
    // Gone with the last object in it.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return;
    throw error;
  }
  for await (const entry of directory) {
    if (path === '' && entry.name === SYSTEM) continue;
    const link = entry.isSymbolicLink();
    const target = link
      ? statSync(`${bucket.directory}/${path}${entry.name}`, { throwIfNoEntry: false })
      : entry;
    const isDirectory = target?.isDirectory() ?? false;
    if (!isDirectory && !target?.isFile()) continue;
    const parsed = parseName(entry.name, isDirectory ? 'directory' : 'file');
    if (!parsed) continue;
    const text = beginning + parsed.text;
    const below = `${path}${entry.name}`;
    if (parsed.continued) yield* names(bucket, `${below}/`, text);
    else if (isDirectory) yield { order: `${text}/`, path: `${below}/`, directory: true };
    else yield { order: text, path: below, directory: false };
  }
}

/** The object of a file; undefined when it is gone, or when the file is none of ours, which no key could reach. */
function describe(bucket: BucketPaths, key: string, path: string): ListEntry | undefined {
  if (keyPath(key) !== path) return undefined;
  const stats = statSync(`${bucket.directory}/${path}`, { throwIfNoEntry: false });
  return stats && { kind: 'object', key, size: stats.size, etag: etagOf(stats), lastModified: stats.mtime };
}

/** Directories may be empty for a moment, or for good when a deletion was cut short. */
async function hasObjects(bucket: BucketPaths, prefix: string): Promise<boolean> {
  for await (const _ of walk(bucket, { prefix }, 1, 1)) return true;
  return false;
}
