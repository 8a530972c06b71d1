import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../src/bundle/bundle.ts';
import { mapStack } from '../src/bundle/stack.ts';
import type { CapturedScript } from '../src/captured-code.ts';
import { codeOf, scriptOf, writeProject } from './support/captured-code.ts';
import { firstUnit } from './support/run-bundle.ts';

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(path.join(tmpdir(), 'skein-stacks-test-')));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const main = () => path.join(project, 'main.ts');

/** A script whose unit stands on line 3 of its factory and was written on line 10 of main.ts, 4 columns in. */
function mappedScript(head: string, expression: string): CapturedScript {
  const script = scriptOf(
    main(),
    head,
    `(skein$) => ({ units: [\n(before) => [\n${expression}, () => {}]\n], imports: {} })`,
  );
  // One mapping: generated line (head + 2), column 0 -> source 0, line 9, column 4 (all from 0).
  const mappings = `${';'.repeat(head.split('\n').length - 1 + 2)}AASI`;
  return { ...script, map: () => ({ version: 3, sources: [main()], names: [], mappings }) };
}

const thrown = (run: () => unknown): Error => {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
};

describe('a stack from a bundle', () => {
  test('points at the user’s line, without a bundler', async () => {
    const made = await bundle(codeOf([mappedScript('', '() => { throw new Error("direct"); }')]));
    const unit = await firstUnit(made, project);
    const stack = mapStack(thrown(() => unit()).stack ?? '', [made]);
    expect(stack).toMatch(/^Error: direct\n/);
    expect(stack.split('\n')[1]).toContain(`${pathToFileURL(main()).href}:10:5`);
  });

  test('points at the user’s line, through the bundler', async () => {
    writeProject(project, { 'main.ts': '', 'one.mjs': 'export const one = 1;' });
    const made = await bundle(
      codeOf([mappedScript('import { one } from "./one.mjs";\n', '() => { throw new Error("no " + one); }')]),
    );
    const unit = await firstUnit(made, project);
    const stack = mapStack(thrown(() => unit()).stack ?? '', [made]);
    expect(stack.split('\n')[1]).toContain(`${pathToFileURL(main()).href}:10:5`);
  });

  test('points into helpers, under the names that they have there', async () => {
    writeProject(project, {
      'main.ts': '',
      'a.ts': 'export function check(x: number): number {\n  return x;\n}\n',
      'b.ts': [
        'interface Lines { readonly dropped: true }',
        'export function check(x: number): number {',
        '  class Inner { static fail(): never { throw new RangeError("b: " + x); } }',
        '  return Inner.fail();',
        '}',
      ].join('\n'),
    });
    const head = 'import { check } from "./a.ts";\nimport { check as second } from "./b.ts";\n';
    const made = await bundle(codeOf([mappedScript(head, '(x) => second(check(x))')]));
    expect(made.code).toMatch(/function check2\(/);
    const unit = await firstUnit(made, project);
    const frames = mapStack(thrown(() => unit(1)).stack ?? '', [made]).split('\n');
    const b = pathToFileURL(path.join(project, 'b.ts')).href;
    expect(frames[1]).toBe(`    at Function.fail (${b}:3:46)`);
    expect(frames[2]).toBe(`    at check (${b}:4:16)`);
  });

  test('goes through the map that a helper’s transpiler wrote', async () => {
    const source = 'type Gone = 1;\n\nexport const fail = (): never => {\n  throw new Error("typed");\n};\n';
    const { code } = transformSync(source, { loader: 'ts', sourcemap: 'inline', sourcefile: 'typed.ts' });
    writeProject(project, {
      'main.ts': '',
      'typed.js': code,
      'typed.ts': source,
      'package.json': '{"type":"module"}',
    });
    const made = await bundle(codeOf([mappedScript('import { fail } from "./typed.js";\n', '() => fail()')]));
    const unit = await firstUnit(made, project);
    const frames = mapStack(thrown(() => unit()).stack ?? '', [made]).split('\n');
    expect(frames[1]).toContain(`${pathToFileURL(path.join(project, 'typed.ts')).href}:4:9`);
  });

  test('ends with the user’s last frame: what called the function is dropped', async () => {
    const made = await bundle(
      codeOf([mappedScript('', '(call) => call(() => { throw new Error("deep"); })')]),
    );
    const unit = await firstUnit(made, project);
    const agent = () => unit((f: () => void) => [1].map(f));
    const frames = mapStack(thrown(agent).stack ?? '', [made])
      .split('\n')
      .slice(1);
    expect(frames.at(-1)).toContain('main.ts:10:5');
    expect(frames.some((frame) => frame.includes('Array.map'))).toBe(true);
    expect(frames.some((frame) => frame.includes('agent'))).toBe(false);
  });

  test('is left alone when no frame is of a bundle', async () => {
    const made = await bundle(codeOf([mappedScript('', '() => 0')]));
    const stack = new Error('elsewhere').stack ?? '';
    expect(mapStack(stack, [made])).toBe(stack);
    expect(mapStack(stack, [])).toBe(stack);
    expect(mapStack('no frames at all', [made])).toBe('no frames at all');
  });
});

test('the whole map leads to the user’s files', async () => {
  writeProject(project, { 'main.ts': '', 'one.ts': 'export const one: number = Math.random();' });
  const made = await bundle(codeOf([mappedScript('import { one } from "./one.ts";\n', '() => one')]));
  const { version, sources, mappings } = made.map();
  expect(version).toBe(3);
  expect(sources.toSorted()).toEqual([main(), path.join(project, 'one.ts')]);
  expect(mappings).not.toBe('');
});
