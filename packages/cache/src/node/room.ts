/** Makes room: removes what has expired, then what was not read for longest, whoever wrote it. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ifThere, ownerOf } from './files.ts';
import type { NodeFolder } from './folder.ts';
import { isAlive } from './process-identity.ts';

/** Nobody writes an entry for so long, in a container whose processes cannot be seen. */
const FORSAKEN_MS = 3_600_000;

interface EntryFile {
  readonly path: string;
  readonly bytes: number;
  readonly readAt: number;
  readonly expiresAt: number;
}

export interface Room {
  /** That are there now, with those that are being written. */
  readonly bytes: number;
  readonly evictions: number;
}

/** Brings the bytes down to `target`, as far as entries can be removed for it. */
export function makeRoom({ entries, drafts }: NodeFolder, target: number): Room {
  // Drafts first: one that is published meanwhile is counted twice rather than not at all.
  let bytes = draftBytes(drafts);
  const files = readdirSync(entries).flatMap((name) => entryFile(join(entries, name)) ?? []);
  for (const file of files) bytes += file.bytes;
  const now = Date.now();
  const isExpired = ({ expiresAt }: EntryFile): boolean => expiresAt <= now;
  files.sort((a, b) => Number(isExpired(b)) - Number(isExpired(a)) || a.readAt - b.readAt);
  let evictions = 0;
  for (const file of files) {
    const expired = isExpired(file);
    if (!expired && bytes <= target) break;
    rmSync(file.path, { force: true }); // who reads it has it open, and reads on
    bytes -= file.bytes;
    if (!expired) evictions++;
  }
  return { bytes, evictions };
}

/** Of drafts of those who live; those of the dead are removed. */
function draftBytes(drafts: string): number {
  let bytes = 0;
  for (const name of readdirSync(drafts)) {
    const path = join(drafts, name);
    const stats = ifThere(() => statSync(path));
    if (stats === undefined) continue;
    const owner = ownerOf(name);
    const isDead = owner === undefined ? Date.now() - stats.mtimeMs > FORSAKEN_MS : isAlive(owner) === false;
    if (isDead) rmSync(path, { force: true });
    else bytes += stats.size;
  }
  return bytes;
}

function entryFile(path: string): EntryFile | undefined {
  const stats = ifThere(() => statSync(path));
  return stats && { path, bytes: stats.size, readAt: stats.atimeMs, expiresAt: stats.mtimeMs };
}
