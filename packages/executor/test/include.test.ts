import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BundleError, FunctionExecutor } from '../src/index.ts';
import { everyBackend, executorOf } from './support/executors.ts';

/** Larger than what rides in messages. */
const weights = randomBytes(3 * 2 ** 20);

const main = `
  import { existsSync, readFileSync, renameSync } from 'node:fs';
  import { fileURLToPath } from 'node:url';
  import { label } from './lib/label.mjs';

  const model = new URL('./model.json', import.meta.url).pathname;
  const read = (name) => readFileSync(fileURLToPath(new URL(name, import.meta.url)));
  export const readModel = () => String(read('./model.json'));
  export const readWithout = (project) => {
    renameSync(project, project + '.away');
    return [existsSync(project), readModel(), read('../shared/weights.bin'), label(), model];
  };
  export const where = () => import.meta.url;
`;

let project: string;
beforeEach(() => {
  project = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), 'skein-include-test-'))), 'project');
  for (const folder of ['src/lib', 'shared']) mkdirSync(path.join(project, folder), { recursive: true });
  writeFileSync(path.join(project, 'src/main.mjs'), main);
  writeFileSync(path.join(project, 'src/model.json'), '{ "k": 1 }');
  writeFileSync(path.join(project, 'shared/weights.bin'), weights);
  writeFileSync(path.join(project, 'src/lib/label.txt'), 'a label');
  writeFileSync(
    path.join(project, 'src/lib/label.mjs'),
    `import { readFileSync } from 'node:fs';
    export const label = () => readFileSync(new URL('./label.txt', import.meta.url), 'utf8');`,
  );
});
afterEach(() => rmSync(path.dirname(project), { recursive: true, force: true }));

interface Functions {
  readModel(): string;
  readWithout(project: string): [boolean, string, Uint8Array, string, string];
  where(): string;
}
const functions = (): Promise<Functions> =>
  import(pathToFileURL(path.join(project, 'src/main.mjs')).href) as Promise<Functions>;

describe.each(everyBackend)('include on %s', (_name, options) => {
  test('brings files to functions and their modules where the folder is gone', async () => {
    const executor = executorOf(options);
    const { readWithout } = await functions();
    const [[exists, text, binary, label] = []] = await executor.map(readWithout, [project], {
      include: ['model.json', 'lib/*.txt', '../shared/**'],
    });
    expect([exists, text, label]).toEqual([false, '{ "k": 1 }', 'a label']);
    expect(Buffer.compare(binary as Uint8Array, weights)).toBe(0);
  });

  test('brings an edited file to workers that have the older one', async () => {
    const executor = executorOf(options);
    const { readModel } = await functions();
    const read = () => executor.callAsync(readModel, undefined, { include: ['model.json'] });
    const first = await read();
    writeFileSync(path.join(project, 'src/model.json'), '{ "k": 2 }');
    expect([first, await read()]).toEqual(['{ "k": 1 }', '{ "k": 2 }']);
  });

  test('rejects the job when a file is not there', async () => {
    const executor = executorOf(options);
    const { readModel } = await functions();
    const job = executor.map(readModel, [1, 2], { include: ['model.json', 'modle.json'] });
    await expect(job).rejects.toThrow(/include: "modle\.json" was looked for as .*no such file/);
    await expect(job).rejects.toBeInstanceOf(BundleError);
  });
});

test('without include, code on localhost reads itself at home', async () => {
  const executor = executorOf();
  const { where } = await functions();
  expect(await executor.callAsync(where)).toBe(pathToFileURL(path.join(project, 'src/main.mjs')).href);
});

test('the same content is stored once, and nothing of it stays after close', async () => {
  const root = path.join(path.dirname(project), 'storage');
  const executor = executorOf({ storage: `file:${root}` });
  const { readModel } = await functions();
  writeFileSync(path.join(project, 'src/same.json'), '{ "k": 1 }');
  const { Storage } = await import('@skein/storage');
  const storedFiles = async (): Promise<number> => {
    let count = 0;
    for await (const { key } of new Storage(`file:${root}`).listObjects('skein'))
      if (key.includes('/code/files/')) count++;
    return count;
  };
  await executor.map(readModel, [1, 2], { include: ['*.json'] });
  await executor.map(readModel, [1, 2], { include: ['model.json'] });
  expect(await storedFiles()).toBe(1);
  await executor.close();
  expect(await storedFiles()).toBe(0);
});

test('what is no list of paths is refused at the call', () => {
  const executor = new FunctionExecutor();
  const map = (include: unknown) => () => executor.map((x: number) => x, [1], { include: include as never });
  expect(map('model.json')).toThrow(/include is an array; got string/);
  expect(map([''])).toThrow(/include is a list of paths and globs.*got "" in it/);
  expect(map([5])).toThrow(/got 5 in it/);
});

test('a file that is removed again is missed by name', async () => {
  const executor = executorOf();
  const { readModel } = await functions();
  expect(await executor.callAsync(readModel, undefined, { include: ['model.json'] })).toBe('{ "k": 1 }');
  renameSync(path.join(project, 'src/model.json'), path.join(project, 'src/gone.json'));
  await expect(executor.callAsync(readModel, undefined, { include: ['model.json'] })).rejects.toThrow(
    /"model\.json" was looked for/,
  );
});
