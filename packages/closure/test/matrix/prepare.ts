import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const matrix = fileURLToPath(new URL('./', import.meta.url));
const closure = path.resolve(matrix, '../..');

/**
 * Where everything made for this run lies. Not under `node_modules`, where Node strips no types; of this process
 * alone, so that two runs do not take each other's files away.
 */
export const workspace: string = path.join(closure, '.cache/matrix', String(process.pid));
export const cleanUp = (): void => rmSync(workspace, { recursive: true, force: true });

const sources = ['entries', 'shapes', 'transpiled', 'harness/shape.ts'];

/** Makes what the hosts run: the compiled library and harness, and the shapes in every language form. */
export async function prepare(): Promise<void> {
  await rm(workspace, { recursive: true, force: true });
  await mkdir(workspace, { recursive: true });
  await Promise.all([
    compileHarness(),
    transpile('esm'),
    transpile('cjs'),
    copyAsCommonJs(),
    bundleApplications(),
  ]);
}

/**
 * `run-host.mjs` is the harness with the capturing side, `child.mjs` the bare child with the loading side.
 * Both contain the library's sources of this moment; only third-party packages stay outside, and the child
 * has none: were the load side to need one, the child would not start.
 */
async function compileHarness(): Promise<void> {
  const common = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['source'],
    outdir: workspace,
    outExtension: { '.js': '.mjs' },
    keepNames: false,
  } as const satisfies esbuild.BuildOptions;
  await Promise.all([
    esbuild.build({
      ...common,
      entryPoints: [path.join(matrix, 'harness/run-host.ts')],
      external: ['acorn', 'eslint-scope', 'esbuild', '@jridgewell/*'],
    }),
    esbuild.build({ ...common, entryPoints: [path.join(matrix, 'harness/child.ts')] }),
  ]);
}

/** The shapes as a user's own JavaScript: types erased, one file per file, no source map. */
async function transpile(format: 'esm' | 'cjs'): Promise<void> {
  const out = path.join(workspace, format);
  await copySources(
    out,
    { keep: format === 'esm' ? forModules : forCommonJs, rename: '.js' },
    async (text) => {
      const options = { loader: 'ts', format, platform: 'node', target: 'esnext' } as const;
      const { code } = await esbuild.transform(text, options);
      return code.replaceAll(/(["'])(\.{1,2}\/[^"'\n]+)\.[mc]?ts\1/g, '$1$2.js$1');
    },
  );
  await writePackage(out, format === 'esm' ? 'module' : 'commonjs');
}

/** The TypeScript files in a package of type commonjs, for tsx. */
async function copyAsCommonJs(): Promise<void> {
  const out = path.join(workspace, 'cts');
  await copySources(out, { keep: forCommonJs }, async (text) => text);
  await writePackage(out, 'commonjs');
}

async function writePackage(directory: string, type: 'module' | 'commonjs'): Promise<void> {
  await writeFile(path.join(directory, 'package.json'), JSON.stringify({ type }));
}

const needsTranspiler = /^transpiled\/|entries\/(transpiled|experimental-decorators|vitest)/;
const forModules = (file: string): boolean => !needsTranspiler.test(file) && !/\/commonjs\.c?ts$/.test(file);
const forCommonJs = (file: string): boolean =>
  !needsTranspiler.test(file) && !/\/(esm|thread|modules)\.ts$/.test(file);

interface Copying {
  readonly keep: (file: string) => boolean;
  /** The extension that scripts get. */
  readonly rename?: string;
}

async function copySources(
  out: string,
  { keep, rename }: Copying,
  translate: (text: string) => Promise<string>,
): Promise<void> {
  for (const source of sources) {
    const files = source.endsWith('.ts') ? [source] : await filesIn(path.join(matrix, source), source);
    for (const file of files.filter(keep)) {
      const isScript = /\.[mc]?ts$/.test(file);
      const target = path.join(
        out,
        isScript && rename !== undefined ? file.replace(/\.[mc]?ts$/, rename) : file,
      );
      await mkdir(path.dirname(target), { recursive: true });
      const text = await readFile(path.join(matrix, file), 'utf8');
      await writeFile(target, isScript ? await translate(text) : text);
    }
  }
}

async function filesIn(directory: string, prefix: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(prefix, path.relative(directory, path.join(entry.parentPath, entry.name))));
}

/** The shapes as an application that was bundled before it runs. */
async function bundleApplications(): Promise<void> {
  const out = path.join(workspace, 'bundled');
  const forms: Record<string, esbuild.BuildOptions> = {
    'app.mjs': { packages: 'external' },
    'app-full.mjs': {},
    'app-min.mjs': { minify: true },
    'app.cjs': { format: 'cjs', entryPoints: [path.join(matrix, 'entries/commonjs.ts')] },
  };
  await Promise.all(
    Object.entries(forms).map(([name, options]) =>
      esbuild.build({
        entryPoints: [path.join(matrix, 'entries/esm.ts')],
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        outfile: path.join(out, name),
        logLevel: 'error',
        // Bundled CommonJS packages call require(); an ES module has to make one.
        ...(name.endsWith('.mjs') && {
          banner: {
            js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url);",
          },
        }),
        ...options,
      }),
    ),
  );
}
