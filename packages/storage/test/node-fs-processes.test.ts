import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Storage } from '@skein/storage';
import { type NodeFs, nodeFs } from '@skein/storage/node-fs';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

const program = fileURLToPath(new URL('node-fs-writer.ts', import.meta.url));

let root: string;
let storage: Storage;
let fs: NodeFs;
let children: ChildProcess[] = [];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'skein-node-fs-'));
  storage = new Storage({ kind: 'fs', root });
  await storage.createBucket('b');
  fs = nodeFs(storage, { bucket: 'b' });
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(root, { recursive: true });
});

/** Runs a task in several processes at once, and gives what each did. */
async function race(tasks: readonly string[], times: number): Promise<number[]> {
  children = tasks.map((task, i) =>
    fork(program, [root, task, `${task}-${i}`, `${times}`], { execArgv: [...inject('nodeFlags')] }),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  return Promise.all(
    children.map(async (child) => {
      const answer = once(child, 'message');
      const left = once(child, 'exit').then(([code]) =>
        Promise.reject(new Error(`a writer left with ${code}`)),
      );
      child.send('go');
      const [{ done }] = (await Promise.race([answer, left])) as [{ done: number }];
      left.catch(() => {});
      return done;
    }),
  );
}

test('processes that append to one file, by any of the ways, lose no line and mix none', async () => {
  const tasks = ['append', 'append', 'handle', 'stream'];
  await race(tasks, 60);
  const lines = (await fs.readFile('log', 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBe(60 * tasks.length);
  for (const [i, task] of tasks.entries()) {
    const own = lines.filter((line) => line.startsWith(`${task}-${i}:`));
    expect(own).toEqual(Array.from({ length: 60 }, (_, line) => `${task}-${i}:${line}`));
  }
});

test('of processes that make one directory one does, each time', async () => {
  const made = await race(['lock', 'lock', 'lock'], 100);
  expect(made.reduce((sum, count) => sum + count)).toBe(100);
});

test('many that append at once in one process lose nothing', async () => {
  await Promise.all(Array.from({ length: 100 }, (_, i) => fs.appendFile('log', `${i}\n`)));
  const lines = (await fs.readFile('log', 'utf8')).trimEnd().split('\n').map(Number);
  expect(lines.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('one who cannot get to append for others gives up after patienceMs, with EBUSY', async () => {
  await fs.writeFile('log', 'x');
  // Another write comes between each read and write of this view.
  const contended = around(storage, 'putObject', async (put) => {
    await storage.putObject('b', 'log', `${Math.random()}`);
    return put();
  });
  const view = nodeFs(contended, { bucket: 'b', patienceMs: 50 });
  await expect(view.appendFile('log', 'lost?')).rejects.toThrow(
    /EBUSY: .*others wrote it again and again for 50 ms/,
  );
});

test('a write to the old name while it is renamed is not lost', async () => {
  let late = '';
  // Once for each name, right after it was copied.
  const view = nodeFs(
    around(storage, 'copyObject', async (copy) => {
      const result = await copy();
      const key = late;
      late = '';
      if (key) await storage.putObject('b', key, 'second');
      return result;
    }),
    { bucket: 'b' },
  );
  await fs.writeFile('old', 'first');
  late = 'old';
  await view.rename('old', 'new');
  expect([await fs.readFile('new', 'utf8'), await fs.exists('old')]).toEqual(['second', false]);

  await fs.mkdir('d');
  for (const name of ['x', 'y']) await fs.writeFile(`d/${name}`, 'first');
  late = 'd/x';
  await view.rename('d', 'e');
  expect([await fs.readFile('e/x', 'utf8'), await fs.readFile('e/y', 'utf8')]).toEqual(['second', 'first']);
  expect(await fs.exists('d')).toBe(false);

  await fs.mkdir('d');
  await fs.writeFile('d/x', 'first');
  late = 'd/new';
  await view.rename('d', 'f');
  expect([await fs.readdir('f'), await fs.readFile('f/new', 'utf8')]).toEqual([['new', 'x'], 'second']);
});

/** The same storage with one method in other hands. */
function around(
  target: Storage,
  method: 'putObject' | 'copyObject',
  wrap: (original: () => Promise<unknown>) => Promise<unknown>,
): Storage {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== 'function') return value;
      if (name !== method) return value.bind(object);
      return (...args: unknown[]) => wrap(() => value.apply(object, args) as Promise<unknown>);
    },
  });
}
