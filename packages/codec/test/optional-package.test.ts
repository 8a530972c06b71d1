/** Packages that may not be there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { optionalPackages } from '@skein/codec/node';
import { expect, onTestFinished, test } from 'vitest';

const from = (folder: string) =>
  optionalPackages({
    url: pathToFileURL(join(folder, 'module.js')).href,
    import: (name) => import(/* @vite-ignore */ name) as Promise<unknown>,
    missing: (needed, use, cause) => new RangeError(`${use} ${needed}`, { cause }),
  });

async function folderWith(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-optional-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules', name), { recursive: true });
  writeFileSync(join(folder, 'node_modules', name, 'index.js'), text);
  return folder;
}

test('a package is found beside the module that was bundled', async () => {
  const folder = await folderWith('beside-it', 'exports.answer = 42;');
  const load = from(folder);
  const [module, again] = await Promise.all([
    load<{ answer: number }>('beside-it', 'a test uses'),
    load('beside-it', 'a test uses'),
  ]);
  expect(module.answer).toBe(42);
  expect(again).toBe(module);
});

test.each(['is-nowhere', '@some/where/a/path'])(
  '%s, which is not there, is told by name, until it is there',
  async (name) => {
    const folder = await folderWith('another', '');
    const load = from(folder);
    const needed = name.startsWith('@') ? '@some/where' : name;
    await expect(load(name, 'a test uses')).rejects.toThrow(new RangeError(`a test uses ${needed}`));
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'index.js'), 'exports.late = true;');
    expect(await load(name, 'a test uses')).toMatchObject({ late: true });
  },
);

test('one that is there and does not work fails by its own error', async () => {
  const folder = await folderWith('broken', `throw new TypeError('out of order');`);
  await expect(from(folder)('broken', 'a test uses')).rejects.toThrow(new TypeError('out of order'));
});
