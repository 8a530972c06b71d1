import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles the sources as they are now, beside `dist` and in its shape, so that a test needs no build before it. */
export async function compile(): Promise<void> {
  await build({
    entryPoints: ['src/index.ts', 'src/module-format.ts'],
    absWorkingDir: root,
    outdir: '.cache',
    bundle: true,
    splitting: true,
    conditions: ['source'],
    external: [
      '@clack/prompts',
      '@skein/executor',
      '@skein/plot',
      '@skein/storage',
      '@skein/closure',
      'commander',
      'jiti',
      'tsx',
      'yaml',
    ],
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command as its own process, in a folder. */
export function start(cwd: string, ...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const entry = new URL('../.cache/index.js', import.meta.url);
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { main } from '${entry.href}'; await main(process.argv.slice(1));`,
      '--',
      ...args,
    ],
    { cwd, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exit = new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done([code, signal]));
  });
  const ended = Promise.all([exit, text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]) => ({ code, signal, stdout, stderr }),
  );
  return { child, ended };
}

export function skein(cwd: string, ...args: string[]): Promise<Ended> {
  return start(cwd, ...args).ended;
}
