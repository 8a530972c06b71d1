import { closeSync, fsyncSync, openSync } from 'node:fs';

/** What was made, renamed or cut in it is there to stay. Also for a file. */
export function syncFolder(path: string): void {
  // Windows opens no folders, and needs it not.
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
