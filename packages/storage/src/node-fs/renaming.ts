import type { PathLike } from 'node:fs';
import type { ObjectEntry } from '../driver.ts';
import { eachOf } from './concurrency.ts';
import { copyObject } from './copying.ts';
import { type Call, fsError, speakingOf } from './errors.ts';
import { isBelow, isRoot, type Place } from './paths.ts';
import { contended } from './revise.ts';
import { type Tree, unlessCode } from './tree.ts';

/**
 * Renaming is copying and then deleting; readers may see both names for a while, and who is killed in between leaves both.
 * What was written to the old name after it was copied is copied again before the old name is deleted.
 */
export async function rename(tree: Tree, oldPath: PathLike, newPath: PathLike): Promise<void> {
  const { from, to, call } = tree.places(oldPath, newPath, 'rename');
  await speakingOf(
    call,
    async () => {
      if (isRoot(from) || isRoot(to)) throw fsError('EBUSY', call, { why: 'the root stays where it is' });
      // That a file is not a directory, as its path says, comes after what is wrong with the directories around.
      const source = await tree.lookup({ ...from, asDirectory: false }, call);
      if (!source) await tree.requireParent(from, call);
      await tree.requireParent(to, call);
      if (!source) throw fsError('ENOENT', call);
      if (source.kind === 'file') await renameFile(tree, from, to, source.info.etag, call);
      else await renameDirectory(tree, from, to, call);
    },
    tree.options.signal,
  );
}

async function renameFile(tree: Tree, from: Place, to: Place, etag: string, call: Call): Promise<void> {
  if (from.asDirectory || to.asDirectory) throw fsError('ENOTDIR', call);
  if (isBelow(to, from)) throw fsError('ENOTDIR', call);
  if (isBelow(from, to)) throw fsError('ENOTEMPTY', call);
  if (from.path === to.path) return;
  if (await tree.firstBelow(to)) throw fsError('EISDIR', call);
  await move(tree, from.key, to.key, etag, call);
}

/** Copies until what is there is what was copied, then deletes. */
async function move(tree: Tree, from: string, to: string, etag: string, call: Call): Promise<void> {
  const until = performance.now() + tree.options.patienceMs;
  for (let before = etag; ; ) {
    await copyObject(tree, from, to);
    const { etag: after } = await tree.storage.headObject(tree.bucket, from, tree.wait());
    if (after === before) break;
    if (performance.now() > until) throw contended(tree, call, undefined);
    before = after;
  }
  await tree.storage.deleteObject(tree.bucket, from, tree.wait());
}

/** All is copied before anything is deleted: a failure leaves the old directory whole. */
async function renameDirectory(tree: Tree, from: Place, to: Place, call: Call): Promise<void> {
  if (isBelow(to, from)) throw fsError('EINVAL', call);
  if (isBelow(from, to)) throw fsError('ENOTEMPTY', call);
  if (from.path === to.path) return;
  if (await tree.head(to)) throw fsError('ENOTDIR', call);
  if ((await tree.contentOf(to)) === 'occupied') throw fsError('ENOTEMPTY', call);
  const list = (): AsyncIterable<ObjectEntry> =>
    tree.storage.listObjects(tree.bucket, from.below, tree.wait());
  const target = (key: string): string => to.below + key.slice(from.below.length);
  const copied = new Map<string, string>();
  await eachOf(list(), async ({ key, etag }) => {
    // What is deleted meanwhile is not there to be moved.
    await unlessCode(copyObject(tree, key, target(key)), 'no-such-key');
    copied.set(key, etag);
  });
  await eachOf(list(), async ({ key }) => {
    const info = await unlessCode(tree.storage.headObject(tree.bucket, key, tree.wait()), 'no-such-key');
    if (info && copied.get(key) !== info.etag) await move(tree, key, target(key), info.etag, call);
    else if (info) await tree.storage.deleteObject(tree.bucket, key, tree.wait());
  });
}
