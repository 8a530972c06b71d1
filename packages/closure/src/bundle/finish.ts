import { canonical } from './canonical.ts';
import { externalPrefix } from './plugin.ts';

/**
 * What the bundler is told to write for `import.meta` and its CommonJS twins, which mean another thing in every
 * file. Four digits follow, so that they can be replaced by the file's number and no column moves.
 */
export const fileMarkers = {
  'import.meta': 'skein$meta0000',
  __filename: 'skein$file0000',
  __dirname: 'skein$path0000',
} as const;

const marker = /skein\$(meta|file|path)0000/g;
const staticImport = new RegExp(`^import (?:(.*) from )?"${externalPrefix}([^"\\n]*)";$`);
const severalLines = new RegExp(
  `^import (?:[\\w$]+, )?\\{\\n(?: {2}.*\\n)+\\} from "${externalPrefix}[^"\\n]*";$`,
  'gm',
);
const dynamicImport = new RegExp(`import\\("${externalPrefix}([^"\\n]*)"\\)`, 'g');
const plainRequire = new RegExp(`(__require[\\w$]*(?:\\.resolve)?)\\("${externalPrefix}([^"\\n]*)"\\)`, 'g');
const pathComment = /^\/\/ (.+)$/;
const wrapperKey = /^ {2}"(.+)"\((exports(?:, module)?)?\) \{$/;

/**
 * Turns the bundler's output into the text of a bundle: without a static import but Node's own, and without a path
 * of this machine. Lines and columns stay where the bundler's map has them, below one line that is put on top.
 */
export function finishText(output: string, inputs: ReadonlySet<string>): string {
  const prelude: string[] = [];
  const files = new Map<string, number>();
  let current = '';
  const lines = onOneLine(output)
    .split('\n')
    .map((line) => {
      const comment = pathComment.exec(line)?.[1];
      if (comment !== undefined && inputs.has(comment)) {
        current = comment;
        return `// ${canonical(comment)}`;
      }
      const [, key, parameters = ''] = wrapperKey.exec(line) ?? [];
      if (key !== undefined && inputs.has(key)) return `  ${JSON.stringify(canonical(key))}(${parameters}) {`;
      const [, bindings, external] = staticImport.exec(line) ?? [];
      if (external !== undefined) {
        prelude.push(bindExternal(bindings, external));
        return '';
      }
      return line
        .replaceAll(marker, (_all, kind: string) => `skein$${kind}${numberOf(files, current)}`)
        .replaceAll(dynamicImport, (all, name: string) =>
          `skein$bundle.import(${JSON.stringify(name)})`.padEnd(all.length),
        )
        .replaceAll(plainRequire, (all, call: string, name: string) =>
          `${call}(${JSON.stringify(name)})`.padEnd(all.length),
        );
    });
  for (const [file, number] of files) {
    const digits = String(number).padStart(4, '0');
    prelude.push(
      `const skein$meta${digits} = skein$bundle.meta(${JSON.stringify(file)}), ` +
        `skein$file${digits} = skein$meta${digits}.filename, skein$path${digits} = skein$meta${digits}.dirname;`,
    );
  }
  const text = lines.join('\n');
  if (prelude.length === 0 && !text.includes('skein$bundle') && !text.includes('__require'))
    return `\n${text}`;
  return `${access} ${prelude.join(' ')}\n${text}`;
}

/** Whether a static import of an external is left in the bundler's output: what nobody uses of it is dropped. */
export function importsExternal(output: string, name: string): boolean {
  return output.includes(`"${externalPrefix}${name}";`);
}

const access =
  'const skein$bundle = process[Symbol.for("skein.closure@1")].bundles.get(import.meta.url), ' +
  'require = skein$bundle.require;';

function numberOf(files: Map<string, number>, file: string): string {
  const number = files.get(file) ?? files.size + 1;
  files.set(file, number);
  if (number > 9999) throw new RangeError('more than 9,999 files of a bundle use import.meta or __dirname');
  return String(number).padStart(4, '0');
}

/** Imports of externals that the user wrote on several lines: on the first of them, the others left empty. */
function onOneLine(output: string): string {
  return output.replaceAll(severalLines, (statement) => {
    const lines = statement.split('\n').map((line) => line.trim());
    return lines.join(' ') + '\n'.repeat(lines.length - 1);
  });
}

/** `a, { b as c }` and `a, * as d` of an import statement, as constants of the external's namespace. */
function bindExternal(bindings: string | undefined, name: string): string {
  if (bindings === undefined) return '';
  const from = `skein$bundle.external(${JSON.stringify(name)})`;
  const [, defaultName, rest = ''] = /^([\w$]+)?(?:, )?(.*)$/.exec(bindings) ?? [];
  const parts: string[] = [];
  if (defaultName !== undefined) parts.push(`{ default: ${defaultName} } = ${from}`);
  if (rest.startsWith('* as ')) parts.push(`${rest.slice('* as '.length)} = ${from}`);
  else if (rest !== '') parts.push(`${rest.replaceAll(/ as (?=[\w$]+[ ,])/g, ': ')} = ${from}`);
  return `const ${parts.join(', ')};`;
}
