import type { PathLike } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_KEY_BYTES } from '../names.ts';
import { type Call, fsError, wrongType, wrongValue } from './errors.ts';

/**
 * Where a path leads. Paths are POSIX ones on every platform, from the root of the view; `..` is taken away by its text, and
 * at the root leads to the root, so that no path leaves the view.
 */
export interface Place {
  /** As the caller wrote it: what errors say. */
  readonly given: string;
  /** '/a/b': absolute, without '.', '..', double and trailing slashes. */
  readonly path: string;
  /** The key of the file; '' or the prefix without its slash at the root, where no file is. */
  readonly key: string;
  /** What the keys of everything below begin with; also the key of the directory's marker, but for the root. */
  readonly below: string;
  /** Written with a slash or dot at the end, by which POSIX means a directory. */
  readonly asDirectory: boolean;
}

/** How a path becomes a key. */
export function placeOf(given: string, prefix: string, call: Call): Place {
  if (given === '') throw fsError('ENOENT', call);
  const path = posix.resolve('/', given);
  const place = placeAt(path, prefix, given);
  if (Buffer.byteLength(place.below) > MAX_KEY_BYTES) {
    throw fsError('ENAMETOOLONG', call, { why: `keys have at most ${MAX_KEY_BYTES} bytes` });
  }
  return place;
}

function placeAt(path: string, prefix: string, given: string): Place {
  const key = prefix + path.slice(1);
  const root = path === '/';
  return { given, path, key, below: root ? prefix : `${key}/`, asDirectory: /(?:^|\/)\.{0,2}$/.test(given) };
}

export function isRoot(place: Place): boolean {
  return place.path === '/';
}

/** The directories that a place is in, the nearest first, without the root. */
export function directoriesAbove(place: Place, prefix: string): Place[] {
  const found: Place[] = [];
  for (let path = posix.dirname(place.path); path !== '/'; path = posix.dirname(path)) {
    found.push(placeAt(path, prefix, path));
  }
  return found;
}

/** Whether `inner` lies below `outer`. */
export function isBelow(inner: Place, outer: Place): boolean {
  return isRoot(outer) ? !isRoot(inner) : inner.path.startsWith(`${outer.path}/`);
}

/** A path's text, of whatever kind it came. Refused as Node refuses it. */
export function pathText(path: PathLike, name = 'path'): string {
  const text = asText(path, name);
  if (text.includes('\0')) {
    throw wrongValue(name, 'must be a string, Uint8Array, or URL without null bytes', text);
  }
  return text;
}

function asText(path: unknown, name: string): string {
  if (typeof path === 'string') return path;
  if (path instanceof URL) return fileURLToPath(path, { windows: false });
  if (path instanceof Uint8Array) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(path);
    } catch {
      throw wrongValue(name, 'must be UTF-8, as keys are', path);
    }
  }
  throw wrongType(name, 'of type string or an instance of Buffer or URL', path);
}

/** The part of a bucket that is shown, as what its keys begin with: '' or ending in '/'. */
export function resolvePrefix(prefix: unknown): string {
  if (prefix === undefined || prefix === '') return '';
  if (typeof prefix !== 'string') throw wrongType('prefix', 'of type string', prefix);
  const folder = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  if (folder.split('/').some((name) => !isName(name))) {
    throw wrongValue('prefix', "must be names joined by '/', such as 'data/2024/'", prefix);
  }
  return `${folder}/`;
}

/** Whether a path can lead to it. Keys may hold others, which the view does not show. */
export function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('\0');
}
