import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeOf } from '@skein/codec';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import type { CapturedCode, CapturedScript } from '../captured-code.ts';
import { type PackageLookup, packageNameOf } from './packages.ts';
import type { External, ProvidedPackage } from './types.ts';

/** Marks what stays outside, in the bundler's output, where no user's text can look like it. */
export const externalPrefix = 'skein-external:';

/** The namespace of captured scripts. `.mjs`, so that default imports of CommonJS packages are as in Node. */
export const scriptNamespace = 'skein-script';
export const scriptPath = (index: number): string => `${index}.mjs`;
export const scriptOf = (code: CapturedCode, file: string): CapturedScript | undefined =>
  code.scripts[Number.parseInt(file, 10)];

export interface PluginContext {
  readonly code: CapturedCode;
  /** The root script's folder. */
  readonly root: string;
  /** Packages that the user leaves out. */
  readonly external: readonly string[];
  readonly provided: readonly ProvidedPackage[];
  readonly packages: PackageLookup;
  /** Filled with what stays outside. */
  readonly externals: Map<string, External>;
}

/** Asks the bundler to resolve by itself, without coming back to this plugin. */
const plainly = { skein: 'resolve without the plugin' };

/** Gives the bundler the captured scripts, and decides what stays outside of the bundle. */
export function closurePlugin(context: PluginContext): Plugin {
  return {
    name: 'skein-closure',
    setup(build) {
      provideScripts(build, context.code);
      for (const provided of context.provided) leaveToImport(build, context, provided);
      build.onResolve({ filter: /^[^./]/ }, (args) => resolveBare(build, context, args));
      build.onResolve({ filter: /\.node$/ }, (args) => leaveOut(build, context, args, undefined));
      // A package whose entry is a binary: found only after it was resolved.
      build.onLoad({ filter: /\.node$/ }, ({ path: file }) => ({
        contents: `module.exports = require(${JSON.stringify(externalPrefix + nameOfFile(context, file, file))});`,
        loader: 'js',
      }));
      build.onResolve({ filter: /^\// }, (args) => resolveAbsolute(build, context, args));
    },
  };
}

function provideScripts(build: PluginBuild, code: CapturedCode): void {
  build.onResolve({ filter: new RegExp(`^${scriptNamespace}:`) }, ({ path: specifier }) => ({
    path: specifier.slice(scriptNamespace.length + 1),
    namespace: scriptNamespace,
  }));
  build.onLoad({ filter: /.*/, namespace: scriptNamespace }, (args) => {
    const script = scriptOf(code, args.path);
    if (!script) return undefined;
    return {
      contents: script.text,
      loader: 'js',
      ...(script.file !== undefined && { resolveDir: path.dirname(script.file) }),
    };
  });
}

/** Marks what the entry of a provided package names: other modules may import files that are called the same. */
const providedPrefix = 'skein-provided:';

/** Of a provided package only the entry is bundled, so that a function loads no more of it than it uses. */
function leaveToImport(
  build: PluginBuild,
  context: PluginContext,
  { name: packageName, entry, locate }: ProvidedPackage,
): void {
  build.onResolve({ filter: exactly(packageName) }, () => ({ path: entry }));
  build.onLoad({ filter: exactly(entry), namespace: 'file' }, async () => ({
    contents: (await readFile(entry, 'utf8')).replaceAll(
      /(\bfrom\s*)(['"])(\.[^'"\n]*)\2/g,
      (_all, from: string, quote: string, specifier: string) =>
        `${from}${quote}${providedPrefix}${specifier}${quote}`,
    ),
    loader: entry.endsWith('.ts') ? 'ts' : 'js',
  }));
  build.onResolve({ filter: new RegExp(`^${providedPrefix}`) }, ({ path: marked, importer }) => {
    if (importer !== entry) return undefined;
    const module = path.join(path.dirname(entry), marked.slice(providedPrefix.length));
    const name = nameOfFile(context, module, module);
    const external: External = {
      name,
      get path() {
        return locate(module); // asked only for what is used
      },
      kind: 'import',
    };
    return { ...outside(context, external), sideEffects: false };
  });
}

function exactly(file: string): RegExp {
  return new RegExp(`^${file.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}$`);
}

/** Node's own modules, packages, and package imports (`#name`). */
async function resolveBare(
  build: PluginBuild,
  context: PluginContext,
  args: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  const { path: specifier } = args;
  if (args.pluginData === plainly || isMarked(specifier)) return undefined;
  if (isBuiltin(specifier))
    return {
      path: specifier.startsWith('node:') ? specifier : `node:${specifier}`,
      external: true,
      sideEffects: false,
    };
  if (specifier.startsWith(externalPrefix)) {
    const name = specifier.slice(externalPrefix.length);
    const file = args.importer;
    return outside(context, { name, path: file, kind: 'require' });
  }
  if (specifier.startsWith('file:'))
    return (await build.resolve(fileURLToPath(specifier), again(args))) satisfies OnResolveResult;
  if (specifier.startsWith('#') || args.kind === 'require-resolve') return undefined;
  const name = packageNameOf(specifier);
  const found = context.packages.find(name, args.resolveDir);
  if (found === undefined) {
    // What a package of the user's uses need not be the user's own: handles come from where they are defined.
    const home = homeOf(specifier);
    if (home?.startsWith('file:'))
      return build.resolve(specifier, { ...again(args), resolveDir: path.dirname(fileURLToPath(home)) });
  }
  if (found?.native || isNamedExternal(context, specifier)) return leaveOut(build, context, args, specifier);
  return undefined;
}

function isMarked(specifier: string): boolean {
  return specifier.startsWith(`${scriptNamespace}:`) || specifier.startsWith(providedPrefix);
}

function isNamedExternal({ external }: PluginContext, specifier: string): boolean {
  return external.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

/** References name files by their absolute paths, also inside packages that stay outside; vite's specifiers look the same. */
async function resolveAbsolute(
  build: PluginBuild,
  context: PluginContext,
  args: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === plainly) return undefined;
  const owner = /^(.*)\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(args.path);
  if (owner) {
    const [, parent = '', name = ''] = owner;
    if (context.packages.find(name, parent)?.native || isNamedExternal(context, name))
      return leaveOut(build, context, args, nameOfFile(context, args.path, args.path));
  }
  if (existsSync(args.path)) return undefined;
  const served = servedFile(args.path, args.resolveDir);
  return served === undefined
    ? undefined
    : ((await build.resolve(served, again(args))) satisfies OnResolveResult);
}

/** vite writes `/@fs/<path>`, and `/<path from its root>`: the root is one of the importer's folders. */
function servedFile(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('/@fs/')) return specifier.slice('/@fs'.length);
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, specifier);
    if (existsSync(candidate)) return candidate;
    if (folder === path.dirname(folder)) return undefined;
  }
}

async function leaveOut(
  build: PluginBuild,
  context: PluginContext,
  args: OnResolveArgs,
  name: string | undefined,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === plainly) return undefined;
  const resolved = await build.resolve(args.path, again(args));
  const file = resolved.errors.length === 0 && path.isAbsolute(resolved.path) ? resolved.path : undefined;
  return outside(context, {
    name: name ?? nameOfFile(context, file ?? args.path, args.path),
    path: file,
    kind:
      args.kind === 'import-statement' ? 'import' : args.kind === 'dynamic-import' ? 'dynamic' : 'require',
  });
}

function outside(context: PluginContext, external: External): OnResolveResult {
  context.externals.set(`${external.kind}\0${external.name}`, external);
  return { path: externalPrefix + external.name, external: true };
}

function again({
  importer,
  namespace,
  resolveDir,
  kind,
}: OnResolveArgs): Parameters<PluginBuild['resolve']>[1] {
  return { importer, namespace, resolveDir, kind, pluginData: plainly };
}

/** A name without this machine's paths: from the package on, or relative to the root script's folder. */
function nameOfFile({ root }: PluginContext, file: string, fallback: string): string {
  if (!path.isAbsolute(file)) return fallback;
  const inPackage = file.lastIndexOf('/node_modules/');
  if (inPackage >= 0) return file.slice(inPackage + '/node_modules/'.length);
  const relative = path.relative(root, file);
  return relative.startsWith('.') ? relative : `./${relative}`;
}
