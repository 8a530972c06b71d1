/** What functions say of the worker that they run in. Each is called within a call. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

declare global {
  // What a call leaves behind for those that come after it in its worker.
  var skeinTest: { readonly worker: string; calls: number } | undefined;
}

/** Names the worker, and says how many calls it has run that asked, this one included. */
export function countInWorker(): { readonly worker: string; readonly calls: number } {
  globalThis.skeinTest ??= { worker: Math.random().toString(36).slice(2), calls: 0 };
  globalThis.skeinTest.calls++;
  return { ...globalThis.skeinTest };
}

/** A folder that ends with its test. */
export async function folderOfTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Within a call: waits until so many calls wait in the folder. */
export async function meetIn(folder: string, name: string | number, count: number): Promise<void> {
  await writeFile(join(folder, String(name)), '');
  while ((await readdir(folder)).length < count) await new Promise((resolve) => setTimeout(resolve, 10));
}
