/**
 * How a worker of this machine gets this package, and those of handles, when a function uses them: it imports the very
 * modules that the client runs. Bundled with the function they would be a script of hundreds of kilobytes, which capturing in
 * the worker would have to analyse, and whose classes would be others in each function.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProvidedPackage } from '@skein/closure';
import { homeOf } from '@skein/codec';
import { agentFile, placeBuilt } from './agent-file.ts';

const NAMES = ['@skein/executor', '@skein/cloudobject'] as const;
type Name = (typeof NAMES)[number];

/** The entries in the sources, in what {@link buildModules} has made of them. */
declare const SKEIN_SOURCE_ENTRIES: Readonly<Record<Name, string>> | undefined;
const sourceEntries = typeof SKEIN_SOURCE_ENTRIES === 'object' ? SKEIN_SOURCE_ENTRIES : undefined;

/** Elsewhere a bundler has put this code into a file of the user's, beside which no package lies. */
const [, extension] = /\/backend\/own-package\.([tj]s)$/.exec(import.meta.url) ?? [];

const ownPackages: readonly ProvidedPackage[] =
  sourceEntries === undefined && extension === undefined ? [] : NAMES.map(provided);

/** Others whose handles functions have, which this package does not install. Their classes say where they are from. */
const NEIGHBOURS = ['@skein/partitioner', '@skein/cache'] as const;

/** What a worker of this machine need not be sent. Neighbours count once this process has loaded them, as they are installed. */
export function providedPackages(): readonly ProvidedPackage[] {
  return [...ownPackages, ...NEIGHBOURS.flatMap(neighbour)];
}

function neighbour(name: string): ProvidedPackage[] {
  const [, folder] = /^(file:.*\/dist\/)[^/]+\.js$/.exec(homeOf(name) ?? '') ?? [];
  if (folder === undefined) return [];
  return [{ name, entry: fileURLToPath(new URL('index.js', folder)), locate: (module) => module }];
}

function provided(name: Name): ProvidedPackage {
  const entry = sourceEntries?.[name] ?? entryOf(name);
  return { name, entry, locate: (module) => (entry.endsWith('.ts') ? built(name, module) : module) };
}

/** Of the sources beside sources, of what is built beside what is built. */
function entryOf(name: Name): string {
  const path = `${extension === 'ts' ? 'src' : 'dist'}/index.${extension}`;
  if (name === '@skein/executor') return fileURLToPath(new URL(`../../${path}`, import.meta.url));
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);
}

/** Where modules are that were built in a checkout. */
const folders = new Map<Name, string>();

/** In a checkout, what the entries name is built when it is first needed, beside the agent, as JavaScript. */
function built(name: Name, module: string): string {
  if (folders.size === 0) {
    for (const one of NAMES)
      folders.set(one, sourceEntries === undefined ? buildModules(one) : builtBefore(one));
  }
  return join(folders.get(name)!, basename(module).replace(/\.ts$/, '.mjs'));
}

/** By the client of the worker that this is: beside the modules of this package. */
function builtBefore(name: Name): string {
  return join(dirname(dirname(fileURLToPath(import.meta.url))), basename(name));
}

function buildModules(name: Name): string {
  const entries = Object.fromEntries(NAMES.map((one) => [one, entryOf(one)]));
  const names = readFileSync(entryOf(name), 'utf8').matchAll(/\bfrom '(\.[^']+)'/g);
  const outdir = join(dirname(dirname(agentFile())), basename(name));
  const esbuild = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const result = esbuild.buildSync({
    entryPoints: [...new Set([...names].map(([, module]) => join(dirname(entryOf(name)), module!)))],
    outdir,
    // Flat, so that every one of them finds the agent at the same place.
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['source'],
    define: { SKEIN_SOURCE_ENTRIES: JSON.stringify(entries) },
    // Loads a binary; drawing in a worker takes what is installed.
    external: ['@skein/plot'],
    logLevel: 'silent',
  });
  for (const { path, contents } of result.outputFiles) placeBuilt(path, contents);
  return outdir;
}
