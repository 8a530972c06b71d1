import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CapturedCode, CapturedScript, CodeReference } from '../../src/captured-code.ts';

/** Code as `capture` would hand it over, written by hand: what bundling does is then tested by itself. */
export function scriptOf(file: string | undefined, head: string, factory: string): CapturedScript {
  return {
    file,
    url: file ?? 'evalmachine',
    head,
    factory,
    text: `${head}export default ${factory};\n`,
    imports: head !== '' || /\bimport\(|\brequire\(/.test(factory),
    map: () => ({ version: 3, sources: file === undefined ? [] : [file], names: [], mappings: '' }),
  };
}

export function codeOf(
  scripts: readonly CapturedScript[],
  rest: { references?: readonly CodeReference[]; modules?: readonly string[] } = {},
): CapturedCode {
  const { references = [], modules = [] } = rest;
  return {
    key: createHash('sha256')
      .update(JSON.stringify([scripts.map(({ file, text }) => [file, text]), references, modules]))
      .digest('hex'),
    scripts,
    references,
    modules,
    root: scripts[0]?.file,
  };
}

/** Writes a project: files by their relative paths. */
export function writeProject(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}
