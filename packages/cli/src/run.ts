import { readdirSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { processTotals, summaryLine } from './summary.ts';
import { UsageError } from './usage-error.ts';

const extensions = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs'];

/**
 * Runs a program in this process, as `node file` would: its arguments, exit code, signals and uncaught errors
 * are simply the process's own, and nothing is left when the process is killed. A child process would have to
 * forward all of them, and would outlive a SIGKILL.
 */
export async function run(file: string, args: readonly string[], options: { quiet: boolean }): Promise<void> {
  const path = resolve(file);
  await checkProgram(file, path);

  await understandTypeScript();
  if (!options.quiet) {
    process.on('exit', () => process.stderr.write(`${summaryLine(processTotals())}\n`));
  }
  process.argv.splice(1, Infinity, path, ...args);
  await import(pathToFileURL(path).href);
}

async function checkProgram(file: string, path: string): Promise<void> {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) {
    throw new UsageError(`cannot run '${file}': no such file${await hint(path)}`);
  }
  if (!entry.isFile()) {
    throw new UsageError(
      `cannot run '${file}': expected a program, found ${entry.isDirectory() ? 'a directory' : 'a special file'}`,
    );
  }
  if (!extensions.includes(extname(path))) {
    throw new UsageError(`cannot run '${file}': expected one of ${extensions.join(', ')}`);
  }
}

async function hint(path: string): Promise<string> {
  let neighbours: string[];
  try {
    neighbours = readdirSync(dirname(path)).filter((name) => extensions.includes(extname(name)));
  } catch {
    // The folder itself is not there: "no such file" says enough.
    return '';
  }
  const name = basename(path);
  const extended = extensions
    .map((extension) => name + extension)
    .find((other) => neighbours.includes(other));
  // Loaded only here: a program that is found needs no suggestion.
  const meant = extended ?? (await import('@skein/config')).nearest(name, neighbours);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

async function understandTypeScript(): Promise<void> {
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  cjs.register();
  esm.register();
  register(new URL('./module-format.js', import.meta.url));
}
