import { lstatSync, mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NoSuchBucketError, NoSuchKeyError, StorageError } from '../errors.ts';
import { keyPath, SYSTEM } from './keys.ts';
import { codeOf, hashName, isGone, ownName } from './owner.ts';
import { etagOf } from './version.ts';

/** Where things of one bucket are. */
export interface BucketPaths {
  readonly name: string;
  readonly directory: string;
  /** Files being written. In the bucket, because a file can be renamed only within its file system. */
  readonly drafts: string;
  readonly locks: string;
  /** What does not fit into a plain file: content type and metadata, in files named by the etag of their version. */
  readonly details: string;
}

/** One object's place. */
export interface ObjectPaths {
  readonly bucket: BucketPaths;
  readonly key: string;
  readonly file: string;
  readonly lock: string;
}

export function bucketPaths(root: string, name: string): BucketPaths {
  const directory = join(root, name);
  const system = join(directory, SYSTEM);
  return {
    name,
    directory,
    drafts: join(system, 'drafts'),
    locks: join(system, 'locks'),
    details: join(system, 'details'),
  };
}

export function objectPaths(bucket: BucketPaths, key: string): ObjectPaths {
  return {
    bucket,
    key,
    file: `${bucket.directory}/${keyPath(key)}`,
    lock: `${bucket.locks}/${hashName(key)}`,
  };
}

/** Drafts of an owner that cannot be asked whether it lives are its until they have not grown for a day. */
const ABANDONED_MS = 24 * 3600_000;

/** Makes the driver's own directories in a bucket that exists, and removes drafts whose writers were killed. */
export function prepareBucket(bucket: BucketPaths): void {
  requireBucket(bucket);
  for (const path of [bucket.drafts, bucket.locks, bucket.details]) makeDirectories(path);
  for (const name of readdirSync(bucket.drafts)) {
    const path = join(bucket.drafts, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats || !(isGone(name.split('~')[0] ?? '') ?? Date.now() - stats.mtimeMs > ABANDONED_MS)) continue;
    unlinkIfThere(path);
    // Killed before it was published: what was written for this version describes nothing. Published, it has two links.
    if (stats.nlink === 1) unlinkIfThere(join(bucket.details, etagOf(stats)));
  }
}

export function bucketExists(bucket: BucketPaths): boolean {
  return statSync(bucket.directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function requireBucket(bucket: BucketPaths): void {
  if (!bucketExists(bucket)) throw new NoSuchBucketError(bucket.name);
}

/** Why an object's file is not there. */
export function missing(object: ObjectPaths): StorageError {
  return bucketExists(object.bucket)
    ? new NoSuchKeyError(object.bucket.name, object.key)
    : new NoSuchBucketError(object.bucket.name);
}

/** Makes the root for one user alone; a root of another user, or one that a link leads elsewhere, is refused. */
export function makePrivate(root: string): void {
  makeDirectories(root, 0o700);
  const stats = lstatSync(root);
  const user = process.getuid?.();
  if (!stats.isDirectory() || (user !== undefined && stats.uid !== user) || (stats.mode & 0o022) !== 0) {
    throw new StorageError(
      'bad-config',
      `${root} must be a directory that only this user can write to; name another: 'file:/path'`,
    );
  }
}

/**
 * Makes a directory and those above it. Not by the `recursive` of mkdir, which Node tries for ever where a file system
 * answers ENOENT to any new name, as /proc does.
 */
export function makeDirectories(path: string, mode = 0o777): void {
  for (let again = false; ; again = true) {
    try {
      mkdirSync(path, mode);
      return;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') return;
      if (code !== 'ENOENT' || again || dirname(path) === path) throw error;
      makeDirectories(dirname(path), mode);
    }
  }
}

let drafts = 0;
/** Copies of this package in one process share its owner name. */
const COPY = Math.random().toString(36).slice(2, 10);

/** A name that no other draft has, which tells who writes it. */
export function draftPath(bucket: BucketPaths): string {
  return `${bucket.drafts}/${ownName()}~${COPY}${(drafts++).toString(36)}`;
}

export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** A system error of the store itself as one of ours, naming the object; any other error as it is. */
export function storeError(error: unknown, doing: string, bucket: string, key?: string): unknown {
  if (!(error instanceof Error) || error instanceof StorageError || !('syscall' in error)) return error;
  const place =
    key === undefined
      ? `bucket ${JSON.stringify(bucket)}`
      : `${JSON.stringify(key)} in bucket ${JSON.stringify(bucket)}`;
  return new StorageError('io', `${doing} ${place} failed: ${error.message}`, { bucket, key, cause: error });
}
