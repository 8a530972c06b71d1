import { fileURLToPath } from 'node:url';
import { encode } from '@skein/codec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareToShip } from '../../src/user/ship.ts';
import { UserHost } from '../../src/user/user-host.ts';
import { done, UserObject } from './support/user-object.ts';

const module = fileURLToPath(new URL('./support/preloaded.mjs', import.meta.url));

let host: UserHost;
beforeAll(async () => {
  await prepareToShip();
  host = new UserHost({ threads: 2 });
});
afterAll(() => host.close());

interface Cart {
  add(item: string, count?: number): number;
  each(fn: (item: string) => string): string[];
}

it('classes of a preloaded module need no shipped code', async () => {
  expect(await host.preload(module)).toEqual(['Cart', 'Colours', 'Hidden']);
  expect(await host.preload(module)).toEqual(['Cart', 'Colours', 'Hidden']);
  const cart = await UserObject.preloaded<Cart>(host, 'Cart');
  expect(await cart.call('add', 'apple', 2)).toBe(2);
  expect(await cart.call('add', 'pear')).toBe(3);
});

it('functions within arguments bring their code', async () => {
  const cart = await UserObject.preloaded<Cart>(host, 'Cart');
  await cart.call('add', 'apple');
  const mark = '*';
  expect(await cart.call('each', (item: string) => item + mark)).toEqual(['apple*']);
});

it('exported functions can be named too', async () => {
  const calls = [[20, 22].map((n) => encode(n).toBytes())];
  const { results } = done(
    await host.run({ kind: 'each', code: { kind: 'preloaded', name: 'plus' }, calls }),
  );
  expect(results).toEqual([42]);
});

it('private fields are refused, and a # in a string is none', async () => {
  await expect(UserObject.preloaded(host, 'Hidden')).rejects.toMatchObject({
    code: 'unencodable',
    message: expect.stringContaining('its class Hidden has #private members'),
  });
  const colours = await UserObject.preloaded<{ red(): string }>(host, 'Colours');
  expect(await colours.call('red')).toBe('#f00');
});

it('a name that no module exports is refused with those that are', async () => {
  await expect(UserObject.preloaded(host, 'Basket')).rejects.toMatchObject({
    code: 'no-such-code',
    message: expect.stringContaining('they export Cart, Colours, Hidden, plus'),
  });
});

it('a module that cannot be loaded is refused, and the others stay', async () => {
  await expect(host.preload('./no-such-module.mjs')).rejects.toThrow(
    "preloading './no-such-module.mjs' failed: Cannot find module",
  );
  expect(await (await UserObject.preloaded<Cart>(host, 'Cart')).call('add', 'fig')).toBe(1);
});
