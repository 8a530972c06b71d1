import { existsSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BundleExports, ScriptMeta } from '../captured-code.ts';
import { LoadError } from './load-error.ts';
import type { External } from './types.ts';

/**
 * How a bundle's text reaches what is outside of it. The text looks itself up, by its own `import.meta.url`, in a
 * table of this process that the loader fills before it imports the text: so no path and no name of a machine is
 * in the text. Light: part of what a worker loads.
 */
export interface BundleRuntime {
  /** Absolute path of the folder that stands for the root script's folder here. */
  readonly base: string;
  /** The namespace of a statically imported external, loaded before the bundle runs. */
  external(name: string): unknown;
  /** `import()` of an external. */
  import(name: string): Promise<unknown>;
  /** `require` of externals, of Node's own modules, and of whatever the bundler left alone. */
  readonly require: NodeJS.Require;
  /** `import.meta` of a bundled file, whose path is given relative to the root script's folder. */
  meta(path: string): ScriptMeta;
}

interface Provision {
  readonly externals: readonly External[];
  /** Absolute path of the folder that stands for the root script's folder here: packages are looked up from it. */
  readonly base: string;
  /** Where bundled files see themselves, when it is another folder: their files travelled. */
  readonly home?: string;
}

const place = Symbol.for('skein.closure@1');
interface Shared {
  /** By the URL of the text. */
  bundles?: Map<string, BundleRuntime>;
  /** Texts that were imported, by hash, base and externals. */
  imports?: Map<string, Promise<BundleExports>>;
}

/** However many copies of this package are loaded, a process has one table. */
export function shared(): Shared {
  const host = process as typeof process & { [place]?: Shared };
  host[place] ??= {};
  return host[place];
}

function bundles(): Map<string, BundleRuntime> {
  const table = shared();
  table.bundles ??= new Map();
  return table.bundles;
}

/**
 * Makes ready what the bundle that will be imported under `url` needs from outside. Rejects when an external that
 * it imports statically cannot be loaded.
 */
export async function provideRuntime(url: string, provision: Provision): Promise<void> {
  const table = bundles();
  if (table.has(url)) return;
  const base = pathToFileURL(path.join(provision.base, 'bundle.mjs'));
  const fromBase = createRequire(base);
  const paths = new Map(provision.externals.map((external) => [external.name, external.path]));
  const importExternal = (name: string): Promise<unknown> =>
    import(locateForImport(name, paths.get(name), fromBase));
  const loaded = new Map<string, unknown>();
  for (const { name, kind } of provision.externals) {
    if (kind === 'import') loaded.set(name, await importExternal(name));
  }
  const requireExternal = (name: string): unknown => {
    const known = paths.get(name);
    return fromBase(known !== undefined && existsSync(known) ? known : name);
  };
  table.set(url, {
    base: provision.base,
    external: (name) => loaded.get(name),
    import: importExternal,
    require: Object.assign(requireExternal, {
      resolve: fromBase.resolve,
      cache: fromBase.cache,
      extensions: fromBase.extensions,
      main: undefined,
    }),
    meta: (relative) => metaOf(path.join(provision.home ?? provision.base, relative), fromBase),
  });
}

/** The folder that a bundle's file stands for, where this process has imported it. */
export function baseOf(file: string): string | undefined {
  const own = pathToFileURL(file).href;
  for (const [url, { base }] of bundles()) if (url.startsWith(`${own}?`)) return base;
  return undefined;
}

/** Forgets what {@link provideRuntime} made, after the bundle failed to load. */
export function withdrawRuntime(url: string): void {
  bundles().delete(url);
}

function locateForImport(name: string, known: string | undefined, fromBase: NodeJS.Require): string {
  if (isBuiltin(name)) return name;
  if (known !== undefined && existsSync(known)) return pathToFileURL(known).href;
  try {
    return pathToFileURL(fromBase.resolve(name)).href;
  } catch (cause) {
    throw new LoadError(
      'missing-external',
      `the function needs "${name}", which is not part of its bundle and is not installed where it runs; ` +
        `install it there, or do not name it external`,
      { cause },
    );
  }
}

/** `import.meta` of a file at `filename`; bare specifiers resolve from `fromBase`. */
export function metaOf(filename: string, fromBase: NodeJS.Require): ScriptMeta {
  const url = pathToFileURL(filename).href;
  return {
    url,
    filename,
    dirname: path.dirname(filename),
    env: process.env,
    resolve: (specifier) =>
      /^\.{0,2}\//.test(specifier)
        ? new URL(specifier, url).href
        : isBuiltin(specifier)
          ? specifier
          : pathToFileURL(fromBase.resolve(specifier)).href,
  };
}
