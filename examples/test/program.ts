import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';

/** The folder of the examples. */
export const folder: string = fileURLToPath(new URL('..', import.meta.url));

/** How Node runs what is not built. */
export const onSources: readonly string[] = ['--conditions=source', '--import', 'tsx'];

/** Runs an example as its own process, on the sources; rejects unless it ends with code 0. */
export async function output(example: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...onSources, example], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  expect(stderr).toBe('');
  return stdout;
}
