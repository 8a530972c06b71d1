import { dirname, relative } from 'node:path';
import { COVERAGE } from '../analyse/function.ts';
import { NAMES } from '../analyse/names.ts';
import type { CapturedScript, EncodedSourceMap } from '../captured-code.ts';
import type { ImportBinding } from '../script/imports.ts';
import type { Script } from '../script/script.ts';
import { sourceMap } from './map.ts';
import type { Unit } from './unit.ts';
import { importedPaths } from './unit.ts';

/** Writes the captured units of a script as a module with a factory. `root` is the file that paths are relative to. */
export function emitScript(script: Script, units: readonly Unit[], root: string | undefined): CapturedScript {
  const bindings = new Map<string, ImportBinding>();
  const members = new Map<string, Set<string>>();
  const variables = new Set<string>();
  const globals = new Set<string>();
  for (const unit of units) {
    for (const variable of unit.analysis.free) {
      const { name, role } = variable;
      if (role.kind === 'import') {
        bindings.set(name, role.binding);
        const used = members.get(name) ?? new Set<string>();
        for (const member of importedPaths(unit, name, role.binding)) used.add(member);
        members.set(name, used);
      } else if (role.kind === 'script') variables.add(name);
      else if (role.kind === 'global') globals.add(name);
    }
  }
  const { head, declarations } = emitImports(bindings);
  const lines: string[] = [`(${NAMES.runtime}) => {`, ...declarations];
  if (units.some((unit) => unit.analysis.usesMeta)) {
    lines.push(`const ${NAMES.meta} = ${NAMES.runtime}.meta(${JSON.stringify(pathFromRoot(script, root))});`);
  }
  if (!script.source.isModule) {
    if (globals.has('__filename')) lines.push(`const __filename = ${NAMES.meta}.filename;`);
    if (globals.has('__dirname')) lines.push(`const __dirname = ${NAMES.meta}.dirname;`);
  }
  for (const name of [...globals, ...variables].sort()) {
    if (COVERAGE.test(name)) lines.push(`const ${name} = () => ${NAMES.runtime}.coverage;`);
  }
  const own = [...variables].filter((name) => !COVERAGE.test(name)).sort();
  if (own.length > 0) lines.push(`let ${own.join(', ')};`);
  lines.push('return {', 'units: [');

  let factory = `${lines.join('\n')}\n`;
  const placed: { unit: Unit; offset: number }[] = [];
  for (const unit of units) {
    const { head: before, code, tail } = unit.text();
    factory += before;
    placed.push({ unit, offset: factory.length });
    factory += `${code}${tail},\n`;
  }
  const imported = [...members.values()].flatMap((paths) => [...paths]);
  factory += `],\nimports: {${imported.map((path) => ` ${JSON.stringify(path)}: () => ${path}`).join(',')} },\n};\n}`;
  const prefix = `${head}export default `;
  let map: EncodedSourceMap | undefined;
  return {
    file: script.source.file,
    url: script.source.url,
    text: `${prefix}${factory};\n`,
    head,
    factory,
    imports: head !== '' || units.some((unit) => unit.analysis.importsWithin),
    map() {
      map ??= sourceMap(
        script,
        `${prefix}${factory}`,
        placed.map(({ unit, offset }) => ({ unit, offset: offset + prefix.length })),
      );
      return map;
    },
  };
}

/** Imports again, each under its local name: those that a bundler resolves in the head, Node's own inside. */
function emitImports(bindings: ReadonlyMap<string, ImportBinding>): { head: string; declarations: string[] } {
  const head: string[] = [];
  const declarations: string[] = [];
  const declarators = new Set<string>();
  let hasInterop = false;
  for (const [local, binding] of bindings) {
    switch (binding.kind) {
      case 'builtin': {
        const module = `${NAMES.runtime}.builtin${binding.member === '*' ? 'Namespace' : ''}(${JSON.stringify(binding.module)})`;
        const member =
          binding.member === '*' || binding.member === 'default' ? '' : `[${JSON.stringify(binding.member)}]`;
        declarations.push(`const ${local} = ${module}${member};`);
        break;
      }
      case 'import': {
        const what =
          binding.member === '*'
            ? `* as ${local}`
            : `{ ${binding.member === 'default' ? 'default' : importedName(binding.member)} as ${local} }`;
        const attributes = binding.attributes === '' ? '' : ` with { ${binding.attributes} }`;
        head.push(`import ${what} from ${JSON.stringify(binding.specifier)}${attributes};`);
        break;
      }
      case 'require':
        if (!declarators.has(binding.declarator))
          head.push(`var ${binding.declarator.replace(/\s*\n\s*/g, ' ')};`);
        declarators.add(binding.declarator);
        break;
      case 'interop':
        hasInterop = true;
        head.push(`var ${local} = interop$skein(require(${JSON.stringify(binding.specifier)}));`);
        break;
    }
  }
  if (hasInterop) {
    head.push(
      'function interop$skein(m) { return m && m.__esModule ? m : Object.assign(Object.create(null), m, { default: m }); }',
    );
  }
  return { head: head.map((line) => `${line}\n`).join(''), declarations };
}

function importedName(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}

/** The path of a script from the root's folder: the only form in which a script's place is in its text. */
function pathFromRoot(script: Script, root: string | undefined): string {
  const { file, url } = script.source;
  if (file === undefined || root === undefined) return url;
  return relative(dirname(root), file).replaceAll('\\', '/');
}
