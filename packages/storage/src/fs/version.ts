import { fstatSync, futimesSync, type Stats, statSync } from 'node:fs';
import { codeOf } from './owner.ts';

/**
 * Versions of objects on disk.
 *
 * - V1 An object is a plain file with the object's bytes and nothing else; its etag is made of inode, time and size.
 * - V2 The time is set by the writer to the microsecond, because the kernel's own clock for files ticks only every few
 *   milliseconds, within which a file may be replaced twice and an inode used again.
 * - V3 What replaces a version is later than it (see `publish.ts`). While it is written both exist, so that the inodes
 *   differ; hence no etag comes back while an object lives.
 */
export function etagOf(stats: Stats): string {
  return `${stats.ino.toString(36)}-${Math.round(stats.mtimeMs * 1000).toString(36)}-${stats.size.toString(36)}`;
}

/** Gives an open file its time, later than `after` (V3), and returns what it is now. */
export function stamp(fd: number, after = 0): Stats {
  // The date to the millisecond, with microseconds that only serve to tell versions apart.
  let time = Math.max(Date.now() + (performance.now() % 1), after + 0.002);
  for (;;) {
    futimesSync(fd, time / 1000, time / 1000);
    const stats = fstatSync(fd);
    if (stats.mtimeMs > after) return stats;
    // A file system with coarser times rounds down.
    time += 1000;
  }
}

/** What is at a path; undefined when nothing is, also because a file of someone else stands where a directory should. */
export function statFile(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
