import { readFileSync } from 'node:fs';
import path from 'node:path';

/** An installed package, as an importer's folder sees it. */
export interface InstalledPackage {
  readonly name: string;
  /** The path by which it was found, symbolic links kept: a link that is set to another version shows. */
  readonly manifest: string;
  /** Whether it contains or loads a binary, so that its text alone is not the package. */
  readonly native: boolean;
}

/** `@scope/name` or `name` of a bare specifier. */
export function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Looks packages up as Node does, from folder to folder upwards; remembers for the time of one build. */
export class PackageLookup {
  readonly #found = new Map<string, InstalledPackage | undefined>();

  /** Manifests that were read: when one changes, modules may resolve to other files. */
  get manifests(): string[] {
    const all = [...this.#found.values()].map((found) => found?.manifest);
    return [...new Set(all.filter((manifest) => manifest !== undefined))];
  }

  find(name: string, from: string): InstalledPackage | undefined {
    const key = `${from}\0${name}`;
    if (this.#found.has(key)) return this.#found.get(key);
    const manifest = path.join(from, 'node_modules', name, 'package.json');
    const content = read(manifest);
    const parent = path.dirname(from);
    const found =
      content === undefined
        ? parent === from
          ? undefined
          : this.find(name, parent)
        : { name, manifest, native: isNative(content) };
    this.#found.set(key, found);
    return found;
  }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
}

/** Libraries by which a package finds the binary that was built for it, in its own folder. */
const binaryLocators = [
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'prebuild-install',
  '@neon-rs/load',
];

/** One package a platform, chosen by the installer: the way of esbuild, rollup, sharp, swc and all of napi-rs. */
const platformPackage = /(^|[-/.])(linux|darwin|win32)-(x64|arm64)/;

function isNative({ dependencies = {}, optionalDependencies = {}, gypfile }: Manifest): boolean {
  return (
    gypfile === true ||
    binaryLocators.some((locator) => locator in dependencies || locator in optionalDependencies) ||
    Object.keys(optionalDependencies).some((name) => platformPackage.test(name))
  );
}

function read(manifest: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  } catch {
    return undefined; // not here, or not readable: the bundler will say so when it comes to it
  }
}
