/** Scratch folders name the process that made them, so that those of dead clients can be told from others. */
import { readFileSync, writeFileSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, ownIdentity, parseIdentity } from '@skein/cloudobject/temporary';

const OWNER = 'owner';

/** Says that the folder is this process's. */
export function claimFolder(path: string): void {
  writeFileSync(join(path, OWNER), `${JSON.stringify(ownIdentity())}\n`, { mode: 0o600 });
}

/** Removes folders of this user whose process is known to be gone, and gives their paths. */
export async function removeScratchFolders(dryRun: boolean): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(tmpdir())) {
    if (!/^skein-[0-9a-f]{16}$/.test(name)) continue;
    const path = join(tmpdir(), name);
    if (!(await isOwn(path)) || ownerLives(path) !== false) continue;
    if (!dryRun) await rm(path, { recursive: true, force: true });
    removed.push(path);
  }
  return removed;
}

/** The temporary folder is everybody's: a link there may lead anywhere, and others' folders are theirs. */
async function isOwn(path: string): Promise<boolean> {
  try {
    const stats = await lstat(path);
    return stats.isDirectory() && (process.getuid === undefined || stats.uid === process.getuid());
  } catch {
    return false; // gone since it was listed
  }
}

/** `undefined` when nobody can tell: a folder that says nothing stays. */
function ownerLives(path: string): boolean | undefined {
  try {
    const owner = parseIdentity(readFileSync(join(path, OWNER), 'utf8'));
    return owner && isAlive(owner);
  } catch {
    return undefined;
  }
}
