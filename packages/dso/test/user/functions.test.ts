import { encode } from '@skein/codec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareToShip, shipCode } from '../../src/user/ship.ts';
import { UserHost } from '../../src/user/user-host.ts';
import { apply, decoded, done, ship, UserObject } from './support/user-object.ts';

let host: UserHost;
beforeAll(async () => {
  await prepareToShip();
  host = new UserHost({ threads: 2 });
});
afterAll(() => host.close());

it('functions are applied to arguments, with the variables that they use', async () => {
  const by = 3;
  expect(await apply(host, (n: number) => n * by, [14])).toBe(42);
  expect(await apply(host, async (n: number) => n + by, [1])).toBe(4);
});

it('variables are as they were captured at every call', async () => {
  let calls = 0;
  const shipped = await ship(host, () => ++calls);
  for (let i = 0; i < 3; i++) {
    const { results } = done(await host.run({ kind: 'each', code: shipped.ref, calls: [[]] }));
    expect(results).toEqual([1]);
  }
});

it('a function is applied to several lists of arguments, one after another', async () => {
  const { ref } = await ship(host, async (a: number, b: number) => ({ sum: a + b }));
  const calls = [
    [1, 2],
    [3, 4],
  ].map((args) => args.map((arg) => encode(arg).toBytes()));
  const { results } = done(await host.run({ kind: 'each', code: ref, calls }));
  expect(results.map((result) => decoded(result))).toEqual([{ sum: 3 }, { sum: 7 }]);
});

it('U2: when one application throws, there is no result of any', async () => {
  const { ref } = await ship(host, (n: number) => {
    if (n === 3) throw new RangeError(`not ${n}`);
    return n;
  });
  const calls = [1, 2, 3].map((n) => [encode(n).toBytes()]);
  const outcome = await host.run({ kind: 'each', code: ref, calls });
  expect(outcome.kind).toBe('threw');
  expect(() => done(outcome)).toThrow(new RangeError('not 3'));
});

it('scalars come as they are, and everything else as bytes', async () => {
  const scalars = [undefined, null, true, -0, Number.NaN, 2n ** 70n, 'text'];
  const { ref } = await ship(host, (i: number) => [...scalars, [1], 2n ** 5000n][i]);
  const calls = Array.from({ length: 9 }, (_, i) => [encode(i).toBytes()]);
  const { results } = done(await host.run({ kind: 'each', code: ref, calls }));
  expect(results.slice(0, 7)).toEqual(scalars);
  expect(results.slice(7).map((result) => result instanceof Uint8Array && decoded(result))).toEqual([
    [1],
    2n ** 5000n,
  ]);
});

it('values are combined from left to right', async () => {
  const { ref } = await ship(host, async (a: string, b: string) => `(${a}${b})`);
  const values = ['a', 'b', 'c'].map((value) => encode(value).toBytes());
  const fold = async (some: readonly Uint8Array[]): Promise<unknown> =>
    done(await host.run({ kind: 'fold', code: ref, values: some })).results;
  expect(await fold(values)).toEqual(['((ab)c)']);
  expect(await fold(values.slice(0, 1))).toEqual(['a']);
  await expect(fold([])).rejects.toMatchObject({ code: 'code-error' });
});

it('code that was not shipped is named', async () => {
  const { ref } = await shipCode((n: number) => n - 1);
  const outcome = await host.run({ kind: 'each', code: ref, calls: [[encode(1).toBytes()]] });
  expect(outcome).toMatchObject({
    kind: 'failed',
    code: 'no-such-code',
    message: expect.stringContaining(ref.hash),
  });
});

it('code is kept up to its bound, and asked for again beyond it', async () => {
  await using small = new UserHost({ threads: 1, maxCodeBytes: 10 });
  const [first, second] = [await ship(small, () => 1), await ship(small, () => 22)];
  expect([small.hasCode(first.ref.hash), small.hasCode(second.ref.hash)]).toEqual([false, true]);
  small.addCode(first.code);
  expect(await apply(small, () => 1)).toBe(1);
  expect(await apply(small, () => 333)).toBe(333);
});

it('a text that is not what its hash says is refused', async () => {
  const { code } = await shipCode(() => 4);
  expect(() => host.addCode({ ...code, code: `${code.code} ` })).toThrow('is damaged');
});

it('a function is no class', async () => {
  await expect(UserObject.make(host, (() => ({})) as never, { name: 'x' })).rejects.toMatchObject({
    code: 'code-error',
    message: expect.stringContaining('is a function and no class'),
  });
});

it('user code sees where programs are, and no secret', async () => {
  process.env['SKEIN_TOKEN'] = 'secret';
  process.env['MY_PASSWORD'] = 'secret';
  const [env, argv] = (await apply(host, () => [{ ...process.env }, process.argv.slice(2)])) as [
    Record<string, string>,
    string[],
  ];
  expect(env['PATH']).toBe(process.env['PATH']);
  expect(Object.values(env)).not.toContain('secret');
  expect(argv).toEqual([]);
});

it('shared objects know that they may not be called here', async () => {
  class NestedCallError extends Error {
    override name = 'NestedCallError';
  }
  const counter = {
    increment() {
      if ((process as unknown as Record<symbol, unknown>)[Symbol.for('skein.dso@0.nested')] === true)
        throw new NestedCallError('AtomicLong.increment() was called within a shared object');
    },
  };
  await expect(apply(host, () => counter.increment())).rejects.toMatchObject({
    code: 'nested-call',
    message: expect.stringContaining('may hold and return handles, and not call them'),
  });
});

it('what cannot travel throws where the code is shipped, not later', () => {
  const held = new WeakMap();
  expect(() => shipCode(() => held)).toThrow('cannot ship');
});

it('options out of range are refused', () => {
  expect(() => new UserHost({ threads: 0 })).toThrow('UserHost: threads is a whole number from 1');
  expect(() => new UserHost({ timeLimitMs: Number.POSITIVE_INFINITY })).toThrow('timeLimitMs');
});
