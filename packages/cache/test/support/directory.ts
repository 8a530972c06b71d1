import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder for one test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'skein-cache-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The files of entries below a directory of the node tier. */
export function entryFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(?:^|\/)entries\/[^/]+$/.test(path))
    .map((path) => join(directory, path));
}

export function entryBytes(directory: string): number {
  let bytes = 0;
  for (const path of entryFiles(directory)) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

export function damageFile(path: string, how: 'flip' | 'cut'): void {
  const bytes = readFileSync(path);
  if (how === 'cut') truncateSync(path, bytes.length - 1);
  else {
    bytes[bytes.length - 10]! ^= 1;
    writeFileSync(path, bytes);
  }
}
