/** The workspace's packages, and their tarballs as they would be published. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
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
  /** From the root: `packages/codec`, `services/dso-server`. */
  readonly path: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface Packed extends Package {
  readonly tarball: string;
}

/** Where what is published lies: libraries, and programs that run by themselves. */
const PLACES = ['packages', 'services'] as const;

export async function packages(): Promise<readonly Package[]> {
  const all = await Promise.all(PLACES.map(packagesIn));
  return all.flat();
}

async function packagesIn(place: string): Promise<readonly Package[]> {
  const names = (await readdir(join(root, place))).sort();
  return Promise.all(
    names
      .filter((short) => existsSync(join(root, place, short, 'package.json')))
      .map(async (short) => {
        const folder = join(root, place, short);
        const manifest: Manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
        return { short, path: `${place}/${short}`, folder, manifest };
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
  const everyPackage = ['--recursive', ...PLACES.flatMap((place) => ['--filter', `./${place}/*`])];
  await run('npx', ['--yes', pinnedPnpm(), ...everyPackage, 'pack', '--pack-destination', destination]);
  return all.map((one) => {
    const file = `${one.manifest.name.replace('@', '').replace('/', '-')}-${one.manifest.version}.tgz`;
    return { ...one, tarball: join(destination, file) };
  });
}

/** What is wrong with each package, in their order; as many are looked at a time as there are cores. */
export async function problemsOfAll<P extends Package>(
  all: readonly P[],
  problemsOf: (one: P) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const found: (readonly string[])[] = [];
  const rest = all.entries();
  const work = async (): Promise<void> => {
    for (const [index, one] of rest) found[index] = await problemsOf(one);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return found.flat();
}
