import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalFile } from '../data-object.ts';
import { badArgument, codeOf } from '../errors.ts';
import { inLists, mapInOrder } from '../in-order.ts';
import { fileError, versionOf } from '../source/file-source.ts';
import { isGlob } from './glob.ts';
import { LIST } from './input.ts';
import { matching } from './matching.ts';
import { noMatch } from './no-match.ts';

/** Files that are looked at together. */
const WIDTH = 16;

/**
 * The files of this machine that a path names, in lists: one, those below a folder, or those that match. What is hidden (its name begins
 * with a dot) is found only by its name; links to folders are not followed, for they may lead around in circles.
 */
export async function* inFiles(
  path: string,
  shown: string,
  signal: AbortSignal,
): AsyncGenerator<readonly LocalFile[], void, undefined> {
  let found = false;
  for await (const list of inLists(named(path, shown, signal), LIST)) {
    found = true;
    yield list;
  }
  if (!found) throw noMatch(shown, isGlob(path) ? 'there are no such files' : 'the folder has no files');
}

async function* named(
  path: string,
  shown: string,
  signal: AbortSignal,
): AsyncGenerator<LocalFile, void, undefined> {
  const stats = await look(path);
  if (stats === undefined) {
    if (!isGlob(path)) throw noMatch(shown, `there is no file or folder ${path}`);
    yield* described(each(await matching(path, signal)));
  } else if (stats.isDirectory()) yield* described(below(path, signal));
  else if (stats.isFile()) yield fileOf(path, stats);
  else throw badArgument('an input', 'a file or a folder', path);
}

/** Undefined when nothing is there. */
async function look(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fileError(path, error);
  }
}

function fileOf(path: string, stats: BigIntStats): LocalFile {
  return { kind: 'file', path, size: Number(stats.size), etag: versionOf(stats) };
}

/** Files by their paths; what has gone meanwhile, or is neither file nor folder, is left out. */
async function* described(paths: AsyncIterable<string>): AsyncGenerator<LocalFile, void, undefined> {
  const looked = mapInOrder(paths, async (path) => ({ path, stats: await look(path) }), WIDTH);
  for await (const { path, stats } of looked) if (stats?.isFile()) yield fileOf(path, stats);
}

async function* each(paths: readonly string[]): AsyncGenerator<string, void, undefined> {
  yield* paths;
}

/** Paths below a folder, in the order of names, folder by folder. */
async function* below(folder: string, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  signal.throwIfAborted();
  for (const entry of await entriesOf(folder)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* below(path, signal);
    else yield path;
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw fileError(folder, error);
  }
}
