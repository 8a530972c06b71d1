import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject } from 'vitest';

/** The folder of the examples. */
export const folder: string = fileURLToPath(new URL('..', import.meta.url));

const skein = fileURLToPath(new URL('../../node_modules/.bin/skein', import.meta.url));

/**
 * Runs an example as its own process; rejects unless it ends with code 0. What is built runs as a reader runs it, by the
 * command, which then says that there were calls.
 */
export async function output(example: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [program, args, said] = inject('built')
    ? [skein, ['run', example], /^skein: [\d,]+ calls?\b.*\n$/]
    : [process.execPath, [...inject('nodeFlags'), example], /^$/];
  const { stdout, stderr } = await promisify(execFile)(program, args, {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  expect(stderr).toMatch(said);
  return stdout;
}
