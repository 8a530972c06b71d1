import { CaptureError } from '@skein/codec';
import { Storage } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { clean, collect, stateful } from '../src/index.ts';
import { race, racer } from './support/race.ts';
import { all, everyStore, failureOf, folder, memory, without } from './support/stores.ts';

describe.each(everyStore)('on %s', (_name, open) => {
  test('a function finds its state where it left it, and so does another of the same name', async () => {
    const storage = open();
    const visit = stateful(
      'visits',
      { count: 0, by: new Map<string, number>() },
      (state, name: string) => {
        state.by.set(name, (state.by.get(name) ?? 0) + 1);
        return ++state.count;
      },
      { storage },
    );
    expect([await visit('ada'), await visit('grace'), await visit('ada')]).toEqual([1, 2, 3]);
    const look = stateful('visits', { count: 0, by: new Map<string, number>() }, (state) => state.by, {
      storage,
    });
    expect(await look()).toEqual(
      new Map([
        ['ada', 2],
        ['grace', 1],
      ]),
    );
  });

  test('invocations at the same time all count', async () => {
    const storage = open();
    const add = stateful(
      'sum',
      () => ({ n: 0 }),
      async (state, by: number) => {
        await Promise.resolve();
        state.n += by;
        return state.n;
      },
      { storage },
    );
    const results = await Promise.all(Array.from({ length: 20 }, () => add(1)));
    expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test('a throw leaves the state as it was', async () => {
    const storage = open();
    const change = stateful(
      'fragile',
      { n: 1 },
      (state, fail: boolean) => {
        state.n++;
        if (fail) throw new RangeError('no');
        return state.n;
      },
      { storage },
    );
    await expect(change(true)).rejects.toThrow(RangeError);
    expect(await change(false)).toBe(2);
    await expect(change(true)).rejects.toThrow(RangeError);
    expect(await change(false)).toBe(3);
  });

  test('who only looks writes nothing', async () => {
    const storage = open();
    const state = stateful('looked at', { n: 0 }, (one, by: number) => (one.n += by), { storage });
    await state(1);
    const [left] = await all(collect('state', { storage }));
    expect(await state(0)).toBe(1);
    expect((await all(collect('state', { storage })))[0]?.etag).toBe(left!.etag);
  });

  test('a state that is cleaned begins anew, also in the middle of a change', async () => {
    const storage = open();
    let during = async (): Promise<void> => {};
    const count = stateful(
      'cleaned',
      { n: 0 },
      async (state) => {
        await during();
        return ++state.n;
      },
      { storage },
    );
    expect([await count(), await count()]).toEqual([1, 2]);
    await clean('state', { storage });
    expect([await count(), await count()]).toEqual([1, 2]);
    during = async () => {
      during = async () => {};
      await clean('state', { storage });
    };
    expect(await count()).toBe(1);
  });
});

test('of processes at the same time each finds what another left: nothing is lost', async () => {
  const address = `file:${folder()}`;
  const children = await Promise.all([1, 2, 3, 4].map(() => racer('stateful', address, 25)));
  const seen = ((await race(children)) as number[][]).flat();
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  const [state] = await all(collect('state', { storage: new Storage(address) }));
  expect(await state!.get()).toEqual({ n: 100 });
}, 120_000);

test('one that never gets through says so in time', async () => {
  const storage = memory();
  const other = stateful('busy', { n: 0 }, (state) => ++state.n, { storage });
  await other();
  const [state] = await all(collect('state', { storage }));
  const slow = stateful(
    'busy',
    { n: 0 },
    async (one) => {
      // Somebody else is always faster.
      await storage.putObject(state!.bucket, state!.key, await storage.getObject(state!.bucket, state!.key));
      return ++one.n;
    },
    { storage, timeoutMs: 100 },
  );
  expect(await failureOf(slow())).toMatchObject({
    code: 'contended',
    message: /"busy" was not done after 100 ms/,
  });
  expect(await other()).toBe(2);
});

test('what cannot be kept is refused with its path, and the state stays', async () => {
  const storage = memory();
  const put = stateful('box', { held: 0 as unknown }, (box, held: unknown) => (box.held = held), { storage });
  await put(1);
  const failed = put(Promise.resolve(1));
  await expect(failed).rejects.toThrow(CaptureError);
  await expect(failed).rejects.toThrow(/state.*held/);
  expect(await stateful('box', {}, (box) => box, { storage })()).toEqual({ held: 1 });
});

test.each([['if-match'], ['if-none-match']] as const)('a store without %s refuses', async (missing) => {
  const count = stateful('n', { n: 0 }, (state) => ++state.n, { storage: without(missing) });
  expect(await failureOf(count())).toMatchObject({ code: 'unsupported', message: /conditional writes/ });
});

test('what is no definition is refused at once', () => {
  expect(() => stateful('', { n: 0 }, () => 1)).toThrow(/name must be/);
  expect(() => stateful('a', 1 as never, () => 1)).toThrow(/initial must be an object/);
  expect(() => stateful('a', {}, 1 as never)).toThrow(/update must be a function/);
});
