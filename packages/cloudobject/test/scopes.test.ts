import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanLeftovers } from '@skein/executor';
import { Storage } from '@skein/storage';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { cached, clean, cloudObject, collect, stateful, sweep } from '../src/index.ts';
import { race, racer } from './support/race.ts';
import { all, everyStore, failureOf, folder, keysOf, memory, without } from './support/stores.ts';

describe.each(everyStore)('on %s', (_name, open) => {
  test('what is in a scope is listed in the order in which it was made, typed as it was', async () => {
    const storage = open();
    for (const value of ['first', new Float32Array(2), { third: 3 }])
      await cloudObject(value, { storage, scope: 'mine' });
    await cloudObject('other', { storage, scope: 'others' });
    await cloudObject('named', { storage, scope: 'mine', key: 'by/name' });
    const found = await all(collect('mine', { storage }));
    expect(found.map(({ format }) => format).sort()).toEqual(['Float32Array', 'text', 'text', 'value']);
    expect(found.map(({ made }) => made)).toEqual(found.map(({ made }) => made).sort((a, b) => a - b));
    expect(await Promise.all(found.map((object) => object.get()))).toEqual(
      expect.arrayContaining(['first', new Float32Array(2), { third: 3 }, 'named']),
    );
  });

  test('cleaning removes all of a scope and nothing of others', async () => {
    const storage = open();
    const object = await cloudObject('mine', { storage, scope: 'mine' });
    await cloudObject('named', { storage, scope: 'mine', key: 'a' });
    await cached('value', () => 1, { storage, scope: 'mine' });
    await stateful('n', { n: 0 }, (state) => ++state.n, { storage, scope: 'mine' })();
    const others = [
      'objects/mine/readme.txt',
      'objects/mine/made/by-hand.f64',
      'objects/mine/made/0/1.2.3',
      'objects/mine/cached/x/value',
      'objects/mines/made/x',
      'objects/mine',
      'data/mine/made',
    ];
    for (const key of others.filter((one) => one !== 'objects/mine'))
      await storage.putObject('skein', key, '');
    const kept = await cloudObject('kept', { storage, scope: 'mines' });
    const planned = await clean('mine', { storage, dryRun: true });
    expect(await object.get()).toBe('mine');
    expect(await clean('mine', { storage })).toEqual(planned);
    expect(planned.objects).toBe(5);
    expect(await clean('mine', { storage })).toEqual({ objects: 0, bytes: 0 });
    expect((await keysOf(storage)).sort()).toEqual(
      [...others.filter((one) => one !== 'objects/mine'), kept.key].sort(),
    );
  });

  test('cleaning by age leaves what is newer', async () => {
    const storage = open();
    const object = await cloudObject('new', { storage, scope: 'mine' });
    expect((await clean('mine', { storage, olderThanMs: 60_000 })).objects).toBe(0);
    expect(await object.get()).toBe('new');
    await expect(clean('mine', { storage, olderThanMs: -1 })).rejects.toMatchObject({ code: 'bad-argument' });
  });

  test('a sweep removes what has expired in every named scope, and tells what is there', async () => {
    const storage = open();
    expect(await all(sweep({ storage }))).toEqual([]);
    const short = { storage, expiresAfterMs: 1 };
    const kept = [
      await cloudObject('kept', { storage, scope: 'a', expiresAfterMs: 60_000 }),
      await cloudObject('kept', { storage, scope: 'b' }),
    ];
    await cloudObject('xy', { ...short, scope: 'a' });
    await cloudObject('xyz', { ...short, scope: 'a', key: 'named' });
    const last = await cloudObject('x', { ...short, scope: 'b' });
    while (Date.now() <= last.expires!) await new Promise((resolve) => setTimeout(resolve, 1)); // a clock has to go on
    const told = [
      { scope: 'a', removed: { objects: 2, bytes: 5 }, kept: { objects: 1, bytes: 4 } },
      { scope: 'b', removed: { objects: 1, bytes: 1 }, kept: { objects: 1, bytes: 4 } },
    ];
    expect(await all(sweep({ storage, dryRun: true }))).toEqual(told);
    expect(await all(sweep({ storage }))).toEqual(told);
    expect(await keysOf(storage)).toEqual(kept.map(({ key }) => key));
  });

  test('a scope in which nothing was ever made is empty', async () => {
    const storage = open();
    expect(await all(collect('never', { storage }))).toEqual([]);
    expect(await clean('never', { storage })).toEqual({ objects: 0, bytes: 0 });
  });
});

test('a store that lists without order and keeps no metadata has scopes all the same', async () => {
  const storage = without('metadata', 'ordered-list', 'if-match', 'if-none-match');
  await cloudObject('x', { storage, scope: 'mine', expiresAfterMs: 60_000 });
  expect((await all(collect('mine', { storage }))).length).toBe(1);
  expect((await clean('mine', { storage })).objects).toBe(1);
});

test('while others write, read and clean at once, an object is whole or said to be gone', async () => {
  const address = `file:${folder()}`;
  const children = await Promise.all([
    racer('write', address, 200),
    racer('write', address, 200),
    racer('read', address, 20),
    racer('clean', address, 40),
  ]);
  const [first, second, found, cleaned] = (await race(children)) as [string[], string[], object, number];
  expect(found).toEqual({ read: expect.any(Number), gone: expect.any(Number) });
  const storage = new Storage(address);
  const left = await keysOf(storage);
  expect(left.length + cleaned).toBe(400);
  expect([...first, ...second]).toEqual(expect.arrayContaining(left));
  expect((await clean('shared', { storage })).objects).toBe(left.length);
}, 120_000);

describe('what a program makes outside of calls', () => {
  const program = fileURLToPath(new URL('./support/program.ts', import.meta.url));

  async function run(
    end: string,
    address: string,
  ): Promise<{ readonly child: ChildProcess; readonly key: string }> {
    const child = spawn(process.execPath, [...inject('nodeFlags'), program, end, address], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    for await (const key of createInterface(child.stdout!)) return { child, key };
    throw new Error('the program ended before it had made anything');
  }
  const ended = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };

  test.each([['by itself'], ['exit'], ['throw']])(
    'goes when it ends: %s',
    async (end) => {
      const address = `file:${folder()}`;
      const { child, key } = await run(end, address);
      expect(key).toMatch(/^jobs\/[0-9a-f]{8}-0\/objects\/made\//);
      await ended(child);
      const storage = new Storage(address);
      // A program that exits leaves it to another, which takes a moment.
      await expect
        .poll(() => keysOf(storage), { timeout: 20_000 })
        .toEqual([expect.stringMatching(/^objects\/named\//)]);
    },
    60_000,
  );

  test('and is found when it was killed', async () => {
    const address = `file:${folder()}`;
    const { child, key } = await run('hang', address);
    const executorId = key.split('/')[1]!;
    const look = () => cleanLeftovers({ storage: address, olderThanMs: 0 });
    expect(await look()).toMatchObject({ removed: [], kept: [{ executorId, reason: 'alive' }] });
    child.kill('SIGKILL');
    await ended(child);
    expect(
      await cleanLeftovers({ storage: address, olderThanMs: 0, dryRun: true, executorId }),
    ).toMatchObject({
      removed: [{ executorId, objects: 2, cloudObjects: 1 }],
    });
    expect((await look()).removed).toMatchObject([{ executorId, objects: 2, cloudObjects: 1 }]);
    expect(await keysOf(new Storage(address), 'jobs/')).toEqual([]);
  }, 60_000);

  test('can be listed and cleaned before', async () => {
    const storage = memory();
    const object = await cloudObject('mine', { storage });
    expect((await all(collect('program', { storage }))).map(({ key }) => key)).toEqual([object.key]);
    expect((await clean('program', { storage })).objects).toBe(1);
    expect(await failureOf(object.get())).toMatchObject({ message: /the program that made it has ended/ });
  });

  test('is in the configured storage, where none is given', async () => {
    const root = folder();
    const before = process.env['SKEIN_STORAGE'];
    process.env['SKEIN_STORAGE'] = `file:${root}`;
    onTestFinished(() => {
      if (before === undefined) delete process.env['SKEIN_STORAGE'];
      else process.env['SKEIN_STORAGE'] = before;
    });
    const object = await cloudObject('there', { scope: 'mine' });
    expect(object.storage.config).toEqual({ kind: 'fs', root });
    expect(await keysOf(new Storage(`file:${root}`))).toEqual([object.key]);
  });
});
