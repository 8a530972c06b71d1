import { type CopyOptions, constants, type PathLike } from 'node:fs';
import { posix } from 'node:path';
import { eachOf } from './concurrency.ts';
import { makeAbove, makeAll } from './directories.ts';
import { type Call, checkedError, fsError, speakingOf } from './errors.ts';
import { isBelow, type Place } from './paths.ts';
import { requireCapability } from './revise.ts';
import type { Tree } from './tree.ts';

export interface Copying {
  copyFile(source: PathLike, destination: PathLike, mode?: number): Promise<void>;
  cp(source: string | URL, destination: string | URL, options?: CopyOptions): Promise<void>;
}

export function copying(tree: Tree): Copying {
  return {
    async copyFile(source, destination, mode = 0) {
      const { from, to, call } = tree.places(source, destination, 'copyfile');
      await speakingOf(call, () => copyFile(tree, from, to, call, mode), tree.options.signal);
    },

    async cp(source, destination, options = {}) {
      const { from, to, call } = tree.places(source, destination, 'cp');
      if (options.preserveTimestamps) {
        throw fsError('ENOTSUP', call, { why: 'preserveTimestamps: an object is as old as its last write' });
      }
      await speakingOf(
        call,
        async () => {
          if (options.filter && !(await options.filter(from.given, to.given))) return;
          await copyEntry(tree, from, to, options);
        },
        tree.options.signal,
      );
    },
  };
}

async function copyFile(tree: Tree, from: Place, to: Place, call: Call, mode: number): Promise<void> {
  const exclusive = (mode & constants.COPYFILE_EXCL) !== 0;
  if (mode & constants.COPYFILE_FICLONE_FORCE) {
    throw fsError('ENOTSUP', call, { why: 'COPYFILE_FICLONE_FORCE: objects share no blocks' });
  }
  const { kind } = await tree.find(from, call);
  await tree.requireRoom(to, call, exclusive);
  if (kind === 'directory') throw fsError('EISDIR', call);
  if (exclusive) await requireCapability(tree, 'if-none-match', call);
  else if (from.path === to.path) return;
  const condition = exclusive ? ({ ifNoneMatch: '*' } as const) : {};
  await copyObject(tree, from.key, to.key, condition);
}

/** Content, content type and metadata. */
export async function copyObject(
  tree: Tree,
  from: string,
  to: string,
  condition: { readonly ifNoneMatch?: '*' } = {},
): Promise<void> {
  const { bucket } = tree;
  await tree.storage.copyObject({ bucket, key: from }, { bucket, key: to }, { ...tree.wait(), ...condition });
}

/** `cp` of a file or directory that no filter holds back. Its errors are those that Node makes itself, by the same rules. */
async function copyEntry(tree: Tree, from: Place, to: Place, options: CopyOptions): Promise<void> {
  const { recursive = false, force = true, errorOnExist = false } = options;
  const source = await tree.find(from, { syscall: 'lstat', path: from.given });
  const target = await tree.lookup(to, { syscall: 'lstat', path: to.given });
  const refuse = async (
    code: string,
    text: string,
    errno: Parameters<typeof checkedError>[2],
    why: string,
    path = to.given,
  ): Promise<never> => {
    // That the destination cannot be there at all comes first.
    if (!target) await tree.requireNoFileAbove(to, { syscall: 'lstat', path: to.given });
    throw checkedError(code, text, errno, { syscall: 'cp', path }, why);
  };
  if (from.path === to.path) {
    await refuse('ERR_FS_CP_EINVAL', 'Invalid src or dest', 'EINVAL', 'src and dest cannot be the same');
  }
  if (source.kind === 'directory') {
    if (target?.kind === 'file') {
      const why = `cannot overwrite non-directory ${to.given} with directory ${from.given}`;
      await refuse(
        'ERR_FS_CP_DIR_TO_NON_DIR',
        'Cannot overwrite non-directory with directory',
        'EISDIR',
        why,
      );
    }
    if (isBelow(to, from)) {
      const why = `cannot copy ${from.given} to a subdirectory of self ${to.given}`;
      await refuse('ERR_FS_CP_EINVAL', 'Invalid src or dest', 'EINVAL', why);
    }
    if (!recursive) {
      const why = `${from.given} is a directory (not copied)`;
      await refuse('ERR_FS_EISDIR', 'Path is a directory', 'EISDIR', why, from.given);
    }
    return copyDirectory(tree, from, to, options, target === undefined);
  }
  if (target?.kind === 'directory') {
    const why = `cannot overwrite directory ${to.given} with non-directory ${from.given}`;
    await refuse('ERR_FS_CP_NON_DIR_TO_DIR', 'Cannot overwrite directory with non-directory', 'ENOTDIR', why);
  }
  if (target && !force) {
    if (errorOnExist)
      await refuse('ERR_FS_CP_EEXIST', 'Target already exists', 'EEXIST', `${to.given} already exists`);
    return;
  }
  if (!target) await makeAbove(tree, to, { syscall: 'mkdir', path: to.given });
  await tree.requireFilePath(to, { syscall: 'copyfile', path: from.given, dest: to.given }, true);
  await copyObject(tree, from.key, to.key);
}

/** Into a directory that is not there yet, and without a filter, everything goes by one listing. Else name by name. */
async function copyDirectory(
  tree: Tree,
  from: Place,
  to: Place,
  options: CopyOptions,
  fresh: boolean,
): Promise<void> {
  await makeAll(tree, to, { syscall: 'mkdir', path: to.given });
  const { filter } = options;
  if (fresh && !filter) {
    const objects = tree.storage.listObjects(tree.bucket, from.below, tree.wait());
    await eachOf(objects, ({ key }) => copyObject(tree, key, to.below + key.slice(from.below.length)));
    return;
  }
  for await (const { name } of tree.entries(from)) {
    const source = posix.join(from.given, name);
    const destination = posix.join(to.given, name);
    if (filter && !(await filter(source, destination))) continue;
    await copyEntry(tree, tree.place(source, 'cp'), tree.place(destination, 'cp'), options);
  }
}
