import { type BigIntStats, constants, type PathLike, type StatOptions, type Stats } from 'node:fs';
import { encodingOf, inEncoding } from './content.ts';
import { type Call, fsError, speakingOf } from './errors.ts';
import { type Place, pathText } from './paths.ts';
import { statsOf } from './stats.ts';
import type { Found, Tree } from './tree.ts';

/** What is there, and of what kind. */
export interface Queries {
  stat(path: PathLike, options?: StatOptions): Promise<Stats | BigIntStats>;
  lstat(path: PathLike, options?: StatOptions): Promise<Stats | BigIntStats>;
  access(path: PathLike, mode?: number): Promise<void>;
  /** Whether a file or directory is there. Rejects when that cannot be found out: a store that does not answer is no 'no'. */
  exists(path: PathLike): Promise<boolean>;
  realpath(path: PathLike, options?: unknown): Promise<string | Buffer>;
  readlink(path: PathLike): Promise<never>;
}

export function queries(tree: Tree): Queries {
  const find = async (
    path: PathLike,
    syscall: string,
  ): Promise<{ found: Found; place: Place; call: Call }> => {
    const call = { syscall, path: pathText(path) };
    const place = tree.place(path, syscall);
    const found = await speakingOf(call, () => tree.find(place, call), tree.options.signal);
    return { found, place, call };
  };

  return {
    async stat(path, options) {
      return statsOf((await find(path, 'stat')).found, options);
    },

    async lstat(path, options) {
      return statsOf((await find(path, 'lstat')).found, options);
    },

    async access(path, mode = constants.F_OK) {
      const { found, call } = await find(path, 'access');
      if (mode & constants.X_OK && found.kind === 'file') throw fsError('EACCES', call);
    },

    async exists(path) {
      const call = { syscall: 'stat', path: pathText(path) };
      if (call.path === '') return false;
      const place = tree.place(path, call.syscall);
      return speakingOf(
        call,
        async () => {
          if (await tree.head(place)) return !place.asDirectory;
          return (await tree.lookupDirectory(place)) !== undefined;
        },
        tree.options.signal,
      );
    },

    async realpath(path, options) {
      const encoding = encodingOf(options);
      return inEncoding((await find(path, 'realpath')).place.path, encoding);
    },

    async readlink(path) {
      const { call } = await find(path, 'readlink');
      throw fsError('EINVAL', call, { why: 'it is no link, as nothing in a bucket is' });
    },
  };
}
