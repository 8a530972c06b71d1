import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AtomicCounter,
  connect,
  type Dso,
  NestedCallError,
  type Shared,
  type SharedMap,
} from '../../src/index.ts';
import { rejection } from './support/serve.ts';

let dso: Dso;
beforeAll(async () => {
  dso = await connect();
});
afterAll(() => dso.close());

class Friend {
  name(): string {
    return 'friend';
  }
}

class Holder {
  held: unknown[] = [];
  calls = 0;
  readonly counter: AtomicCounter;
  constructor(counter: AtomicCounter) {
    this.counter = counter;
  }
  hold<T>(handle: T): T {
    this.held.push(handle);
    return handle;
  }
  last(): unknown {
    return this.held.at(-1);
  }
  own(): AtomicCounter {
    return this.counter;
  }
  async count(): Promise<number> {
    this.calls++;
    return this.counter.increment();
  }
  async computes(map: SharedMap<string, number>): Promise<unknown> {
    return map.compute('a', () => 1);
  }
  async asks(friend: Shared<Friend>): Promise<string> {
    return friend.name();
  }
  count_(): number {
    return this.calls;
  }
}

test('methods hold handles of other objects, and return them', async () => {
  const counter = dso.counter('held');
  await counter.increment(5);
  const holder = dso.object('holder', Holder, counter);
  const own = await holder.own();
  expect(own).toBeInstanceOf(AtomicCounter);
  expect(await own.tally()).toBe(5);
  const map = (await holder.hold(dso.map<string, number>('held'))) as SharedMap<string, number>;
  await map.set('a', 1);
  expect(await dso.map('held').get('a')).toBe(1);
  await holder.hold(dso.object('friend', Friend));
  const friend = (await holder.last()) as Shared<Friend>;
  expect(await friend.name()).toBe('friend');
  const itself = (await holder.hold(holder)) as typeof holder;
  expect(await itself.count_()).toBe(0);
});

test('a method that calls one is refused, and has changed nothing', async () => {
  const holder = dso.object('calls', Holder, dso.counter('called'));
  const calls = [
    () => holder.count(),
    () => holder.computes(dso.map('called')),
    () => holder.asks(dso.object('friend', Friend)),
  ];
  for (const call of calls) {
    const error = await rejection(call());
    expect(error).toBeInstanceOf(NestedCallError);
    expect(error.message).toMatch(/^Holder\.\w+\(\) of object 'calls': .*may hold and return handles/);
    expect(error.stack).toContain('handles.test.ts');
  }
  expect(await holder.count_()).toBe(0);
  expect(await dso.counter('called').tally()).toBe(0);
});

test('so is a function that a map was given', async () => {
  const counter = dso.counter('computed');
  const error = await rejection(dso.map<string, number>('computed').compute('a', () => counter.increment()));
  expect(error).toBeInstanceOf(NestedCallError);
  expect(await counter.tally()).toBe(0);
});
