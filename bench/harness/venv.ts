import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PythonPackages } from './benchmark.ts';

/** Where a Python program with packages runs: nothing of the user's is read there, and nothing of it stays. */
export interface Place {
  /** Home, folder for temporary files and working directory in one. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

const cache = fileURLToPath(new URL('../../.cache/bench', import.meta.url));
const run = promisify(execFile);
/** For a slow network; a missing one says so at once. */
const INSTALL_MS = 300_000;

/**
 * A home of its own beside a venv with these packages, which is made when it is not there yet.
 *
 * @throws whatever hindered that.
 */
export async function openVenv({ packages, install }: PythonPackages): Promise<Place> {
  const venv = join(cache, packages.join('+').replaceAll(/[^\w.+-]+/g, '-'));
  if (!(await exists(venv))) {
    if (!install) throw new Error(`${packages.join(' ')} is not installed: a full run installs it`);
    await makeVenv(venv, packages);
  }
  const home = await mkdtemp(join(tmpdir(), 'skein-bench-'));
  const { PATH = '' } = process.env;
  return {
    home,
    env: {
      PATH: `${join(venv, 'bin')}${delimiter}${PATH}`,
      HOME: home,
      TMPDIR: home,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Made under another name: what is there under the right one is whole. */
async function makeVenv(venv: string, packages: readonly string[]): Promise<void> {
  await mkdir(dirname(venv), { recursive: true });
  const draft = await mkdtemp(`${venv}.`);
  try {
    await run('python3', ['-m', 'venv', draft], { timeout: INSTALL_MS });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(join(draft, 'bin', 'python'), [...pip, ...packages], { timeout: INSTALL_MS });
    await rename(draft, venv);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(venv))) throw new Error(`${packages.join(' ')} could not be installed`, { cause });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
