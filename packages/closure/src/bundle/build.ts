import path from 'node:path';
import type { BuildOptions, BuildResult } from 'esbuild';
import type { CapturedCode } from '../captured-code.ts';
import type { Built } from './built.ts';
import { hostConditions } from './conditions.ts';
import { fileMarkers, finishText, importsExternal } from './finish.ts';
import { PackageLookup } from './packages.ts';
import { closurePlugin, scriptNamespace, scriptOf, scriptPath } from './plugin.ts';
import { bundleError } from './problems.ts';
import { rootFolder } from './root.ts';
import { withEsbuild } from './service.ts';
import { segments, type Tracer, trace, tracer } from './tracing.ts';
import type { BundleOptions, External } from './types.ts';

/** Bundles captured code with what it imports. Rejects with a {@link BundleError}. */
export async function buildWithImports(code: CapturedCode, options: BundleOptions): Promise<Built> {
  const root = rootFolder(code);
  const packages = new PackageLookup();
  const externals = new Map<string, External>();
  const plugin = closurePlugin({
    code,
    root,
    external: options.external ?? [],
    provided: options.provided ?? [],
    packages,
    externals,
  });
  try {
    const result = await withEsbuild((esbuild) =>
      esbuild.build({ ...settings(code, root, options.conditions ?? hostConditions()), plugins: [plugin] }),
    );
    return builtFrom(result, code, root, [...externals.values()], packages.manifests);
  } catch (failure) {
    throw bundleError(failure, code, root);
  }
}

/** No user's file is called so; it shows in the text as a comment. */
const entryName = 'skein-entry.mjs';

type Settings = BuildOptions & { metafile: true; write: false };

function settings(code: CapturedCode, root: string, conditions: readonly string[]): Settings {
  return {
    stdin: { contents: entry(code), resolveDir: root, sourcefile: entryName, loader: 'js' },
    absWorkingDir: root,
    outfile: path.join(root, 'bundle.mjs'),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'utf8',
    // What Node itself would load: not the `module` field that bundlers prefer, which can be other code.
    mainFields: ['main'],
    conditions: ['node', 'module-sync', ...conditions],
    define: fileMarkers,
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
  };
}

/** The module that exports what the loader takes; see `captured-code.ts`. */
function entry({ scripts, references, modules }: CapturedCode): string {
  const lines: string[] = [];
  // Named by their namespaces and kept: a package without side effects would otherwise be dropped whole, and the
  // classes of handles register themselves when their modules run.
  modules.forEach((specifier, i) => {
    lines.push(`import * as handles${i} from ${JSON.stringify(specifier)};`);
  });
  scripts.forEach((_script, i) => {
    lines.push(`import script${i} from "${scriptNamespace}:${scriptPath(i)}";`);
  });
  const thunks = references.map(({ kind, file, name }, i) => {
    const from = JSON.stringify(file);
    if (kind === 'commonjs') return `() => require(${from})${name === '' ? '' : `[${JSON.stringify(name)}]`}`;
    const binding = name === '*' || name === 'default' ? name : JSON.stringify(name);
    lines.push(
      name === '*'
        ? `import * as reference${i} from ${from};`
        : `import { ${binding} as reference${i} } from ${from};`,
    );
    return `() => reference${i}`;
  });
  lines.push(`export const scripts = [${scripts.map((_script, i) => `script${i}`).join(', ')}];`);
  const kept = modules.map((_specifier, i) => `handles${i}`).join(', ');
  const list = `[${thunks.join(', ')}]`;
  lines.push(
    `export const references = ${modules.length === 0 ? list : `Object.assign(${list}, { handles: [${kept}] })`};`,
  );
  return `${lines.join('\n')}\n`;
}

function builtFrom(
  result: BuildResult<Settings>,
  code: CapturedCode,
  root: string,
  externals: readonly External[],
  manifests: readonly string[],
): Built {
  const output = result.outputFiles.find((file) => file.path.endsWith('.mjs'));
  const mapFile = result.outputFiles.find((file) => file.path.endsWith('.map'));
  if (!output || !mapFile) throw new Error('the bundler gave no text or no map');
  const inputs = Object.keys(result.metafile.inputs);
  const text = finishText(output.text, new Set(inputs));
  // A static import of which nobody uses anything is not to be loaded.
  const used = externals
    .filter(({ kind, name }) => kind !== 'import' || importsExternal(output.text, name))
    .map(({ name, path, kind }) => ({ name, path, kind }));
  const lazily = lazyMap(mapFile.text, text);
  return {
    text,
    externals: used.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    inputs: [
      ...inputs.filter((file) => !isVirtual(file)).map((file) => path.resolve(root, file)),
      ...manifests,
    ],
    locate: (line, column) => {
      // The text has one line more than the bundler's output, on top.
      const found = trace(lazily.tracer(), line - 1, column);
      if (!found || found.file === entryName) return undefined;
      if (!found.file.startsWith(`${scriptNamespace}:`))
        return { ...found, file: path.resolve(root, found.file) };
      const script = scriptOf(code, found.file.slice(scriptNamespace.length + 1));
      return script && { script, line: found.line, column: found.column };
    },
    *positions() {
      for (const { generatedLine, generatedColumn } of segments(lazily.tracer()))
        yield [generatedLine + 1, generatedColumn];
    },
    originalName: (name) => lazily.names().get(name) ?? name,
  };
}

function isVirtual(input: string): boolean {
  return input.startsWith(`${scriptNamespace}:`) || input === entryName;
}

/** The bundler's map, read when a position or a name is asked for. */
function lazyMap(json: string, text: string): { tracer(): Tracer; names(): ReadonlyMap<string, string> } {
  let map: Tracer | undefined;
  let names: Map<string, string> | undefined;
  const read = (): Tracer => {
    map ??= tracer(json);
    return map;
  };
  return {
    tracer: read,
    names: () => {
      names ??= renamed(read(), text);
      return names;
    },
  };
}

/** Where the bundler renames, its map holds the old name at the place of the new one. */
function renamed(map: Tracer, text: string): Map<string, string> {
  const lines = text.split('\n');
  const names = new Map<string, string>();
  for (const { name, generatedLine, generatedColumn } of segments(map)) {
    if (name === null) continue;
    const now = /^[\w$]+/.exec(lines[generatedLine]?.slice(generatedColumn) ?? '')?.[0];
    if (now !== undefined && now !== name) names.set(now, name);
  }
  return names;
}
