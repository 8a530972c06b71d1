import { expect, test } from 'vitest';
import { Pool } from '../src/pool.ts';

test('what nobody uses is used again, and by one at a time; of what was used together a few are kept', async () => {
  let made = 0;
  const pool = new Pool(() => ({ number: made++ }));
  const numberOf = (): Promise<number> => pool.use(async ({ number }) => number);
  expect([await numberOf(), await numberOf()]).toEqual([0, 0]);
  await expect(pool.use(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await numberOf()).toBe(0);

  const all = async (count: number): Promise<number[]> => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const uses = Array.from({ length: count }, () =>
      pool.use(async ({ number }) => {
        await gate;
        return number;
      }),
    );
    open();
    return Promise.all(uses);
  };
  expect(new Set(await all(20)).size).toBe(20);
  expect(made).toBe(20);
  await all(8);
  expect(made).toBe(20);
  await all(9);
  expect(made).toBe(21);
});
