import type { PathLike } from 'node:fs';
import type { ObjectEntry, ObjectInfo, StorageCapability } from '../driver.ts';
import { StorageError, type StorageErrorCode } from '../errors.ts';
import type { Storage } from '../storage.ts';
import { type Call, fsError } from './errors.ts';
import { directoriesAbove, isName, isRoot, type Place, pathText, placeOf } from './paths.ts';
import type { Facts, Kind } from './stats.ts';

/** What a view shows, resolved. */
export interface TreeOptions {
  readonly bucket: string;
  readonly prefix: string;
  readonly checkWrites: boolean;
  readonly patienceMs: number;
  readonly spoolBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** What a path leads to; a file's with all that the store knows of it. */
export type Found = Facts &
  ({ readonly kind: 'file'; readonly info: ObjectInfo } | { readonly kind: 'directory' });

/** A name in a directory. */
export interface Entry {
  readonly name: string;
  readonly kind: Kind;
}

/**
 * A bucket, or what has a prefix in it, seen as files and directories.
 *
 * - T1 An object is a file. A directory is there while a key begins with its path and '/', and no longer.
 * - T2 `mkdir` writes a marker, an object without bytes whose key is the directory's path and '/': what is in the directory
 *   may go, the marker keeps it. Only `rmdir`, `rm` and `rename` remove it.
 * - T3 Where an object 'a' and keys below 'a/' exist, which only other programs make, 'a' is the file; what is below is
 *   reached by its own path.
 * - T4 Keys that no path leads to ('a//b', './a') are not shown. `rm` and `rename` of a directory take them along.
 */
export class Tree {
  readonly storage: Storage;
  readonly options: TreeOptions;

  constructor(storage: Storage, options: TreeOptions) {
    this.storage = storage;
    this.options = options;
  }

  get bucket(): string {
    return this.options.bucket;
  }

  place(path: PathLike, syscall: string): Place {
    const given = pathText(path);
    return placeOf(given, this.options.prefix, { syscall, path: given });
  }

  /** The places of an operation that has two, whose errors name both. */
  places(from: PathLike, to: PathLike, syscall: string): { from: Place; to: Place; call: Call } {
    const call = { syscall, path: pathText(from, 'src'), dest: pathText(to, 'dest') };
    const { prefix } = this.options;
    return { from: placeOf(call.path, prefix, call), to: placeOf(call.dest, prefix, call), call };
  }

  /** What every request of an operation is given: the signal of the view, and the operation's own. */
  wait(signal?: AbortSignal | null | undefined): { readonly signal?: AbortSignal } {
    const { signal: outer } = this.options;
    if (!signal) return outer ? { signal: outer } : {};
    return { signal: outer ? AbortSignal.any([outer, signal]) : signal };
  }

  supports(capability: StorageCapability): Promise<boolean> {
    return this.storage.supports(capability);
  }

  /** What is at a place. One request for a file, two for a directory or nothing. A file that is asked for as a directory is ENOTDIR. */
  async lookup(place: Place, call: Call): Promise<Found | undefined> {
    const info = await this.head(place);
    if (info) {
      if (place.asDirectory) throw fsError('ENOTDIR', call);
      return { kind: 'file', info, size: info.size, modified: info.lastModified };
    }
    return this.lookupDirectory(place);
  }

  /** The same where nothing is an error. */
  async find(place: Place, call: Call): Promise<Found> {
    return (await this.lookup(place, call)) ?? this.missing(place, call);
  }

  /** The object of a file. */
  async head(place: Place): Promise<ObjectInfo | undefined> {
    if (isRoot(place)) return undefined;
    const found = this.storage.headObject(this.bucket, place.key, this.wait());
    return unlessCode(found, 'no-such-key');
  }

  /** A directory is as old as its marker, or as the first object below it. */
  async lookupDirectory(place: Place): Promise<(Found & { readonly kind: 'directory' }) | undefined> {
    const first = await this.firstBelow(place);
    if (first) return { kind: 'directory', size: 0, modified: first.lastModified };
    if (!isRoot(place)) return undefined;
    await this.storage.headBucket(this.bucket);
    return { kind: 'directory', size: 0, modified: new Date(0) };
  }

  async firstBelow(place: Place): Promise<ObjectEntry | undefined> {
    for await (const entry of this.storage.listObjects(this.bucket, place.below, this.wait())) return entry;
    return undefined;
  }

  /** What is below a path: nothing, no more than the directory's own marker, or something. */
  async contentOf(place: Place): Promise<'absent' | 'empty' | 'occupied'> {
    let content: 'absent' | 'empty' = 'absent';
    for await (const { key } of this.storage.listObjects(this.bucket, place.below, this.wait())) {
      if (key !== place.below) return 'occupied';
      content = 'empty';
    }
    return content;
  }

  /** Asks for the marker first: in a large directory that is cheaper than a listing. */
  async isDirectory(place: Place): Promise<boolean> {
    if (isRoot(place)) return true;
    const marker = this.storage.headObject(this.bucket, place.below, this.wait());
    return Boolean((await unlessCode(marker, 'no-such-key')) ?? (await this.firstBelow(place)));
  }

  /** Refuses what has no directory to be in. */
  async requireParent(place: Place, call: Call): Promise<void> {
    if (!this.options.checkWrites) return;
    const [parent] = directoriesAbove(place, this.options.prefix);
    if (parent && !(await this.isDirectory(parent))) await this.missing(place, call);
  }

  /** Refuses a path that cannot be that of a file, by its text. */
  async requireFilePath(place: Place, call: Call, create: boolean): Promise<void> {
    if (!isRoot(place) && !place.asDirectory) return;
    await (create ? this.requireParent(place, call) : this.find(place, call));
    throw fsError('EISDIR', call);
  }

  /** Refuses to make a file where a directory is, or in one that is not there. */
  async requireRoom(place: Place, call: Call, exclusive = false): Promise<void> {
    await this.requireFilePath(place, call, true);
    if (!this.options.checkWrites) return;
    const [, first] = await Promise.all([this.requireParent(place, call), this.firstBelow(place)]);
    if (first) throw fsError(exclusive ? 'EEXIST' : 'EISDIR', call);
  }

  /** Rejects with why a file that should be there is not. */
  async noFile(place: Place, call: Call): Promise<never> {
    if (await this.firstBelow(place)) throw fsError('EISDIR', call);
    return this.missing(place, call);
  }

  /** The names in a directory, as the listing gives them: never all in memory. */
  async *entries(place: Place): AsyncGenerator<Entry> {
    const { below } = place;
    // Files whose names begin the names that come now: an 'a/' after one of them is T3, and not shown twice.
    let files: string[] = [];
    for await (const entry of this.storage.listObjects(this.bucket, below, {
      ...this.wait(),
      delimiter: '/',
    })) {
      const kind = entry.kind === 'object' ? 'file' : 'directory';
      const name =
        entry.kind === 'object' ? entry.key.slice(below.length) : entry.prefix.slice(below.length, -1);
      if (!isName(name)) continue;
      files = files.filter((file) => name.startsWith(file));
      if (kind === 'file') files.push(name);
      else if (files.includes(name)) continue;
      yield { name, kind };
    }
  }

  /** Everything below a directory, by paths from there, each directory before what is in it. */
  async *descendants(place: Place): AsyncGenerator<Entry> {
    const directories = new Set<string>();
    let files: string[] = [];
    for await (const { key } of this.storage.listObjects(this.bucket, place.below, this.wait())) {
      const path = key.slice(place.below.length);
      const names = path.split('/');
      const last = names.pop()!;
      files = files.filter((file) => path.startsWith(file));
      if (!names.every(isName) || files.some((file) => path.startsWith(`${file}/`))) continue;
      for (let depth = 1; depth <= names.length; depth++) {
        const name = names.slice(0, depth).join('/');
        if (directories.has(name)) continue;
        directories.add(name);
        yield { name, kind: 'directory' };
      }
      if (!isName(last)) continue;
      files.push(path);
      yield { name: path, kind: 'file' };
    }
  }

  /** Rejects with why nothing is there: ENOTDIR when a file is on the way, else ENOENT. */
  async missing(place: Place, call: Call): Promise<never> {
    await this.requireNoFileAbove(place, call);
    throw fsError('ENOENT', call);
  }

  /** A request for each directory above, at once. */
  async requireNoFileAbove(place: Place, call: Call): Promise<void> {
    const above = await Promise.all(
      directoriesAbove(place, this.options.prefix).map((one) => this.head(one)),
    );
    if (above.some((info) => info)) throw fsError('ENOTDIR', call);
  }
}

/** What comes, or undefined when it fails for that one reason. */
export async function unlessCode<T>(promise: Promise<T>, code: StorageErrorCode): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof StorageError && error.code === code) return undefined;
    throw error;
  }
}
