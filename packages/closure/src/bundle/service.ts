import type * as Esbuild from 'esbuild';
import { requireFor } from '../own-require.ts';

/**
 * esbuild works in a child process. It is started by the first build that needs it, and stopped when none has
 * run for {@link idleMs}: a client that waits an hour for its results holds no bundler meanwhile.
 *
 * The process cannot outlive this one, however this one ends: it leaves when its stdin closes. Nor does it keep
 * this one alive: esbuild unreferences it whenever no build runs.
 */
const idleMs = 2_000;

let esbuild: typeof Esbuild | undefined;
let running = 0;
let idle: NodeJS.Timeout | undefined;

/** Runs a task that builds. */
export async function withEsbuild<T>(task: (esbuild: typeof Esbuild) => Promise<T>): Promise<T> {
  clearTimeout(idle);
  esbuild ??= privateEsbuild();
  running++;
  try {
    return await task(esbuild);
  } finally {
    running--;
    if (running === 0) idle = setTimeout(() => void stopBundler(), idleMs).unref();
  }
}

/** Ends esbuild's process now unless a build is running; the next build starts it again. */
export async function stopBundler(): Promise<void> {
  clearTimeout(idle);
  if (running === 0) await esbuild?.stop();
}

/**
 * A copy of esbuild's module for us alone: `stop()` ends the one process that all users of a copy share, and the
 * user's own tools (tsx, a bundler) may share the one that `import('esbuild')` gives.
 */
function privateEsbuild(): typeof Esbuild {
  const require = requireFor('esbuild');
  const file = require.resolve('esbuild');
  const shared = require.cache[file];
  delete require.cache[file];
  try {
    return require(file) as typeof Esbuild;
  } finally {
    if (shared) require.cache[file] = shared;
    else delete require.cache[file];
  }
}
