import { existsSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { BundleError, type BundleProblem } from '../bundle/error.ts';
import { contentHash, IncludedFile } from './included-file.ts';

/** What travels with code is copied to every machine: more than this belongs into storage. */
export const maxIncludedBytes: number = 256 * 2 ** 20;
/** Each file is an object of its own in storage. */
export const maxIncludedFiles = 1_000;

/**
 * Finds the files that `include` names, relative to the folder of the file that defines the function.
 *
 * @param folder that folder, without symbolic links
 * @throws {BundleError} (rejects) with everything that is wrong with it: no such file, a folder, a glob without a
 * match, an absolute path that is none of the package's, too much.
 */
export async function collectFiles(
  include: readonly string[],
  folder: string,
): Promise<readonly IncludedFile[]> {
  const problems: string[] = [];
  const sources = new Set<string>();
  for (const entry of include) {
    const found = await filesFor(entry, folder);
    if (typeof found === 'string') problems.push(found);
    else for (const file of found) sources.add(file);
  }
  const all = [...sources].map((source) => ({ source, status: statSync(source) }));
  problems.push(...tooMuch(all));
  const [first, ...others] = problems.map(problem);
  if (first !== undefined) throw new BundleError([first, ...others]);
  const files: IncludedFile[] = [];
  for (const { source, status } of all) {
    const name = path.relative(folder, source).replaceAll(path.sep, '/');
    files.push(new IncludedFile(name, source, await contentHash(source, status), status));
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @throws {TypeError} when it is no list of paths and globs. */
export function validInclude(include: readonly string[]): readonly string[] {
  if (!Array.isArray(include))
    throw new TypeError(`include: expected a list of paths and globs, got ${typeof include}`);
  for (const entry of include)
    if (typeof entry !== 'string' || entry === '')
      throw new TypeError(
        `include: expected paths and globs such as 'model.json' or 'assets/**', got ${JSON.stringify(entry)}`,
      );
  return include;
}

/** Absolute paths of the files, or what is wrong. */
async function filesFor(entry: string, folder: string): Promise<string[] | string> {
  const place = path.isAbsolute(entry) ? withoutLinks(entry) : path.join(folder, entry);
  if (path.isAbsolute(entry)) {
    const top = packageFolder(folder);
    if (!place.startsWith(top.endsWith(path.sep) ? top : top + path.sep))
      return (
        `"${entry}" is an absolute path outside of ${top}, where the function is defined. Functions read travelling ` +
        `files beside import.meta.url: name it by its path from ${folder}`
      );
  }
  // A file may be called as a glob is written: "[id].json".
  const status = statSync(place, { throwIfNoEntry: false });
  if (status?.isFile()) return [place];
  if (status?.isDirectory())
    return `"${entry}" is a folder: write "${entry.replace(/\/$/, '')}/**" for all files in it`;
  if (status !== undefined) return `"${entry}" (${place}) is ${kindOf(status)}, and only files can travel`;
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(entry)) return `"${entry}" was looked for as ${place}, and there is no such file`;
  const relative = path.normalize(path.isAbsolute(entry) ? path.relative(folder, place) : entry);
  // `**` is then below the folder that is searched, where it means the same in what is left out.
  const up = /^(?:\.\.\/)*/.exec(relative)![0];
  const found = await glob(relative.slice(up.length), {
    cwd: path.join(folder, up),
    absolute: true,
    expandDirectories: false,
    ignore: entry.includes('node_modules') ? [] : ['**/node_modules/**'],
  });
  if (found.length === 0) return `"${entry}" matches no file, looked for from ${folder}`;
  return found.map((file) => path.normalize(file));
}

function tooMuch(files: readonly { readonly source: string; readonly status: Stats }[]): string[] {
  if (files.length > maxIncludedFiles)
    return [
      `it names ${files.length} files, at most ${maxIncludedFiles} can travel with a function: ` +
        'pack them into one file, or put them into storage',
    ];
  const total = files.reduce((sum, { status }) => sum + status.size, 0);
  if (total <= maxIncludedBytes) return [];
  const largest = files.reduce((a, b) => (b.status.size > a.status.size ? b : a));
  return [
    `its ${files.length === 1 ? 'file has' : `${files.length} files have`} ${mebibytes(total)} together, at most ` +
      `${mebibytes(maxIncludedBytes)} can travel with a function: put large data into storage (the largest ` +
      `is ${largest.source}, ${mebibytes(largest.status.size)})`,
  ];
}

function problem(text: string): BundleProblem {
  return {
    code: 'include',
    text: `include: ${text}`,
    file: undefined,
    line: undefined,
    column: undefined,
    specifier: undefined,
  };
}

/** The bundler names files without symbolic links; an absolute path of the user's may lead through one. */
function withoutLinks(file: string): string {
  const folder = path.dirname(file);
  return existsSync(folder) ? path.join(realpathSync(folder), path.basename(file)) : path.normalize(file);
}

/** The nearest folder upwards that has a package.json; the folder itself where none has. */
function packageFolder(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'package.json'))) return at;
    if (at === path.dirname(at)) return folder;
  }
}

function kindOf(status: Stats): string {
  if (status.isFIFO()) return 'a pipe';
  return status.isSocket() ? 'a socket' : 'a device';
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
