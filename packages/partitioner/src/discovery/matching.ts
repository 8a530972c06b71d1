import { type Dirent, readdir } from 'node:fs';
import { codeOf } from '../errors.ts';
import { fileError } from '../source/file-source.ts';
import { literalFolder } from './glob.ts';

/**
 * Paths that match a pattern, in their order. Links are among them, and are not followed.
 *
 * @throws {PartitionError} `unreadable`, where a folder that may have some cannot be read
 */
export async function matching(pattern: string, signal: AbortSignal): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  const literal = literalFolder(pattern);
  const folders = new Folders();
  const paths = await glob(pattern.slice(literal.length), {
    cwd: literal,
    absolute: true,
    expandDirectories: false,
    followSymbolicLinks: false,
    signal,
    fs: { readdir: folders.read as typeof readdir },
  });
  if (folders.failure !== undefined) throw folders.failure;
  return paths.sort();
}

/** Folders as `node:fs` reads them, but for what tinyglobby passes over: links, and what cannot be read. */
class Folders {
  /** The first one. What has gone meanwhile, or was never there, is none. */
  failure: Error | undefined;

  readonly read = (
    path: string,
    options: { readonly withFileTypes: true },
    done: (error: Error | null, entries: Dirent[]) => void,
  ): void => {
    readdir(path, options, (error, entries) => {
      const code = codeOf(error);
      if (error && code !== 'ENOENT' && code !== 'ENOTDIR') this.failure ??= fileError(path, error);
      done(error, error ? [] : entries.map(linkAsFile));
    });
  };
}

/** What it leads to is looked at with all other files. */
function linkAsFile(entry: Dirent): Dirent {
  if (!entry.isSymbolicLink()) return entry;
  return Object.assign(Object.create(entry) as Dirent, { isFile: () => true, isSymbolicLink: () => false });
}
