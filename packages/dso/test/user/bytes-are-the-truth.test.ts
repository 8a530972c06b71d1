import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareToShip } from '../../src/user/ship.ts';
import { UserHost } from '../../src/user/user-host.ts';
import { UserObject } from './support/user-object.ts';

let host: UserHost;
beforeAll(async () => {
  await prepareToShip();
  host = new UserHost({ threads: 1 }); // so that all calls meet
});
afterAll(() => host.close());

const shared: { last?: Leaky } = {};

class Leaky {
  count = 0;
  samples: Float64Array = new Float64Array(2_000);
  get(): number {
    return this.count;
  }
  first(): number {
    return this.samples[0]!;
  }
  leaveTimer(): void {
    setTimeout(() => this.count++, 0);
  }
  async leavePromise(): Promise<void> {
    void (async () => {
      await new Promise((resolve) => setImmediate(resolve));
      this.count++;
    })();
  }
  leaveRejection(): void {
    void Promise.reject(new Error('left behind'));
  }
  leaveThrow(): void {
    setTimeout(() => {
      throw new Error('left behind');
    }, 0);
  }
  async wait(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return this.count;
  }
  share(): void {
    shared.last = this;
  }
  changeShared(): void {
    shared.last!.count++;
  }
  spoilSamples(): void {
    this.samples[0] = 1;
    throw new Error('spoiled');
  }
}

it('what a call leaves running changes its object no more', async () => {
  const leaky = await UserObject.make(host, Leaky);
  await leaky.call('leaveTimer');
  expect(await leaky.call('wait')).toBe(0);
  await leaky.call('leavePromise');
  expect(await leaky.call('wait')).toBe(0);
});

it('an object that a variable of the thread still holds is not the object', async () => {
  const [a, b] = [
    await UserObject.make(host, Leaky, { name: 'a' }),
    await UserObject.make(host, Leaky, { name: 'b' }),
  ];
  await a.call('share');
  await b.call('changeShared');
  expect(await a.call('get')).toBe(0);
});

it('what an ended call throws later fails no other', async () => {
  const leaky = await UserObject.make(host, Leaky);
  await leaky.call('leaveRejection');
  await leaky.call('leaveThrow');
  expect(await leaky.call('wait')).toBe(0);
});

it('large buffers of the state are restored as well', async () => {
  const leaky = await UserObject.make(host, Leaky);
  await expect(leaky.call('spoilSamples')).rejects.toThrow('spoiled');
  expect(await leaky.call('first')).toBe(0);
});

it('an older state can be given again: nothing that came of the newer one is seen', async () => {
  class Tally {
    value = 0;
    add(): number {
      return ++this.value;
    }
  }
  const tally = await UserObject.make(host, Tally);
  const { state } = tally;
  expect([await tally.call('add'), await tally.call('add')]).toEqual([1, 2]);
  tally.state = state;
  expect(await tally.call('add')).toBe(1);
});

it('the buffers of the caller are not detached', async () => {
  class Sum {
    total = 0;
    add(values: Float64Array): number {
      for (const value of values) this.total += value;
      return this.total;
    }
  }
  const sum = await UserObject.make(host, Sum);
  const { args, codes } = await sum.shipped!.encodeArguments([new Float64Array(100_000).fill(1)]);
  expect(codes).toEqual([]);
  const task = { kind: 'invoke', object: 'sum', code: sum.code, method: 'add', args } as const;
  const state = new Uint8Array(sum.state);
  for (let i = 0; i < 2; i++) expect(await host.run({ ...task, state })).toMatchObject({ kind: 'done' });
  expect([args.length > 800_000, state.length > 0]).toEqual([true, true]);
});
