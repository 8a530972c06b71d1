import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { CapturedCode } from '../captured-code.ts';
import { baseOf } from './runtime-table.ts';

/**
 * The root script's folder: paths in a bundle's text are relative to it. Without symbolic links, as the bundler
 * names files; else the way from a link to them, which is this machine's, would show in the text.
 */
export function rootFolder(code: CapturedCode): string {
  const file =
    code.root ?? code.scripts.find((script) => script.file !== undefined)?.file ?? code.references[0]?.file;
  if (file === undefined) return process.cwd();
  // What a function of a bundle captures imports from where the bundle's own imports came from.
  const folder = baseOf(file) ?? path.dirname(file);
  try {
    return realpathSync(folder);
  } catch {
    return folder; // gone since the script was loaded: only imports of packages above it can still resolve
  }
}
