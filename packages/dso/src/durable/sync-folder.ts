import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

// Windows opens no folders, and needs it not.
const isNeeded = process.platform !== 'win32';

/** What was made, renamed or cut in it is there to stay. Also for a file. */
export function syncFolderNow(path: string): void {
  if (!isNeeded) return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The same while a node serves: a disk that is busy takes seconds, in which it would be silent. */
export async function syncFolder(path: string): Promise<void> {
  if (!isNeeded) return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
