import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../src/bundle/bundle.ts';
import { importBundle } from '../src/bundle/import-bundle.ts';
import { LoadError } from '../src/bundle/load-error.ts';
import { packBundle, unpackBundle } from '../src/bundle/pack.ts';
import { codeOf, scriptOf } from './support/captured-code.ts';

let directory: string;
const systemFolder = process.env['TMPDIR'];
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'skein-import-test-'));
  process.env['TMPDIR'] = directory;
});
afterEach(() => {
  if (systemFolder === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = systemFolder;
  rmSync(directory, { recursive: true, force: true });
});

const made = (body: string) =>
  bundle(codeOf([scriptOf(undefined, '', `(skein$) => ({ units: [${body}], imports: {} })`)]));

describe('the text of a bundle', () => {
  test('is imported once a process, and leaves no file behind', async () => {
    const code = await made('1');
    const first = await importBundle(code);
    expect(await importBundle({ ...code })).toBe(first);
    expect(first.scripts).toHaveLength(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is kept in the folder that is named, and mended there', async () => {
    const code = await made('2');
    const file = path.join(directory, 'code', `${code.hash}.mjs`);
    await importBundle(code, { directory: path.join(directory, 'code') });
    expect(readFileSync(file, 'utf8')).toBe(code.code);
    writeFileSync(file, 'damaged');
    await importBundle({ ...code, base: '/elsewhere' }, { directory: path.dirname(file) });
    expect(readFileSync(file, 'utf8')).toBe(code.code);
    expect(readdirSync(path.dirname(file))).toEqual([path.basename(file)]);
  });

  test('is refused when it is not what its hash names, before any of it runs', async () => {
    const { hash, code } = await made('3');
    const damaged = { hash, code: `${code}globalThis.ran = true;`, externals: [] };
    await expect(importBundle(damaged, { directory })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(hash),
    });
    expect('ran' in globalThis).toBe(false);
    expect(existsSync(path.join(directory, `${hash}.mjs`))).toBe(false);
  });

  test('that fails to run is an error that says so, each time', async () => {
    const code = await made('globalThis.absent.member');
    const { scripts } = await importBundle(code);
    expect(() => scripts[0]?.({} as never)).toThrow(TypeError); // only when instantiated
    const external = { name: 'not-installed', path: undefined, kind: 'import' } as const;
    for (let attempt = 0; attempt < 2; attempt++) {
      const failing = importBundle({ ...code, externals: [external] });
      await expect(failing).rejects.toThrow(LoadError);
      await expect(failing).rejects.toMatchObject({ code: 'missing-external' });
    }
  });
});

describe('a packed function', () => {
  const code = {
    hash: 'a'.repeat(64),
    code: 'export const π = "…";',
    externals: [{ name: 'x', path: '/x', kind: 'require' as const }],
    base: '/base',
    files: [],
  };
  const values = new Uint8Array([1, 2, 3]);
  const none = () => new Uint8Array();

  test('comes back as it was, its values aligned and not copied', () => {
    const bytes = packBundle(code, values, none);
    const back = unpackBundle(bytes);
    expect(back.code).toEqual(code);
    expect([...back.values]).toEqual([1, 2, 3]);
    expect(back.values.buffer).toBe(bytes.buffer);
    expect(back.values.byteOffset % 8).toBe(0);
  });

  test('is refused when it is cut off, something else, or of another version', () => {
    const bytes = packBundle(code, values, none);
    expect(() => unpackBundle(bytes.subarray(0, 40))).toThrow(/cut off: 40 bytes/);
    expect(() => unpackBundle(new Uint8Array(100))).toThrow(/expected a packed function/);
    expect(() => unpackBundle(new Uint8Array(3))).toThrow(LoadError);
    const newer = bytes.slice();
    newer[4] = 3;
    expect(() => unpackBundle(newer)).toThrow(/version 3 .* this is version 2/);
    const damaged = bytes.slice();
    damaged[17] = 0;
    expect(() => unpackBundle(damaged)).toThrow(/header .* damaged/);
  });
});
