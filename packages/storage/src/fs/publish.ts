import { closeSync, fsyncSync, linkSync, openSync, renameSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { DriverPut } from '../driver.ts';
import { PreconditionFailedError } from '../errors.ts';
import { removeDetails, writeDetails } from './details.ts';
import { makeDirectories, type ObjectPaths, requireBucket, unlinkIfThere } from './layout.ts';
import { withLock } from './lock.ts';
import { codeOf } from './owner.ts';
import { etagOf, stamp, statFile } from './version.ts';

/** A whole object in a file of its own that nobody sees yet. */
export interface Draft {
  readonly fd: number;
  readonly path: string;
  readonly stats: Stats;
}

/**
 * Makes a draft the object, in one step that is never seen half done, and returns its etag.
 *
 * - P1 Creating is link(2), which never replaces: of racing creators one wins, without a lock.
 * - P2 Replacing and deleting hold the key's lock. So whoever compares an etag under the lock may rely on it until it lets
 *   go, because P1 does not touch what exists.
 * - P3 Under the lock the new version gets a later time than the one it replaces (V3).
 * - P4 The details of a version exist before it does, and are removed after it was replaced.
 */
export async function publish(object: ObjectPaths, draft: Draft, options: DriverPut): Promise<string> {
  let etag = etagOf(draft.stats);
  writeDetails(object, etag, options);
  let published = false;
  try {
    while (!published) {
      if (options.ifMatch === undefined) {
        published = create(object, draft.path);
        if (published) break;
        if (options.ifNoneMatch) {
          throw new PreconditionFailedError(object.bucket.name, object.key, options, currentEtag(object));
        }
      }
      published = await withLock(object.lock, options.signal, () => {
        const old = statFile(object.file);
        const found = old && etagOf(old);
        if (options.ifMatch !== undefined && found !== options.ifMatch) {
          throw new PreconditionFailedError(object.bucket.name, object.key, options, found);
        }
        // Deleted meanwhile: create it after all.
        if (!old || found === undefined) return false;
        if (draft.stats.mtimeMs <= old.mtimeMs) {
          removeDetails(object, etag);
          etag = etagOf(stamp(draft.fd, old.mtimeMs));
          writeDetails(object, etag, options);
        }
        renameSync(draft.path, object.file);
        removeDetails(object, found);
        return true;
      });
    }
  } finally {
    if (!published) removeDetails(object, etag);
  }
  return etag;
}

/** Links the draft to the object's name; false when there is an object. */
function create(object: ObjectPaths, draft: string): boolean {
  for (let attempt = 0; ; attempt++) {
    try {
      linkSync(draft, object.file);
      unlinkIfThere(draft);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') return false;
      // The directory is not there yet, or was just removed with the last object in it. Each round needs another
      // deletion at the very moment; so many mean that something else is wrong, such as that the draft was removed.
      if (code !== 'ENOENT' || attempt === 100) throw error;
    }
    requireBucket(object.bucket);
    makeDirectories(dirname(object.file));
  }
}

/** The etag of what is there now, for messages and early refusals. */
export function currentEtag(object: ObjectPaths): string | undefined {
  const stats = statFile(object.file);
  return stats && etagOf(stats);
}

/** Flushes the directory of an object, so that its name survives a power cut too. */
export function flushDirectory(object: ObjectPaths): void {
  for (let path = dirname(object.file); path.length >= object.bucket.directory.length; path = dirname(path)) {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
