import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type NodeMajor = '20' | '22' | '24' | '26';

const cache = fileURLToPath(new URL('../../.cache/nodes/', import.meta.url));
const run = promisify(execFile);

const found = new Map<NodeMajor, Promise<string | undefined>>();

/**
 * The binary of a Node major version: the running one, or the npm package `node@<major>`, installed once
 * into the package's cache. Undefined where it cannot be had, with the reason on stderr.
 */
export function nodeBinary(major: NodeMajor): Promise<string | undefined> {
  let binary = found.get(major);
  if (binary === undefined) {
    // Hosts of one version ask at the same time: two installations into one folder would destroy each other.
    binary = findBinary(major);
    found.set(major, binary);
  }
  return binary;
}

async function findBinary(major: NodeMajor): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const prefix = path.join(cache, major);
  const binary = path.join(prefix, 'node_modules/node/bin/node');
  if (!existsSync(binary)) {
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, `node@${major}`];
    try {
      await rm(prefix, { recursive: true, force: true }); // what an interrupted installation has left
      await run('npm', args, { timeout: 120_000 });
    } catch (error) {
      console.error(`Node ${major} cannot be installed: ${(error as Error).message}`);
      return undefined;
    }
  }
  const { stdout } = await run(binary, ['--version']);
  if (!stdout.startsWith(`v${major}.`)) throw new Error(`${binary} is Node ${stdout}, expected ${major}`);
  return binary;
}
