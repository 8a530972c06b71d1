import type { PathLike } from 'node:fs';
import { fsError } from './errors.ts';
import { pathText } from './paths.ts';

/** What no object store can do, and why: such a call fails, it never seems to work. */
const REASONS = {
  chmod: 'objects have no permissions',
  lchmod: 'objects have no permissions',
  fchmod: 'objects have no permissions',
  chown: 'objects have no owner',
  lchown: 'objects have no owner',
  fchown: 'objects have no owner',
  utime: 'an object is as old as its last write',
  lutime: 'an object is as old as its last write',
  futime: 'an object is as old as its last write',
  link: 'an object has one key; copyFile makes a second object',
  symlink: 'objects cannot point to others; copyFile makes a second object',
  statfs: 'a bucket has no size of its own',
  watch: 'object stores tell nobody of changes; list again, or tell each other by a shared object',
} as const;

/** Throws for what is not supported. */
export function refuse(syscall: keyof typeof REASONS, path?: string, dest?: string): never {
  throw fsError('ENOTSUP', { syscall, path, dest }, { why: REASONS[syscall] });
}

/** The operations that are there only to say why they are not. */
export interface Refusals {
  chmod(path: PathLike): Promise<never>;
  lchmod(path: PathLike): Promise<never>;
  chown(path: PathLike): Promise<never>;
  lchown(path: PathLike): Promise<never>;
  utimes(path: PathLike): Promise<never>;
  lutimes(path: PathLike): Promise<never>;
  link(existing: PathLike, path: PathLike): Promise<never>;
  symlink(target: PathLike, path: PathLike): Promise<never>;
  statfs(path: PathLike): Promise<never>;
  watch(path: PathLike): never;
}

const ofPath =
  (syscall: keyof typeof REASONS) =>
  async (path: PathLike): Promise<never> =>
    refuse(syscall, pathText(path));
const ofTwo =
  (syscall: keyof typeof REASONS) =>
  async (path: PathLike, dest: PathLike): Promise<never> =>
    refuse(syscall, pathText(path), pathText(dest, 'dest'));

export const refusals: Refusals = {
  chmod: ofPath('chmod'),
  lchmod: ofPath('lchmod'),
  chown: ofPath('chown'),
  lchown: ofPath('lchown'),
  utimes: ofPath('utime'),
  lutimes: ofPath('lutime'),
  link: ofTwo('link'),
  symlink: ofTwo('symlink'),
  statfs: ofPath('statfs'),
  watch: (path) => refuse('watch', pathText(path)),
};
