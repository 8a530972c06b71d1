import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/**
 * Gives the tests of this file a folder for temporary files of their own, where nobody else's come and go.
 *
 * @returns what of Skein's is in it
 */
export function ownTemporaries(): () => readonly string[] {
  const shared = tmpdir();
  beforeAll(() => {
    process.env['TMPDIR'] = mkdtempSync(join(shared, 'skein-test-'));
  });
  afterAll(() => {
    rmSync(tmpdir(), { recursive: true });
    process.env['TMPDIR'] = shared;
  });
  return () => readdirSync(tmpdir()).filter((name) => name.startsWith('skein-'));
}
