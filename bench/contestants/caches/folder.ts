/** A folder in memory, where there is one, for what the tier of the machine keeps: it goes with the contestant. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function folderInMemory(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'skein-bench-'));
}
