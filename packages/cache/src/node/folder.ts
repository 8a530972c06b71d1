/** Where the processes of a machine keep what they share. */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CacheError } from '../errors.ts';
import { ifThere } from './files.ts';

export interface NodeFolder {
  /** Logs; the others lie below. */
  readonly folder: string;
  readonly entries: string;
  readonly leases: string;
  /** Entries that are being written. */
  readonly drafts: string;
  /** Small files that are about to be linked. */
  readonly temporary: string;
  /** A file for each who has the namespace open, of which the name tells the process. */
  readonly users: string;
}

/** As the environment says, else in memory that is a file system, where there is one, else in the system's folder for temporary files. */
export function defaultDirectory(): string {
  const told = process.env['SKEIN_CACHE_DIRECTORY'];
  if (told) return resolve(told);
  const root = ifThere(() => lstatSync('/dev/shm').isDirectory()) === true ? '/dev/shm' : tmpdir();
  return join(root, `skein-cache-${process.getuid?.() ?? 'user'}`);
}

/** Names the folders of a namespace. Readable, as far as its text can be a file's name; the hash tells namespaces apart. */
export function foldersOf(directory: string, namespace: string): NodeFolder {
  const slug = namespace.replaceAll(/[^\w.-]+/g, '-').slice(0, 40);
  const folder = join(directory, `${slug}-${nameOf(namespace).slice(0, 16)}`);
  return {
    folder,
    entries: join(folder, 'entries'),
    leases: join(folder, 'leases'),
    drafts: join(folder, 'drafts'),
    temporary: join(folder, 'temporary'),
    users: join(folder, 'users'),
  };
}

/** The name of the files of a key. */
export function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40);
}

/**
 * Makes them, for this user alone: values are read back as code and objects of this program, so that nobody else may put any there.
 *
 * @throws {CacheError} where the directory is somebody else's
 */
export function makeFolders(
  directory: string,
  { entries, leases, drafts, temporary, users }: NodeFolder,
): void {
  for (const folder of [entries, leases, drafts, temporary, users])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(directory);
  const own = process.getuid?.();
  if (own === undefined) return; // the system has no such users
  if (uid !== own)
    throw new CacheError('unsupported', `the folder ${directory} belongs to another user (${uid})`);
  if ((mode & 0o022) !== 0) chmodSync(directory, 0o700);
}
