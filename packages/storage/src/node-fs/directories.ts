import type { Dirent, MakeDirectoryOptions, PathLike } from 'node:fs';
import { posix } from 'node:path';
import { StorageError } from '../errors.ts';
import { encodingOf, inEncoding } from './content.ts';
import { ObjectDir } from './dir.ts';
import { type Call, fsError, speakingOf, wrongType } from './errors.ts';
import { directoriesAbove, isRoot, type Place, pathText } from './paths.ts';
import { ObjectDirent } from './stats.ts';
import type { Entry, Tree } from './tree.ts';

interface ListingOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  readonly withFileTypes?: boolean | undefined;
  readonly recursive?: boolean | undefined;
}

type Options = ListingOptions | BufferEncoding | 'buffer' | null;

export interface DirectoryOperations {
  readdir(path: PathLike, options?: Options): Promise<(string | Buffer)[] | Dirent<string | Buffer>[]>;
  opendir(path: PathLike, options?: { readonly recursive?: boolean }): Promise<ObjectDir>;
  mkdir(path: PathLike, options?: number | string | MakeDirectoryOptions | null): Promise<string | undefined>;
  mkdtemp(prefix: string, options?: unknown): Promise<string | Buffer>;
}

export function directoryOperations(tree: Tree): DirectoryOperations {
  const mkdir: DirectoryOperations['mkdir'] = async (path, options) => {
    const call = { syscall: 'mkdir', path: pathText(path) };
    const place = tree.place(path, 'mkdir');
    const all = typeof options === 'object' && options?.recursive === true;
    return speakingOf(
      call,
      async () => {
        if (all) return makeAll(tree, place, call);
        await makeOne(tree, place, call);
        return undefined;
      },
      tree.options.signal,
    );
  };

  return {
    async readdir(path, options) {
      const encoding = encodingOf(options);
      const { withFileTypes = false, recursive = false } = typeof options === 'object' ? (options ?? {}) : {};
      const call = { syscall: 'scandir', path: pathText(path) };
      const place = tree.place(path, 'scandir');
      const found: Entry[] = [];
      await speakingOf(
        call,
        async () => {
          for await (const entry of names(tree, place, call, recursive)) found.push(entry);
        },
        tree.options.signal,
      );
      if (!withFileTypes) return found.map(({ name }) => inEncoding(name, encoding));
      return found.map(({ name, kind }) => {
        const { base, parent } = locate(call.path, name);
        return new ObjectDirent(inEncoding(base, encoding), parent, kind);
      });
    },

    async opendir(path, { recursive = false } = {}) {
      const call = { syscall: 'opendir', path: pathText(path) };
      const place = tree.place(path, 'opendir');
      const entries = names(tree, place, call, recursive);
      // What is wrong with the path is said now, and not by the first read.
      const first = await speakingOf(call, () => entries.next(), tree.options.signal);
      async function* dirents(): AsyncGenerator<Dirent> {
        try {
          for (let next = first; !next.done; next = await speakingOf(call, () => entries.next())) {
            const { base, parent } = locate(call.path, next.value.name);
            yield new ObjectDirent(base, parent, next.value.kind);
          }
        } finally {
          await entries.return(undefined);
        }
      }
      return new ObjectDir(call.path, dirents());
    },

    mkdir,

    async mkdtemp(prefix, options) {
      if (typeof prefix !== 'string') throw wrongType('prefix', 'of type string', prefix);
      const encoding = encodingOf(options);
      for (;;) {
        const path =
          prefix +
          Buffer.from(crypto.getRandomValues(new Uint8Array(6)))
            .toString('base64url')
            .slice(0, 6);
        const call = { syscall: 'mkdtemp', path };
        try {
          await speakingOf(call, () => makeOne(tree, tree.place(path, 'mkdtemp'), call), tree.options.signal);
          return inEncoding(path, encoding);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
      }
    },
  };
}

/** The marker that keeps a directory (T2). Who makes it second learns so where the driver has conditions. */
export async function makeMarker(tree: Tree, place: Place): Promise<void> {
  const condition = (await tree.supports('if-none-match')) ? ({ ifNoneMatch: '*' } as const) : {};
  await tree.storage.putObject(tree.bucket, place.below, '', { ...tree.wait(), ...condition });
}

/** Makes a directory and those that it is in. Says which was the first that was missing. */
export async function makeAll(tree: Tree, place: Place, call: Call): Promise<string | undefined> {
  if (isRoot(place)) return undefined;
  return makeMissing(tree, place, call, [place, ...directoriesAbove(place, tree.options.prefix)]);
}

/** Makes the directories that a place is in. */
export async function makeAbove(tree: Tree, place: Place, call: Call): Promise<void> {
  await makeMissing(tree, place, call, directoriesAbove(place, tree.options.prefix));
}

async function makeMissing(
  tree: Tree,
  place: Place,
  call: Call,
  upwards: readonly Place[],
): Promise<string | undefined> {
  const missing: Place[] = [];
  for (const one of upwards) {
    if (await tree.isDirectory(one)) break;
    if (await tree.head(one)) throw fsError(one === place && !place.asDirectory ? 'EEXIST' : 'ENOTDIR', call);
    missing.unshift(one);
  }
  for (const one of missing) {
    try {
      await makeMarker(tree, one);
    } catch (error) {
      // Made by another meanwhile, as was asked.
      if (!(error instanceof StorageError && error.code === 'precondition-failed')) throw error;
    }
  }
  const [first] = missing;
  return first && (place.given.startsWith('/') ? first.path : first.path.slice(1));
}

async function makeOne(tree: Tree, place: Place, call: Call): Promise<void> {
  if (isRoot(place)) throw fsError('EEXIST', call);
  const [, file, directory] = await Promise.all([
    tree.requireParent(place, call),
    tree.head(place),
    tree.firstBelow(place),
  ]);
  if (file || directory) throw fsError('EEXIST', call);
  await makeMarker(tree, place);
}

/** The names in a directory; one that is empty has at least its marker. */
async function* names(tree: Tree, place: Place, call: Call, recursive: boolean): AsyncGenerator<Entry> {
  let any = false;
  for await (const entry of recursive ? tree.descendants(place) : tree.entries(place)) {
    any = true;
    yield entry;
  }
  if (any || isRoot(place)) return;
  const found = await tree.find(place, call);
  if (found.kind === 'file') throw fsError('ENOTDIR', call);
}

/** A name in a directory, and the directory that it is in as the caller would write it. */
function locate(path: string, name: string): { readonly base: string; readonly parent: string } {
  const slash = name.lastIndexOf('/');
  if (slash < 0) return { base: name, parent: path };
  return { base: name.slice(slash + 1), parent: posix.join(path, name.slice(0, slash)) };
}
