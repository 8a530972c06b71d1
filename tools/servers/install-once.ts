/** Work that many processes may ask for and one should do, such as a build of minutes. */
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How often the one who works shows that it lives, and when others take it for dead: it may have been killed. */
const BEAT_MS = 2_000;
const DEAD_MS = 15_000;

/**
 * Makes `folder`, unless it is there. `make` fills another one, which then gets that name: what is there under the
 * right name is whole. A second process that asks meanwhile waits for the first one.
 */
export async function installOnce(folder: string, make: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const unlock = await lock(`${folder}.lock`);
  try {
    if (await exists(folder)) return;
    await removeDrafts(folder);
    const draft = await mkdtemp(`${folder}.draft-`);
    try {
      await make(draft);
      await rename(draft, folder);
    } catch (error) {
      // The lock spares work, and no more: one whose machine slept too long has lost it, and may find the work done.
      if (!(await exists(folder))) throw error;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  } finally {
    await unlock();
  }
}

/** What processes that were killed have left. */
async function removeDrafts(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${basename(folder)}.draft-`))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** @returns what unlocks it */
async function lock(file: string): Promise<() => Promise<void>> {
  while (!(await take(file))) {
    const { mtimeMs = 0 } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > DEAD_MS) await rm(file, { force: true });
    // The file system tells nobody of another process's end.
    else await delay(100);
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, BEAT_MS);
  return async () => {
    clearInterval(beat);
    await rm(file, { force: true });
  };
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
