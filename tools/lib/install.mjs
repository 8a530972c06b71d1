/** What a fresh clone needs before anything else: the right Node, and the dependencies of the lockfile. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root, run } from './command.mjs';
import { step } from './say.mjs';

const stamp = `${root}node_modules/.cache/installed`;

/** @returns {string} `pnpm@…`, as package.json pins it */
export function pinnedPnpm() {
  return JSON.parse(readFileSync(`${root}package.json`, 'utf8')).packageManager;
}

/** Ends the process, with what to do, under a Node that is too old. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Skein needs Node 20.19 or newer, this is ${process.version}: see https://nodejs.org`);
  process.exit(1);
}

/**
 * Installs by the pinned pnpm, fetched by npx: nothing is installed outside this folder. Skips when the lockfile
 * and the manifests are those of the last installation.
 */
export async function install() {
  const hash = fingerprint();
  if (installed() === hash) return;
  await step('installing dependencies (once, 10 to 60 s)', () =>
    run('npx', ['--yes', pinnedPnpm(), 'install', '--frozen-lockfile', '--reporter=append-only']),
  );
  mkdirSync(`${root}node_modules/.cache`, { recursive: true });
  writeFileSync(stamp, hash);
}

function fingerprint() {
  const hash = createHash('sha256');
  const within = ['packages', 'services'].flatMap((place) =>
    readdirSync(root + place)
      .sort()
      .map((name) => `${place}/${name}/`),
  );
  const folders = ['', 'examples/', 'bench/', ...within];
  const manifests = folders
    .map((folder) => `${folder}package.json`)
    .filter((file) => existsSync(root + file));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.pnpmfile.cjs', ...manifests]) {
    hash.update(readFileSync(`${root}${file}`));
  }
  return hash.digest('hex');
}

function installed() {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}
