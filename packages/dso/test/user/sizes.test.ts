import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareToShip } from '../../src/user/ship.ts';
import { UserHost } from '../../src/user/user-host.ts';
import { done, ship, UserObject } from './support/user-object.ts';

let host: UserHost;
beforeAll(async () => {
  await prepareToShip();
  host = new UserHost({ threads: 2 });
});
afterAll(() => host.close());

class Table {
  cells: Float64Array;
  constructor(length: number) {
    this.cells = new Float64Array(length);
  }
  set(at: number, value: number): void {
    this.cells[at] = value;
  }
  get(at: number): number {
    return this.cells[at]!;
  }
  grow(length: number): void {
    this.cells = new Float64Array(length);
  }
  all(length: number): Float64Array {
    return new Float64Array(length);
  }
}

it('a state of 50 MB is read and changed', async () => {
  const table = await UserObject.make(host, Table, { args: [6_250_000] });
  expect(table.state.length).toBeGreaterThan(50_000_000);
  await table.call('set', 6_249_999, 7);
  expect(await table.call('get', 6_249_999)).toBe(7);
});

it('a state or result beyond the limit is refused, and the object stays as it was', async () => {
  await using small = new UserHost({ threads: 1, maxStateBytes: 10_000 });
  const table = await UserObject.make(small, Table, { name: 't', args: [10] });
  for (const method of ['grow', 'all']) {
    expect(await table.invoke(method, [10_000])).toMatchObject({
      kind: 'failed',
      code: 'too-large',
      message: expect.stringContaining('bytes, and 10000 are allowed'),
    });
  }
  expect(await table.call('get', 9)).toBe(0);
});

class Tally {
  count = 0;
  add(): number {
    return ++this.count;
  }
}

it('a thousand objects share a few threads', async () => {
  const { ref } = await ship(host, Tally);
  const { encode } = await import('@skein/codec');
  const args = encode([]).toBytes();
  const states = await Promise.all(
    Array.from({ length: 1_000 }, async (_, i) => {
      const made = done(await host.run({ kind: 'construct', object: `t${i}`, code: ref, args }));
      return made.state!;
    }),
  );
  for (let round = 1; round <= 2; round++) {
    await Promise.all(
      states.map(async (state, i) => {
        const outcome = done(
          await host.run({ kind: 'invoke', object: `t${i}`, code: ref, state, method: 'add', args }),
        );
        states[i] = outcome.state!;
        expect(outcome.results).toEqual([round]);
      }),
    );
  }
  for (let i = 0; i < 1_000; i++) host.forget(`t${i}`);
});
