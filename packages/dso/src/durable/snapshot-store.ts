/** Where snapshots are kept. Few methods, so that any store of objects fits, in a folder or in a cloud. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './sync-folder.ts';

export interface SnapshotStore {
  /** Resolves when the object is there to stay, whole: nobody ever sees a part of it. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** `undefined`: there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** All keys with a prefix. */
  list(prefix: string): Promise<readonly string[]>;
  /** Also of one that is not there. */
  delete(key: string): Promise<void>;
}

/** Snapshots as files of a folder, which is made when it is not there. */
export function folderStore(folder: string): SnapshotStore {
  const path = (key: string): string => join(folder, key);
  return {
    async put(key, bytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const unfinished = path(`${key}${UNFINISHED}`);
      const file = await open(unfinished, 'w', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path(key));
      await syncFolder(folder);
    },
    async get(key) {
      return readFile(path(key)).catch(unlessMissing);
    },
    async list(prefix) {
      const names = (await readdir(folder).catch(unlessMissing)) ?? [];
      return names.filter((name) => name.startsWith(prefix) && !name.endsWith(UNFINISHED));
    },
    async delete(key) {
      await rm(path(key), { force: true });
      await rm(path(`${key}${UNFINISHED}`), { force: true });
    },
  };
}

const UNFINISHED = '.part';

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
