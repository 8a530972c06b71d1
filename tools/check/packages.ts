/** The workspace's packages, and their tarballs as they would be published. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run } from '../lib/command.mjs';
import { pinnedPnpm } from '../lib/install.mjs';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Package {
  /** The last part of its name, and its folder's. */
  readonly short: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface Packed extends Package {
  readonly tarball: string;
}

export async function packages(): Promise<readonly Package[]> {
  const names = (await readdir(join(root, 'packages'))).sort();
  return Promise.all(
    names
      .filter((short) => existsSync(join(root, 'packages', short, 'package.json')))
      .map(async (short) => {
        const folder = join(root, 'packages', short);
        const manifest: Manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
        return { short, folder, manifest };
      }),
  );
}

let packing: Promise<readonly Packed[]> | undefined;

/** Packs every package by `pnpm pack`, once a run. Needs a build. */
export function packed(): Promise<readonly Packed[]> {
  packing ??= pack();
  return packing;
}

async function pack(): Promise<readonly Packed[]> {
  const destination = join(root, '.cache', 'packed');
  await rm(destination, { recursive: true, force: true });
  await mkdir(destination, { recursive: true });
  const all = await packages();
  for (const { folder } of all) {
    await run('npx', ['--yes', pinnedPnpm(), 'pack', '--pack-destination', destination], { cwd: folder });
  }
  return all.map((one) => {
    const file = `${one.manifest.name.replace('@', '').replace('/', '-')}-${one.manifest.version}.tgz`;
    return { ...one, tarball: join(destination, file) };
  });
}
