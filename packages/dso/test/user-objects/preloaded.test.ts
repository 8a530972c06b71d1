import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { rejection, serve, travelled } from './support/serve.ts';

const preload = fileURLToPath(new URL('./support/preloaded.mjs', import.meta.url));

/** As a client has it that was built from another text. */
class Cart {
  items = new Map<string, number>();
  add(_item: string, _count?: number): number {
    throw new Error('the text of the client');
  }
  each(_fn: (item: string) => string): string[] {
    throw new Error('the text of the client');
  }
  fail(): never {
    throw new Error('the text of the client');
  }
  me(): this {
    return this;
  }
}

class Hidden {
  tell(): number {
    return 0;
  }
}

class Unknown {
  m(): void {}
}

afterEach(() => {
  vi.doUnmock('../../src/user/ship.ts');
  vi.resetModules();
});

test('a class that the server has loaded is used by its name, whatever text the client has', async () => {
  await using served = await serve({ allowUserCode: false, preload });
  const cart = served.dso.object('cart', Cart);
  expect(await cart.add('apple', 2)).toBe(2);
  expect(await cart.add('pear')).toBe(3);
  expect(await travelled(cart).add('pear')).toBe(4);
  expect((await cart.me()) === cart).toBe(true);
});

test('its errors point at the lines of the server, and below at those of the caller', async () => {
  await using served = await serve({ allowUserCode: false, preload });
  const cart = served.dso.object('cart', Cart);
  await cart.add('apple', 2);
  const error = await rejection(cart.fail());
  expect(error).toEqual(new RangeError('the text of the server'));
  expect(error.stack).toMatch(/fail .*preloaded\.mjs:\d+[\s\S]*preloaded\.test\.ts:\d+/);
  expect(error.stack).not.toMatch(/user-thread|performer/);
  expect(await cart.add('apple')).toBe(3);
});

test('functions among its arguments bring their code, where the server takes code', async () => {
  await using served = await serve({ preload });
  const cart = served.dso.object('cart', Cart);
  await cart.add('apple');
  const mark = '*';
  expect(await cart.each((item) => item + mark)).toEqual(['apple*']);
  await using closed = await serve({ allowUserCode: false, preload });
  expect(await rejection(closed.dso.object('cart', Cart).each((item) => item))).toMatchObject({
    code: 'user-code-refused',
  });
});

test('one with #private fields cannot be kept, and the error says what to do', async () => {
  await using served = await serve({ allowUserCode: false, preload });
  expect(await rejection(served.dso.object('hidden', Hidden).tell())).toMatchObject({
    reason: 'unencodable',
    message: expect.stringMatching(
      /^new Hidden\(\) for object 'hidden': its state cannot be kept: .*#private .* use ordinary fields/,
    ),
  });
});

test('a class that it has not loaded is refused with those that it has', async () => {
  await using served = await serve({ allowUserCode: false, preload });
  expect(await rejection(served.dso.object('unknown', Unknown).m())).toMatchObject({
    reason: 'refused',
    message: expect.stringMatching(
      /has not loaded 'Unknown': start it with --allow-user-classes, or with --load/,
    ),
  });
});

test('a client without @skein/closure uses what the server has loaded', async () => {
  vi.resetModules();
  vi.doMock('../../src/user/ship.ts', async (original) => {
    const ship = await original<typeof import('../../src/user/ship.ts')>();
    const missing = (): Promise<never> => {
      const failing = Promise.reject(new ship.ShipError('npm install @skein/closure'));
      failing.catch(() => {});
      return failing;
    };
    return { ...ship, startShipping: () => ({ shipped: missing(), encodeArguments: missing }) };
  });
  const without = await import('./support/serve.ts');
  await using served = await without.serve({ allowUserCode: true, preload });
  const cart = served.dso.object('cart', Cart);
  expect(await cart.add('apple', 2)).toBe(2);
  expect(await without.rejection(served.dso.object('unknown', Unknown).m())).toMatchObject({
    reason: 'refused',
    message: expect.stringContaining("has not loaded 'Unknown' (--load); it has Cart, Hidden"),
  });
});
