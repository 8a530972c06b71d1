import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeMajor } from './nodes.ts';
import { workspace } from './prepare.ts';

/** One way of running TypeScript or JavaScript, and the command line that runs the shapes in it. */
export interface Host {
  readonly name: string;
  readonly node: NodeMajor;
  readonly args: readonly string[];
  /** Flags for the bare child. */
  readonly childFlags?: string;
}

const matrix = fileURLToPath(new URL('./', import.meta.url));
const made = (file: string): string => path.join(workspace, file);
const source = (file: string): string => path.join(matrix, file);
const fromPackage = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

const tsx = fromPackage('tsx/cli');
const vitest = [
  path.join(path.dirname(fromPackage('vitest/package.json')), 'vitest.mjs'),
  'run',
  '--config',
  source('entries/vitest.config.ts'),
];
const coverage = (provider: 'istanbul' | 'v8'): string[] => [
  '--coverage.enabled',
  `--coverage.provider=${provider}`,
  '--coverage.reporter=json',
  `--coverage.reportsDirectory=${made(`coverage-${provider}`)}`,
];

/** A child that may read nothing but its own files: proves that a bundle needs no other. */
const sandbox = [
  '--permission',
  `--allow-fs-read=${made('child.mjs')}`,
  '--allow-fs-read=/tmp/*',
  '--allow-fs-write=/tmp/*',
].join(' ');

export const hosts: readonly Host[] = [
  ...(['20', '22', '24', '26'] as const).flatMap((node): Host[] => [
    { name: `node ${node} ES modules`, node, args: [made('esm/entries/esm.js')] },
    { name: `node ${node} CommonJS`, node, args: [made('cjs/entries/commonjs.js')] },
  ]),
  { name: 'node 24, child sandboxed', node: '24', args: [made('esm/entries/esm.js')], childFlags: sandbox },
  { name: 'node 20 --inspect', node: '20', args: ['--inspect=127.0.0.1:0', made('esm/entries/esm.js')] },
  { name: 'node 24 --inspect', node: '24', args: ['--inspect=127.0.0.1:0', made('esm/entries/esm.js')] },
  { name: 'node 20 worker thread', node: '20', args: [made('esm/entries/thread.js')] },
  { name: 'node 24 worker thread', node: '24', args: [made('esm/entries/thread.js')] },
  {
    name: 'node 22 strips types',
    node: '22',
    args: ['--experimental-strip-types', source('entries/esm.ts')],
  },
  { name: 'node 24 strips types', node: '24', args: [source('entries/esm.ts')] },
  { name: 'node 26 strips types', node: '26', args: [source('entries/esm.ts')] },
  { name: 'tsx ES modules', node: '20', args: [tsx, source('entries/esm.ts')] },
  { name: 'tsx CommonJS', node: '20', args: [tsx, made('cts/entries/commonjs.ts')] },
  { name: 'tsx --import', node: '24', args: ['--import', 'tsx', source('entries/esm.ts')] },
  {
    name: 'tsx, transpiled TypeScript',
    node: '20',
    args: [tsx, '--tsconfig', source('transpiled/tsconfig.json'), source('entries/transpiled.mts')],
  },
  {
    name: 'tsx, experimental decorators',
    node: '20',
    args: [
      tsx,
      '--tsconfig',
      source('transpiled/legacy/tsconfig.json'),
      source('entries/experimental-decorators.mts'),
    ],
  },
  { name: 'vitest forks', node: '20', args: [...vitest, '--pool=forks'] },
  { name: 'vitest threads', node: '20', args: [...vitest, '--pool=threads'] },
  { name: 'vitest vmThreads', node: '20', args: [...vitest, '--pool=vmThreads'] },
  { name: 'vitest, istanbul coverage', node: '20', args: [...vitest, ...coverage('istanbul')] },
  { name: 'vitest, v8 coverage', node: '20', args: [...vitest, ...coverage('v8')] },
  { name: 'esbuild, packages external', node: '20', args: [made('bundled/app.mjs')] },
  { name: 'esbuild, everything', node: '20', args: [made('bundled/app-full.mjs')] },
  { name: 'esbuild, minified', node: '20', args: [made('bundled/app-min.mjs')] },
  { name: 'esbuild, CommonJS', node: '20', args: [made('bundled/app.cjs')] },
];
