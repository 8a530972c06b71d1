import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

/** A folder that is gone after the file's tests. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dso-server-'));
  made.push(path);
  return path;
}

/** A file with this text in a folder of its own. */
export function file(name: string, text: string): string {
  const path = join(folder(), name);
  writeFileSync(path, text);
  return path;
}
