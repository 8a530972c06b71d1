import path from 'node:path';
import type { CapturedCode } from '../captured-code.ts';

/** Paths in the text are relative to this folder. */
export function rootFolder(code: CapturedCode): string {
  const file = code.root ?? code.scripts.find((script) => script.file !== undefined)?.file;
  return file === undefined ? process.cwd() : path.dirname(file);
}
