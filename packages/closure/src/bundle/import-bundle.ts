import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BundleExports } from '../captured-code.ts';
import { type LoadableFile, sha256 } from '../include/code-file.ts';
import { LoadError } from './load-error.ts';
import { provideRuntime, shared, withdrawRuntime } from './runtime-table.ts';
import type { External } from './types.ts';

/** A bundle as it arrives at a worker. */
export interface LoadableCode {
  readonly hash: string;
  readonly code: string;
  readonly externals: readonly External[];
  /**
   * Absolute path of the folder that stands for the root script's folder: bundled files see themselves at their
   * places relative to it. Default: the working directory.
   */
  readonly base?: string | undefined;
  /** The files that the code was bundled with. */
  readonly files?: readonly LoadableFile[] | undefined;
}

export interface ImportOptions {
  /**
   * Where the text is kept, as `<hash>.mjs`, for other processes and later ones, and the files that came with it.
   * Without it the text is put in the system's temporary folder for as long as it takes to import it, the files
   * for as long as this process lives.
   */
  readonly directory?: string;
}

/**
 * Imports the text of a bundle, once a process for every (hash, base, externals, home).
 *
 * @param home - absolute path of the folder where bundled files see themselves; `base` unless files came with them
 * @throws {LoadError} (rejects) when the text is not the one that the hash names, or fails to run.
 */
export function importBundle(
  code: LoadableCode,
  options: ImportOptions = {},
  home: string = code.base ?? process.cwd(),
): Promise<BundleExports> {
  const { hash, externals, base = process.cwd() } = code;
  const table = shared();
  table.imports ??= new Map();
  const { imports } = table;
  const key = JSON.stringify([hash, base, externals, home]);
  const known = imports.get(key);
  if (known) return known;
  const promise = importText({ ...code, base, home }, options);
  imports.set(key, promise);
  // What failed may be tried again: a missing package can be installed meanwhile.
  promise.catch(() => imports.delete(key));
  return promise;
}

async function importText(
  { hash, code, externals, base, home }: LoadableCode & { base: string; home: string },
  { directory }: ImportOptions,
): Promise<BundleExports> {
  const actual = sha256(code);
  if (actual !== hash)
    throw new LoadError('corrupt', `the code is damaged: its hash is ${actual}, expected ${hash}`);
  const folder = directory ?? path.join(tmpdir(), `skein-${randomUUID()}`);
  const file = path.join(folder, `${hash}.mjs`);
  // A query of its own: Node remembers failed imports, and one text can be loaded for several bases.
  const url = `${pathToFileURL(file).href}?${randomUUID().slice(0, 8)}`;
  try {
    await place(file, code);
    await provideRuntime(url, { externals, base, home });
    return verified((await import(url)) as Partial<BundleExports>);
  } catch (cause) {
    withdrawRuntime(url);
    if (cause instanceof LoadError) throw cause;
    throw new LoadError('evaluate', `the code could not be loaded: ${describe(cause)}`, { cause });
  } finally {
    if (directory === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the text whole or not at all: other processes load from the same folder. */
async function place(file: string, text: string): Promise<void> {
  const present = await readFile(file, 'utf8').catch(() => undefined);
  if (present === text) return;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function verified({ scripts, references }: Partial<BundleExports>): BundleExports {
  if (!Array.isArray(scripts) || !Array.isArray(references))
    throw new LoadError('evaluate', 'the code is no bundle: it does not export `scripts` and `references`');
  return { scripts, references };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
