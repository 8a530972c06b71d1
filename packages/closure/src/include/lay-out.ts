/** Puts the files that came with code where the code looks for them. Light: part of what a worker loads. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { access, copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { canonical } from '../bundle/canonical.ts';
import { LoadError } from '../bundle/load-error.ts';
import { filesDigest, filesOf, type LoadableFile, sha256 } from './code-file.ts';

interface CodeWithFiles {
  readonly code: string;
  readonly files: readonly LoadableFile[];
  /** Absolute path of the root script's folder at home. */
  readonly base: string;
}

/** How many files are read at a time. */
const reading = 8;

/**
 * Lays the files out and gives the folder that stands for the root script's: paths from it lead to the files as
 * they do at home. Processes that name the same `directory` share one copy, which is read-only for that reason.
 * Without a directory the copy is this process's own and goes when it exits.
 *
 * @throws {LoadError} (rejects) when these are not the files that the code was bundled with.
 */
export async function layOut(
  { code, files, base }: CodeWithFiles,
  directory: string | undefined,
): Promise<string> {
  const digest = checkedDigest(code, files);
  const up = Math.max(...files.map(({ path: file }) => levelsUp(file)));
  const levels = levelsOf(base, up);
  const name = `files-${sha256(JSON.stringify([digest, levels])).slice(0, 32)}`;
  const folder = path.join(directory ?? ownFolder(), name);
  const home = path.join(folder, ...levels);
  if (await exists(folder)) return home;
  const draft = `${folder}.${randomUUID().slice(0, 8)}`;
  try {
    await fill(draft, path.join(draft, ...levels), files);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster: a folder appears whole or not at all, so its copy is as good.
    if (!(await exists(folder))) throw error;
  }
  return home;
}

function checkedDigest(code: string, files: readonly LoadableFile[]): string {
  const expected = filesOf(code);
  const digest = filesDigest(files);
  if (expected?.digest === digest) return digest;
  throw new LoadError(
    'corrupt',
    expected === undefined
      ? `the code came with ${files.length} files, and was bundled without any`
      : `the code was bundled with ${expected.count} files (include); these ${files.length} are not they`,
  );
}

/** The code is of no use without its files: it would read those of another place, or none. */
export function checkNoFilesMissing(code: string): void {
  const expected = filesOf(code);
  if (expected !== undefined)
    throw new LoadError(
      'corrupt',
      `the code was bundled with ${expected.count} files (include) and came without them: pass \`files\` of the bundle too`,
    );
}

async function fill(folder: string, home: string, files: readonly LoadableFile[]): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const waiting = [...files];
  const work = async (): Promise<void> => {
    try {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
        await put(folder, home, file);
    } catch (error) {
      waiting.length = 0;
      throw error;
    }
  };
  // All have stopped before a failure is told: the draft is removed then.
  const ends = await Promise.allSettled(Array.from({ length: Math.min(reading, files.length) }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  // In the text of a bundle, what lies inside a package names itself without the way to the package.
  for (const { path: file } of files) {
    const alias = path.join(home, canonical(file));
    if (await exists(alias)) continue;
    await mkdir(path.dirname(alias), { recursive: true, mode: 0o700 });
    const original = path.join(home, file);
    await link(original, alias).catch(() => copyFile(original, alias));
  }
}

async function put(folder: string, home: string, file: LoadableFile): Promise<void> {
  const target = path.join(home, file.path);
  if (!target.startsWith(folder + path.sep))
    throw new LoadError('corrupt', `the included file ${file.path} would lie outside of its folder`);
  const bytes = await file.read();
  const actual = sha256(bytes);
  if (actual !== file.hash)
    throw new LoadError(
      'corrupt',
      `the included file ${file.path} is damaged: its hash is ${actual}, expected ${file.hash}`,
    );
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  await writeFile(target, bytes, { mode: file.executable ? 0o555 : 0o444 });
}

function levelsUp(file: string): number {
  return /^(?:\.\.\/)*/.exec(file)![0].length / '../'.length;
}

/** The names of the folders that are left by `../`: the code may come back into one by its name. */
function levelsOf(base: string, count: number): string[] {
  if (count === 0) return [];
  const names = base.split(/[\\/]/).filter((name) => name !== '' && !name.endsWith(':'));
  const last = names.slice(-count);
  return [...Array.from({ length: count - last.length }, () => '_'), ...last];
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

let own: string | undefined;

function ownFolder(): string {
  if (own === undefined) {
    const folder = path.join(tmpdir(), `skein-files-${randomUUID()}`);
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    own = folder;
  }
  return own;
}
