import type { PathLike, RmDirOptions, RmOptions } from 'node:fs';
import { type Call, checkedError, fsError, speakingOf } from './errors.ts';
import { isRoot, type Place, pathText } from './paths.ts';
import type { Tree } from './tree.ts';

/** Keys deleted by one request. */
const BATCH = 1000;

export interface Removal {
  unlink(path: PathLike): Promise<void>;
  rmdir(path: PathLike, options?: RmDirOptions): Promise<void>;
  rm(path: PathLike, options?: RmOptions): Promise<void>;
}

export function removal(tree: Tree): Removal {
  const at = (
    syscall: string,
    path: PathLike,
    operation: (place: Place, call: Call & { readonly path: string }) => Promise<void>,
  ): Promise<void> => {
    const call = { syscall, path: pathText(path) };
    const place = tree.place(path, syscall);
    return speakingOf(call, () => operation(place, call), tree.options.signal);
  };

  return {
    async unlink(path) {
      await at('unlink', path, async (place, call) => {
        const { kind } = await tree.find(place, call);
        if (kind === 'directory') throw fsError('EISDIR', call);
        await tree.storage.deleteObject(tree.bucket, place.key, tree.wait());
      });
    },

    async rmdir(path, { recursive = false } = {}) {
      await at('rmdir', path, async (place, call) => {
        if (isRoot(place)) throw fsError('EBUSY', call, { why: 'the root stays' });
        if (await tree.head(place)) throw fsError('ENOTDIR', call);
        const content = await tree.contentOf(place);
        if (content === 'absent') await tree.missing(place, call);
        if (content === 'occupied' && !recursive) throw fsError('ENOTEMPTY', call);
        if (recursive) await removeBelow(tree, place);
        else await tree.storage.deleteObject(tree.bucket, place.below, tree.wait());
      });
    },

    async rm(path, { recursive = false, force = false } = {}) {
      await at('rm', path, async (place, call) => {
        if (isRoot(place)) throw fsError('EBUSY', call, { why: 'the root stays' });
        const found = await tree.lookup(place, call);
        if (!found) {
          const missing = await tree.missing(place, call).catch((error: NodeJS.ErrnoException) => error);
          if (force && missing.code === 'ENOENT') return;
          throw missing;
        }
        if (found.kind === 'file') return tree.storage.deleteObject(tree.bucket, place.key, tree.wait());
        if (!recursive) {
          throw checkedError('ERR_FS_EISDIR', 'Path is a directory', 'EISDIR', call, 'is a directory');
        }
        return removeBelow(tree, place);
      });
    },
  };
}

/** Deletes what is below a directory while it is listed, and its marker. What is written meanwhile may stay. */
async function removeBelow(tree: Tree, place: Place): Promise<void> {
  let keys: string[] = [];
  const flush = async (): Promise<void> => {
    await tree.storage.deleteObjects(tree.bucket, keys, tree.wait());
    keys = [];
  };
  for await (const { key } of tree.storage.listObjects(tree.bucket, place.below, tree.wait())) {
    keys.push(key);
    if (keys.length === BATCH) await flush();
  }
  await flush();
}
