/**
 * How a worker of this machine gets this package when a function uses executors itself: it imports the very modules
 * that the client runs. Bundled with the function they would be a script of a megabyte, which capturing in the worker
 * would have to analyse.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProvidedPackage } from '@skein/closure';
import { agentFile, placeBuilt } from './agent-file.ts';

/** The entry in the sources, in what {@link buildModules} has made of them. */
declare const SKEIN_SOURCE_ENTRY: string | undefined;
const sourceEntry = typeof SKEIN_SOURCE_ENTRY === 'string' ? SKEIN_SOURCE_ENTRY : undefined;

/** Elsewhere a bundler has put this code into a file of the user's, beside which no package lies. */
const [, extension] = /\/backend\/own-package\.([tj]s)$/.exec(import.meta.url) ?? [];
const entry = sourceEntry ?? fileURLToPath(new URL(`../index.${extension}`, import.meta.url));

export const ownPackages: readonly ProvidedPackage[] =
  sourceEntry === undefined && extension === undefined
    ? []
    : [
        {
          name: '@skein/executor',
          entry,
          locate: (module) => (entry.endsWith('.ts') ? built(module) : module),
        },
      ];

let folder: string | undefined = sourceEntry && dirname(fileURLToPath(import.meta.url));

/** In a checkout, what the entry names is built when it is first needed, beside the agent, as JavaScript. */
function built(module: string): string {
  folder ??= buildModules();
  return join(folder, basename(module).replace(/\.ts$/, '.mjs'));
}

function buildModules(): string {
  const names = readFileSync(entry, 'utf8').matchAll(/\bfrom '(\.[^']+)'/g);
  const outdir = join(dirname(dirname(agentFile())), 'client');
  const esbuild = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const result = esbuild.buildSync({
    entryPoints: [...new Set([...names].map(([, name]) => join(dirname(entry), name!)))],
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
    define: { SKEIN_SOURCE_ENTRY: JSON.stringify(entry) },
    // Loads a binary; drawing in a worker takes what is installed.
    external: ['@skein/plot'],
    logLevel: 'silent',
  });
  for (const { path, contents } of result.outputFiles) placeBuilt(path, contents);
  return outdir;
}
