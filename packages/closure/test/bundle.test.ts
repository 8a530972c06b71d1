import { mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../src/bundle/bundle.ts';
import { BundleError } from '../src/bundle/error.ts';
import { mapStack } from '../src/bundle/stack.ts';
import { codeOf, scriptOf, writeProject } from './support/captured-code.ts';
import { firstUnit, loadHere } from './support/run-bundle.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function newFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'skein-bundle-test-')));
  folders.push(folder);
  return folder;
}
let project: string;
beforeEach(() => {
  project = writeProject(newFolder(), { 'src/main.mjs': '' });
});

/** A script with one unit: `expression`, which sees what `head` imports. */
const script = (head: string, expression: string, file = 'src/main.mjs', folder = project) =>
  scriptOf(
    path.join(folder, file),
    head,
    `(skein$) => ({ units: [\n(before) => [(${expression}), () => {}]\n], imports: {} })`,
  );
const run = async (head: string, expression: string, ...args: unknown[]): Promise<unknown> => {
  const made = await bundle(codeOf([script(head, expression)]));
  return (await firstUnit(made, path.join(project, 'src')))(...args);
};
/** The folder of this package: its node_modules is pnpm's, strict and made of links. */
const here = fileURLToPath(new URL('..', import.meta.url));

describe('what is imported joins the bundle', () => {
  test('local files, TypeScript and JSON too, tree-shaken', async () => {
    writeProject(project, {
      'src/main.mjs': '',
      'src/helper.ts': `import data from './data.json' with { type: 'json' };
        export const helper = (x: number): number => x + data.k;
        export const unused = (): string => 'a string that nobody wants';`,
      'src/data.json': '{ "k": 40 }',
    });
    const made = await bundle(
      codeOf([script('import { helper } from "./helper.ts";\n', '(x) => helper(x)')]),
    );
    expect((await firstUnit(made, project))(2)).toBe(42);
    expect(made.code).not.toContain('nobody wants');
    expect(made.inputs).toContain(path.join(project, 'src/helper.ts'));
  });

  test('side effects of imported modules are kept', async () => {
    writeProject(project, {
      'src/effect.mjs': `globalThis.effects = (globalThis.effects ?? 0) + 1; export const unused = 1;`,
    });
    expect(await run('import "./effect.mjs";\n', '() => globalThis.effects')).toBe(1);
  });

  test('packages as Node resolves them: ES modules, CommonJS with its dependencies, exports maps', async () => {
    writeProject(project, {
      'node_modules/esm/package.json':
        '{ "type": "module", "exports": { ".": { "node": "./node.js", "default": "./web.js" }, "./sub": "./sub.js" } }',
      'node_modules/esm/node.js': 'export default "node";',
      'node_modules/esm/web.js': 'export default "web";',
      'node_modules/esm/sub.js': 'export const sub = await Promise.resolve("sub");',
      'node_modules/cjs/package.json': '{ "main": "main.js", "module": "module.js" }',
      'node_modules/cjs/main.js':
        'exports.__esModule = true; exports.default = require("dep"); exports.named = 1;',
      'node_modules/cjs/module.js': 'export default "not what Node loads";',
      'node_modules/cjs/node_modules/dep/index.js': 'module.exports = require("path").basename("/a/dep");',
    });
    const head =
      'import esm from "esm";\nimport { sub } from "esm/sub";\nimport cjs, { named } from "cjs";\nimport * as ns from "cjs";\n';
    // As in Node: the default of a CommonJS package is module.exports, __esModule or not.
    expect(await run(head, '() => [esm, sub, cjs.default, named, ns.named]')).toEqual([
      'node',
      'sub',
      'dep',
      1,
      1,
    ]);
  });

  test('packages in pnpm’s strict layout', async () => {
    const code = codeOf([
      script(
        'import debug from "debug";\nimport { chunk } from "lodash-es";\n',
        '(x) => [debug.humanize(x), chunk([1, 2, 3], 2).length]',
        'test/main.mjs',
        here,
      ),
    ]);
    const unit = await firstUnit(await bundle(code), path.join(here, 'test'));
    expect(unit(60_000)).toEqual(['1m', 2]);
  });

  test('dynamic imports are in the same text and run when reached', async () => {
    writeProject(project, {
      'src/lazy.mjs': 'globalThis.lazyRan = true; export const lazy = (x) => x + 1;',
    });
    const made = await bundle(
      codeOf([script('', 'async (x) => [globalThis.lazyRan, (await import("./lazy.mjs")).lazy(x)]')]),
    );
    expect(await (await firstUnit(made, project))(1)).toEqual([undefined, 2]);
  });

  test('require calls of CommonJS scripts', async () => {
    writeProject(project, { 'src/helper.cjs': 'exports.helper = (x) => x * 2;' });
    expect(await run('const { helper } = require("./helper.cjs");\n', '(x) => helper(x)', 4)).toBe(8);
  });

  test('specifiers of vite: from the root of the project, and /@fs/', async () => {
    writeProject(project, { 'src/helper.mjs': 'export const helper = (x) => x * 2;' });
    expect(await run('import { helper } from "/src/helper.mjs";\n', '(x) => helper(x)', 4)).toBe(8);
    const absolute = `/@fs${path.join(project, 'src/helper.mjs')}`;
    expect(await run(`import { helper } from "${absolute}";\n`, '(x) => helper(x)', 4)).toBe(8);
  });

  test('references are thunks of what their files export', async () => {
    writeProject(project, {
      'src/main.mjs': '',
      'src/a.mjs': 'export default () => "default"; export const named = () => "named";',
      'src/b.cjs': 'module.exports = Object.assign(() => "whole", { member: () => "member" });',
    });
    const file = (name: string) => path.join(project, 'src', name);
    const references = [
      { kind: 'module', file: file('a.mjs'), name: 'default' },
      { kind: 'module', file: file('a.mjs'), name: 'named' },
      { kind: 'module', file: file('a.mjs'), name: '*' },
      { kind: 'commonjs', file: file('b.cjs'), name: '' },
      { kind: 'commonjs', file: file('b.cjs'), name: 'member' },
    ] as const;
    const made = await bundle(codeOf([script('', '() => 0')], { references }));
    const loaded = (await loadHere(made, project)).references.map((thunk) => thunk());
    const [first, second, namespace, whole, member] = loaded as [
      () => string,
      () => string,
      { named(): string },
      () => string,
      () => string,
    ];
    expect([first(), second(), namespace.named(), whole(), member()]).toEqual([
      'default',
      'named',
      'named',
      'whole',
      'member',
    ]);
  });

  test('modules of handles run, although their package has no side effects', async () => {
    writeProject(project, {
      'node_modules/handles/package.json': '{ "type": "module", "sideEffects": false }',
      'node_modules/handles/index.js': 'export { Handle } from "./handle.js";',
      'node_modules/handles/handle.js':
        'export class Handle {}\n(globalThis.registered ??= []).push(Handle.name);',
    });
    const made = await bundle(codeOf([script('', '() => globalThis.registered')], { modules: ['handles'] }));
    expect((await firstUnit(made, project))()).toEqual(['Handle']);
  });
});

describe('what stays outside is named', () => {
  test('packages named external, by every way of importing them', async () => {
    writeProject(project, {
      'node_modules/out/package.json': '{ "type": "module", "exports": { ".": "./out.js" } }',
      'node_modules/out/out.js':
        'export default "d"; export const b = "b"; export let live = 1; export { b as "a-b" };',
      'node_modules/cjs/index.js': 'try { exports.c = require("out2"); } catch { exports.c = "absent"; }',
      'node_modules/old/index.js': 'module.exports = "old";',
    });
    const head =
      'import d, { b as renamed, "a-b" as dashed } from "out";\nimport * as ns from "out";\nimport "out";\nimport { c } from "cjs";\nconst old = require("old");\n';
    const made = await bundle(
      codeOf([script(head, 'async () => [d, renamed, dashed, ns.b, c, old, (await import("out")).default]')]),
      { external: ['out', 'out2', 'old'] },
    );
    expect(made.externals).toEqual([
      { name: 'old', path: path.join(project, 'node_modules/old/index.js'), kind: 'require' },
      { name: 'out', path: path.join(project, 'node_modules/out/out.js'), kind: 'import' },
      { name: 'out', path: path.join(project, 'node_modules/out/out.js'), kind: 'dynamic' },
      { name: 'out2', path: undefined, kind: 'require' },
    ]);
    expect(made.code).not.toMatch(/^import(?!.*"node:)/m);
    expect(made.code).not.toContain(project);
    const unit = await firstUnit(made, path.join(project, 'src'));
    expect(await unit()).toEqual(['d', 'b', 'b', 'b', 'absent', 'old', 'd']);
  });

  test('packages with native bindings, and add-ons', async () => {
    const code = codeOf([
      script(
        'import { transform } from "lightningcss";\nimport esbuild from "esbuild";\n',
        `() => [transform({ filename: 'a.css', code: Buffer.from('a { color: red }'), minify: true }).code.toString(),
          esbuild.transformSync('let a: 1', { loader: 'ts' }).code]`,
        'test/main.mjs',
        here,
      ),
    ]);
    const made = await bundle(code);
    expect(made.externals.map(({ name, kind }) => [name, kind])).toEqual([
      ['esbuild', 'import'],
      ['lightningcss', 'import'],
    ]);
    const unit = await firstUnit(made, path.join(here, 'test'));
    expect(unit()).toEqual(['a{color:red}', 'let a;\n']);
  });

  test('an add-on file of a package that has no other sign of it', async () => {
    const require = createRequire(import.meta.url);
    const lightningcss = createRequire(require.resolve('lightningcss'));
    const addon = lightningcss.resolve(`lightningcss-${process.platform}-${process.arch}-gnu`);
    writeProject(project, {
      'node_modules/plain/index.js':
        'exports.addon = require("./native/addon.node"); exports.main = require("native-main");',
      'node_modules/plain/native/.keep': '',
      'node_modules/native-main/package.json': '{ "main": "main.node" }',
    });
    symlinkSync(addon, path.join(project, 'node_modules/plain/native/addon.node'));
    symlinkSync(addon, path.join(project, 'node_modules/native-main/main.node'));
    const made = await bundle(
      codeOf([
        script(
          'import plain from "plain";\n',
          '() => [plain.addon, plain.main].map((m) => typeof m.transform)',
        ),
      ]),
    );
    expect(made.externals.map(({ path: file }) => file)).toContain(addon);
    expect(made.code).not.toContain(project);
    expect((await firstUnit(made, path.join(project, 'src')))()).toEqual(['function', 'function']);
  });

  test('an external that is missing where the bundle runs is an error that names it', async () => {
    const made = await bundle(codeOf([script('import gone from "not-here";\n', '() => gone')]), {
      external: ['not-here'],
    });
    await expect(loadHere(made, project)).rejects.toThrow(/"not-here".*is not installed where it runs/);
  });

  test('packages whose imports are written on several lines, at the user’s lines below', async () => {
    writeProject(project, {
      'node_modules/out/package.json': '{ "type": "module", "exports": "./out.js" }',
      'node_modules/out/out.js': 'export default "d"; export const b = "b"; export const c = "c";',
      'src/helper.mjs':
        'import d, {\n  b as renamed,\n  c\n} from "out";\nexport const helper = () => [d, renamed, c];\nexport function fail() {\n  throw new Error("here");\n}',
    });
    const made = await bundle(
      codeOf([script('import { fail, helper } from "./helper.mjs";\n', '() => [helper(), fail]')]),
      { external: ['out'] },
    );
    const [values, fail] = (await firstUnit(made, path.join(project, 'src')))() as [string[], () => void];
    expect(values).toEqual(['d', 'b', 'c']);
    let stack = '';
    try {
      fail();
    } catch (error) {
      stack = mapStack((error as Error).stack ?? '', [made]);
    }
    expect(stack).toContain('src/helper.mjs:7:9');
  });

  test('modules of a provided package that are used, and they alone', async () => {
    writeProject(project, {
      'node_modules/kit/package.json': '{ "type": "module", "exports": "./index.js", "sideEffects": false }',
      'node_modules/kit/index.js':
        'export { one } from "./one.js";\nexport { two as deux } from "./two.js";\nexport { Three } from "./three.js";',
      'node_modules/kit/one.js': 'export const one = "bundled one";',
      'node_modules/kit/two.js': 'export const two = "bundled two";',
      'node_modules/kit/three.js': 'export class Three {}',
      'src/one.js': 'export const own = "own";',
      'elsewhere/two.js': 'export const two = "provided two";',
    });
    const entry = path.join(project, 'node_modules/kit/index.js');
    const kit = {
      name: 'kit',
      entry,
      locate: (module: string) => path.join(project, 'elsewhere', path.basename(module)),
    };
    const code = codeOf([
      script('import { deux } from "kit";\nimport { own } from "./one.js";\n', '() => [deux, own]'),
    ]);
    const made = await bundle(code, { provided: [kit] });
    expect(made.externals).toEqual([
      { name: 'kit/two.js', path: path.join(project, 'elsewhere/two.js'), kind: 'import' },
    ]);
    expect((await firstUnit(made, path.join(project, 'src')))()).toEqual(['provided two', 'own']);
    const whole = await bundle(code);
    expect(whole.externals).toEqual([]);
    expect((await firstUnit(whole, path.join(project, 'src')))()).toEqual(['bundled two', 'own']);
  });

  test('a wrong name in `external` is refused', async () => {
    await expect(bundle(codeOf([script('', '() => 0')]), { external: ['./local.js'] })).rejects.toThrow(
      /external: expected names of packages.*local\.js/,
    );
  });
});

test('import.meta and its CommonJS twins are each file’s own, relative to the base', async () => {
  writeProject(project, {
    'src/here.mjs':
      "'use strict'; export const here = [import.meta.url, import.meta.dirname, import.meta.filename];",
    'lib/there.cjs': "'use strict'; exports.there = [__filename, __dirname];",
  });
  const made = await bundle(
    codeOf([
      script(
        'import { here } from "./here.mjs";\nimport { there } from "../lib/there.cjs";\n',
        '() => [here, there]',
      ),
    ]),
  );
  expect((await firstUnit(made, '/worker/src'))()).toEqual([
    ['file:///worker/src/here.mjs', '/worker/src', '/worker/src/here.mjs'],
    ['/worker/lib/there.cjs', '/worker/lib'],
  ]);
});

describe('the hash', () => {
  const files = {
    'src/helper.ts': 'export const helper = (x: number): number => x + 1;',
    'node_modules/cjs/index.js': 'exports.where = () => __dirname;',
    'node_modules/out/index.js': 'module.exports = 1;',
  };
  const head =
    'import { helper } from "./helper.ts";\nimport { where } from "cjs";\nimport out from "out";\n';
  const codeIn = (folder: string) =>
    codeOf([
      script(head, '(x) => helper(x) + out', 'src/main.mjs', folder),
      script('', '() => 1', 'src/b.mjs', folder),
    ]);

  test('is the same for the same project in another folder', async () => {
    const options = { external: ['out'] };
    const a = await bundle(codeIn(writeProject(newFolder(), files)), options);
    const b = await bundle(codeIn(writeProject(path.join(newFolder(), 'deeper/still'), files)), options);
    expect(a.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(b.code).toBe(a.code);
    expect(b.hash).toBe(a.hash);
    expect(b.externals).not.toEqual(a.externals);
  });

  test('is another when a helper was edited, and the old one when it is put back', async () => {
    const code = codeIn(writeProject(project, files));
    const before = await bundle(code);
    const edited = files['src/helper.ts'].replace('+ 1', '+ 2');
    writeFileSync(path.join(project, 'src/helper.ts'), edited);
    const after = await bundle(code);
    expect(after.hash).not.toBe(before.hash);
    // The same size and, as far as anyone can set it, the same time: the edit must show all the same.
    const helper = path.join(project, 'src/helper.ts');
    writeFileSync(helper, edited.replace('+ 2', '+ 3'));
    utimesSync(helper, new Date(0), new Date(0));
    const third = await bundle(code);
    expect(third.hash).not.toBe(after.hash);
    writeFileSync(helper, files['src/helper.ts']);
    expect((await bundle(code)).hash).toBe(before.hash);
  });
});

describe('bundles are kept', () => {
  /** Files just written cannot be told from files that change while they are read: such builds are not kept. */
  const untilFilesAreOld = () => new Promise((resolve) => setTimeout(resolve, 50));

  test('while no input changes', async () => {
    writeProject(project, { 'src/helper.mjs': 'export const helper = 1;' });
    await untilFilesAreOld();
    const code = codeOf([script('import { helper } from "./helper.mjs";\n', '() => helper')]);
    const first = await bundle(code);
    expect(await bundle(code)).toBe(first);
    expect(await bundle(code, { external: ['x'] })).not.toBe(first);
  });

  test('until a package is replaced by another version', async () => {
    const version = (n: number) =>
      writeProject(path.join(project, `store/${n}`), {
        'package.json': `{ "version": "${n}.0.0" }`,
        'index.js': `module.exports = ${n};`,
      });
    const link = path.join(project, 'node_modules/pack');
    writeProject(project, { 'node_modules/.keep': '' });
    symlinkSync(version(1), link);
    version(2);
    await untilFilesAreOld();
    const code = codeOf([script('import pack from "pack";\n', '() => pack')]);
    expect((await firstUnit(await bundle(code), project))()).toBe(1);
    rmSync(link);
    symlinkSync(path.join(project, 'store/2'), link);
    expect((await firstUnit(await bundle(code), project))()).toBe(2);
  });

  test('and concurrent ones of the same code are one build', async () => {
    writeProject(project, { 'src/helper.mjs': 'export const helper = 1;' });
    const code = codeOf([script('import { helper } from "./helper.mjs";\n', '() => helper')]);
    const [a, b] = await Promise.all([bundle(code), bundle(code)]);
    expect(a).toBe(b);
  });

  test('but not failures', async () => {
    const code = codeOf([script('import { helper } from "./late.mjs";\n', '() => helper')]);
    await expect(bundle(code)).rejects.toThrow(BundleError);
    writeProject(project, { 'src/late.mjs': 'export const helper = 1;' });
    expect((await firstUnit(await bundle(code), project))()).toBe(1);
  });
});

describe('what cannot be bundled is an error at the user’s line', () => {
  const failure = async (head: string): Promise<BundleError> => {
    const error = await bundle(codeOf([script(head, '() => 0')])).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof BundleError)) throw new Error(`expected a BundleError, got ${String(error)}`);
    return error;
  };

  test('a package that is not installed', async () => {
    writeProject(project, { 'src/main.mjs': "\n\nimport { chunk } from 'lodahs';\n" });
    const error = await failure('import { chunk } from "lodahs";\n');
    expect(error.code).toBe('unresolved');
    expect(error.problems[0]).toMatchObject({
      specifier: 'lodahs',
      file: `${project}/src/main.mjs`,
      line: 3,
      column: 23,
    });
    expect(error.message).toMatch(
      /main\.mjs:3:23: the package "lodahs" was looked for .*npm install lodahs.*external/s,
    );
  });

  test('a file that is not there, imported by a helper', async () => {
    writeProject(project, { 'src/helper.mjs': "// first\nimport './gone.mjs';\n" });
    const error = await failure('import "./helper.mjs";\n');
    expect(error.problems[0]).toMatchObject({
      specifier: './gone.mjs',
      file: `${project}/src/helper.mjs`,
      line: 2,
    });
  });

  test('a helper that does not parse', async () => {
    writeProject(project, { 'src/helper.mjs': 'export const a = 1;\nexport const b = = 2;\n' });
    const error = await failure('import "./helper.mjs";\n');
    expect(error.code).toBe('syntax');
    expect(error.message).toMatch(/helper\.mjs:2:18: Unexpected "="/);
  });

  test('a name that a file does not export', async () => {
    writeProject(project, { 'src/helper.mjs': 'export const a = 1;\n' });
    const error = await failure('import { b } from "./helper.mjs";\n');
    expect(error.message).toMatch(/No matching export in "helper\.mjs" for import "b"/);
  });
});
