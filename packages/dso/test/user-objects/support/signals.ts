/** Files by which a test and methods that run in other threads tell each other how far they are. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test. */
export function signalFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skein-signals-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function give(folder: string, name: string): void {
  writeFileSync(join(folder, name), '');
}

/** Looks again and again: threads of a node have nothing else in common with a test. */
export async function given(folder: string, name: string): Promise<void> {
  while (!existsSync(join(folder, name))) await new Promise((resume) => setTimeout(resume, 2));
}
