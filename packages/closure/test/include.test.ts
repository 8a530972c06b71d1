import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BundleError, bundle, capture, LoadError, loadCode, pack, remoteFunction } from '@skein/closure';
import { decode } from '@skein/codec';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { filesLine, sha256 } from '../src/include/code-file.ts';
import { writeProject } from './support/captured-code.ts';
import { ask } from './support/remote.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function newFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'skein-include-test-')));
  folders.push(folder);
  return folder;
}

const weights = randomBytes(100_000);
const main = `
  import { readFileSync, statSync } from 'node:fs';
  import { fileURLToPath } from 'node:url';
  import { label } from './lib/label.ts';
  import { shape } from 'shapes';
  const read = (name) => readFileSync(new URL(name, import.meta.url));
  export const readAll = () => [
    JSON.parse(read('./model.json')).k,
    readFileSync(fileURLToPath(new URL('../shared/weights.bin', import.meta.url))),
    label(),
    shape(),
    statSync(new URL('./tool.sh', import.meta.url)).mode & 0o777,
    read('../src/model.json').length,
  ];
  export const where = () => import.meta.url;
  export const readModel = () => String(read('./model.json'));
  export const self = () => readFileSync(new URL('./model.json', import.meta.url), 'utf8');
`;
const include = ['model.json', '../shared/*.bin', 'lib/**', './tool.sh', '../node_modules/shapes/*.txt'];

let project: string;
beforeEach(() => {
  project = writeProject(path.join(newFolder(), 'project'), {
    'package.json': '{ "type": "module" }',
    'src/main.mjs': main,
    'src/model.json': '{ "k": 1 }',
    'src/tool.sh': '#!/bin/sh',
    'src/lib/label.ts': `import { readFileSync } from 'node:fs';
      import { join } from 'node:path';
      export const label = (): string => readFileSync(join(import.meta.dirname, 'label.txt'), 'utf8');`,
    'src/lib/label.txt': 'a label',
    'node_modules/shapes/package.json': '{ "main": "index.cjs" }',
    'node_modules/shapes/index.cjs':
      "exports.shape = () => require('node:fs').readFileSync(__dirname + '/shape.txt', 'utf8');",
    'node_modules/shapes/shape.txt': 'round',
  });
  mkdirSync(path.join(project, 'shared'));
  writeFileSync(path.join(project, 'shared/weights.bin'), weights);
  chmodSync(path.join(project, 'src/tool.sh'), 0o755);
});

type Functions = Record<'readAll' | 'where' | 'readModel' | 'self', () => unknown>;
const functionsOf = (folder = project): Promise<Functions> =>
  import(pathToFileURL(path.join(folder, 'src/main.mjs')).href) as Promise<Functions>;
const bundleOf = async (name: keyof Functions, entries: readonly string[], folder = project) =>
  bundle(capture((await functionsOf(folder))[name], { include: entries }));

describe('files that include names', () => {
  test('are read in another process by code and its modules when the folder is gone', async () => {
    const { readAll } = await functionsOf();
    const bytes = await pack(readAll, { include });
    renameSync(project, `${project}.away`);
    const answer = await ask({ kind: 'unpack', bytes });
    if (answer.kind === 'failure') throw new Error(answer.message);
    const [k, binary, label, shape, mode, length] = decode<unknown[]>(answer.bytes);
    expect(Buffer.compare(binary as Uint8Array, weights)).toBe(0);
    expect([k, label, shape, mode, length]).toEqual([1, 'a label', 'round', 0o555, 10]);
  });

  test('are always the copies that travelled, also where the folder exists', async () => {
    const made = await bundleOf('readModel', ['model.json']);
    const directory = newFolder();
    const { value } = (await loadCode(made, { directory })).decode<() => string>(
      capture((await functionsOf()).readModel).values.toBytes(),
    );
    writeFileSync(path.join(project, 'src/model.json'), '{ "k": 2 }');
    expect(value()).toBe('{ "k": 1 }');
  });

  test('leave code without include where it was: import.meta.url reads as at home', async () => {
    const { where } = await functionsOf();
    const captured = capture(where);
    const { value } = (await loadCode(await bundle(captured))).decode<() => string>(
      captured.values.toBytes(),
    );
    expect(value()).toBe(pathToFileURL(path.join(project, 'src/main.mjs')).href);
  });

  test('are laid out once for the processes that share a folder, and nothing else stays there', async () => {
    const made = await bundleOf('self', ['model.json', '../shared/weights.bin']);
    const directory = newFolder();
    const reads: string[] = [];
    const files = made.files.map((file) => ({
      ...file,
      read: () => {
        reads.push(file.path);
        return file.read();
      },
    }));
    await Promise.all([1, 2].map(() => loadCode({ ...loadable(made), files }, { directory })));
    const before = reads.length;
    await loadCode({ ...loadable(made), files }, { directory });
    expect(reads).toHaveLength(before);
    expect(
      readdirSync(directory)
        .map((name) => name.replace(/-?[0-9a-f]{32,}/, ''))
        .sort(),
    ).toEqual(['.mjs', 'files']);
  });

  test('are each there once, by path, whatever names them', async () => {
    const { files } = await bundleOf('self', [
      'model.json',
      './model.json',
      '*.json',
      path.join(project, 'src/model.json'),
      path.join(project, 'src/lib/*.txt'),
      '../src/lib/*.txt',
    ]);
    expect(files.map(({ path: name, size, executable }) => [name, size, executable])).toEqual([
      ['lib/label.txt', 7, false],
      ['model.json', 10, false],
    ]);
  });

  test('may have names that look like globs, and be links', async () => {
    writeProject(project, { 'src/[id].json': '1' });
    symlinkSync(path.join(project, 'shared'), path.join(project, 'src/linked'));
    const { files } = await bundleOf('self', ['[id].json', 'linked/*']);
    expect(files.map(({ path: name }) => name)).toEqual(['[id].json', 'linked/weights.bin']);
  });

  test('are looked for beside the module of a remote function', async () => {
    const url = pathToFileURL(path.join(project, 'src/main.mjs')).href;
    const bytes = await pack(remoteFunction(url, 'readModel'), { include: ['model.json'] });
    renameSync(project, `${project}.away`);
    const answer = await ask({ kind: 'unpack', bytes });
    if (answer.kind === 'failure') throw new Error(answer.message);
    expect(decode(answer.bytes)).toBe('{ "k": 1 }');
  });
});

describe('the hash of code with files', () => {
  test('is the same in another folder, and another when a file is edited, added or made executable', async () => {
    const hashOf = async (entries = ['model.json'], folder = project) =>
      (await bundleOf('self', entries, folder)).hash;
    const first = await hashOf();
    expect(await hashOf()).toBe(first);
    const copy = writeProject(path.join(newFolder(), 'deeper/elsewhere'), {
      'package.json': '{ "type": "module" }',
      'src/main.mjs': main,
      'src/lib/label.ts': 'export const label = () => "";',
      'src/model.json': '{ "k": 1 }',
      'node_modules/shapes/index.js': 'exports.shape = () => 1;',
    });
    expect(await hashOf(['model.json'], copy)).toBe(first);
    const hashes = [first, await hashOf([]), await hashOf(['model.json', 'lib/label.txt'])];
    writeFileSync(path.join(project, 'src/model.json'), '{ "k": 2 }');
    hashes.push(await hashOf());
    chmodSync(path.join(project, 'src/model.json'), 0o755);
    hashes.push(await hashOf());
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('is that of the text, which stays at the user’s lines', async () => {
    const made = await bundleOf('self', ['model.json']);
    const plain = await bundleOf('self', []);
    expect(made.code).toMatch(/\n\/\/ skein-files 1 [0-9a-f]{64}\n$/);
    expect(made.code.startsWith(plain.code)).toBe(true);
    expect(made.map()).toEqual(plain.map());
  });
});

describe('what cannot travel is refused, by name', () => {
  const refusals: readonly (readonly [what: string, entries: readonly string[], message: RegExp])[] = [
    [
      'a file that is not there',
      ['model.jsn'],
      /include: "model\.jsn" was looked for as .*src\/model\.jsn, and there is no such file/,
    ],
    ['a glob without a match', ['*.onnx'], /include: "\*\.onnx" matches no file, looked for from .*src/],
    ['a folder', ['lib/'], /"lib\/" is a folder: write "lib\/\*\*"/],
    [
      'an absolute path outside of the package',
      ['/etc/hosts'],
      /"\/etc\/hosts" is an absolute path outside of .*project/,
    ],
    ['what is no file', ['../../../../../../../../../../dev/null'], /is a device, and only files can travel/],
    ['an installed package that the glob does not name', ['../**/shape.txt'], /matches no file/],
  ];
  test.each(refusals)('%s', async (_what, entries, message) => {
    const refused = bundleOf('self', entries);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(BundleError);
    await expect(refused).rejects.toMatchObject({ code: 'include' });
  });

  test('all at once', async () => {
    await expect(bundleOf('self', ['a', 'lib', 'b'])).rejects.toThrow(/"a".*\n.*"lib" is a folder.*\n.*"b"/);
  });

  test('more than fits', async () => {
    const large = path.join(project, 'src/large.bin');
    writeFileSync(large, '');
    truncateSync(large, 256 * 2 ** 20 + 1); // sparse: nothing is written, and nothing read
    await expect(bundleOf('self', ['large.bin'])).rejects.toThrow(/256\.0 MiB together.*storage.*large\.bin/);
    mkdirSync(path.join(project, 'src/many'));
    for (let i = 0; i <= 1_000; i++) writeFileSync(path.join(project, `src/many/${i}`), '');
    await expect(bundleOf('self', ['many/*'])).rejects.toThrow(/1001 files, at most 1000/);
  });

  test('what is no list of paths, at the call', async () => {
    const { self } = await functionsOf();
    expect(() => capture(self, { include: 'model.json' as never })).toThrow(/include: expected a list/);
    expect(() => capture(self, { include: [''] })).toThrow(/such as 'model.json'.*got ""/);
    await expect(bundle(capture(self), { include: [5 as never] })).rejects.toThrow(TypeError);
  });

  test('a file that changes while it is shipped', async () => {
    const { self } = await functionsOf();
    const made = await bundle(capture(self, { include: ['model.json'] }));
    writeFileSync(path.join(project, 'src/model.json'), '{ "k": 2 }');
    await expect(made.files[0]?.read()).rejects.toThrow(/model\.json changed while it was shipped/);
    expect(() => made.bytes).toThrow(/changed while it was shipped/);
  });
});

describe('code is not loaded', () => {
  test('without its files, with others, or with damaged ones; and nothing of them stays', async () => {
    const made = await bundleOf('self', ['model.json']);
    const [file] = made.files;
    const directory = newFolder();
    const load = (files: typeof made.files) => loadCode({ ...loadable(made), files }, { directory });
    await expect(load([])).rejects.toThrow(/bundled with 1 files \(include\) and came without/);
    await expect(load([{ ...file!, path: 'other.json', read: () => file!.read() }])).rejects.toThrow(
      /these 1 are not they/,
    );
    const damaged = { ...file!, read: () => Buffer.from('{ "k": 3 }') };
    await expect(load([damaged])).rejects.toThrow(/model\.json is damaged/);
    await expect(load([damaged])).rejects.toBeInstanceOf(LoadError);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('when a path leads out of its folder', async () => {
    const made = await bundleOf('self', ['model.json']);
    const files = [{ ...made.files[0]!, path: 'a/../../../evil', read: () => Buffer.from('{ "k": 1 }') }];
    const code = `export const scripts = [];\nexport const references = [];\n${filesLine(files)}`;
    const directory = newFolder();
    await expect(loadCode({ hash: sha256(code), code, externals: [], files }, { directory })).rejects.toThrow(
      /would lie outside/,
    );
    expect(existsSync(path.join(directory, '../evil'))).toBe(false);
    expect(readFileSync(path.join(project, 'src/model.json'), 'utf8')).toBe('{ "k": 1 }');
  });
});

function loadable({ hash, code, externals, base }: Awaited<ReturnType<typeof bundleOf>>) {
  return { hash, code, externals, base };
}
