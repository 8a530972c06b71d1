/** Work that several processes ask for is done once, and half done never. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { installOnce } from '../../servers/install-once.ts';
import { ownTemporaries } from './support/temporary.ts';

ownTemporaries();

let count = 0;
function newFolder(): string {
  count += 1;
  return join(tmpdir(), `installed-${count}`, 'server');
}

test('several who ask at once get one and the same', async () => {
  const folder = newFolder();
  let made = 0;
  const make = async (draft: string): Promise<void> => {
    made += 1;
    expect(existsSync(folder)).toBe(false);
    await writeFile(join(draft, 'program'), `made ${made} times`);
  };
  await Promise.all([1, 2, 3].map(() => installOnce(folder, make)));
  await installOnce(folder, make);
  expect(await readFile(join(folder, 'program'), 'utf8')).toBe('made 1 times');
  expect(await readdir(dirname(folder))).toEqual(['server']);
});

test('what failed leaves nothing, and can be done again', async () => {
  const folder = newFolder();
  const fails = async (draft: string): Promise<void> => {
    await writeFile(join(draft, 'half'), 'done');
    throw new Error('no network');
  };
  await expect(installOnce(folder, fails)).rejects.toThrow('no network');
  expect(await readdir(dirname(folder))).toEqual([]);
  await installOnce(folder, async () => {});
  expect(await readdir(folder)).toEqual([]);
});

test('whoever was killed at it holds nobody up, and what that one left is removed', async () => {
  const folder = newFolder();
  const { lock, draft } = await leftAt(folder);
  const past = new Date(Date.now() - 60_000);
  await utimes(lock, past, past);
  await installOnce(folder, async () => {});
  expect(existsSync(draft)).toBe(false);
  expect(await readdir(dirname(folder))).toEqual(['server']);
});

async function leftAt(folder: string): Promise<{ lock: string; draft: string }> {
  const lock = `${folder}.lock`;
  const draft = `${folder}.draft-left`;
  await mkdir(draft, { recursive: true });
  await writeFile(lock, '1\n');
  return { lock, draft };
}
