import { describe, expect, test } from 'vitest';
import { Manager, Process, Queue } from '../src/index.ts';
import { everywhere } from './support/environments.ts';
import { failure } from './support/helpers.ts';

class Account {
  #balance: number;
  constructor(balance: number) {
    this.#balance = balance;
  }
  withdraw(amount: number): number {
    if (amount > this.#balance) throw new RangeError(`only ${this.#balance} left`);
    this.#balance -= amount;
    return this.#balance;
  }
}

everywhere('a manager', (environment) => {
  test('makes lists that look like lists', async () => {
    await using manager = new environment.context.Manager();
    const a = manager.list(Array.from({ length: 10 }, (_, i) => i));
    const b = manager.list<number>();
    await b.extend([0, 1, 2, 3, 4]);
    expect([await b.get(2), await b.get(-1), await b.get(9)]).toEqual([2, 4, undefined]);
    expect(await b.slice(2, 10)).toEqual([2, 3, 4]);
    await b.append(7);
    await b.insert(0, 9);
    expect(await b.slice()).toEqual([9, 0, 1, 2, 3, 4, 7]);
    expect([await b.pop(), await b.pop(0), await b.remove(3), await b.remove(33)]).toEqual([
      7,
      9,
      true,
      false,
    ]);
    await b.set(-1, 44);
    await b.delete(0);
    expect([await b.length(), await b.index(44), await b.includes(5)]).toEqual([3, 2, false]);
    await b.reverse();
    expect(await b.slice()).toEqual([44, 2, 1]);
    await b.sort();
    expect(await b.slice()).toEqual([1, 2, 44]);
    await b.sort({ reverse: true });
    expect(await b.slice()).toEqual([44, 2, 1]);
    const seen: number[] = [];
    for await (const item of a) seen.push(item);
    expect(seen).toEqual(await a.slice());
    await a.clear();
    expect(await a.length()).toBe(0);
  });

  test('makes dictionaries', async () => {
    await using manager = new environment.context.Manager();
    const dict = manager.dict<string, number>([['a', 1]]);
    await dict.update(
      new Map([
        ['b', 2],
        ['c', 3],
      ]),
    );
    expect([await dict.get('a'), await dict.get('z'), await dict.get('z', 0)]).toEqual([1, undefined, 0]);
    expect([await dict.setdefault('a', 9), await dict.setdefault('d', 4)]).toEqual([1, 4]);
    expect([
      await dict.pop('b'),
      await dict.pop('b', -1),
      await dict.delete('c'),
      await dict.has('c'),
    ]).toEqual([2, -1, true, false]);
    expect((await dict.keys()).toSorted()).toEqual(['a', 'd']);
    expect((await dict.values()).toSorted()).toEqual([1, 4]);
    expect(await dict.copy()).toEqual(new Map(await dict.items()));
    const keys: string[] = [];
    for await (const key of dict) keys.push(key);
    expect([keys.length, await dict.length()]).toEqual([2, 2]);
    await dict.clear();
    expect(await dict.items()).toEqual([]);
  });

  test('makes namespaces, which are read like objects', async () => {
    await using manager = new environment.context.Manager();
    const names = manager.Namespace<{ name: string; job: string; age?: number }>({
      name: 'Bob',
      job: 'Builder',
    });
    await names.set('age', 42);
    await names.delete('job');
    expect([await names.name, await names.job, await names.get('age')]).toEqual(['Bob', undefined, 42]);
    expect(Object.fromEntries(await names.entries())).toEqual({ name: 'Bob', age: 42 });
    expect(() => {
      (names as { name: unknown }).name = 'Tom';
    }).toThrow(/await namespace\.set\('name', value\)/);
    expect(() => {
      delete (names as { name?: unknown }).name;
    }).toThrow(/await namespace\.delete\('name'\)/);
  });

  test('makes what holds other shared things, and goes where functions go', async () => {
    const { context } = environment;
    await using manager = new context.Manager();
    const outer = manager.dict<string, unknown>();
    const inner = manager.list<number>([1]);
    await outer.set('list', inner);
    await outer.set('queue', manager.Queue<string>());
    const names = manager.Namespace<{ seen: number }>();
    const other = new context.Process({
      target: async (shared: typeof outer, state: typeof names) => {
        await ((await shared.get('list')) as typeof inner).append(2);
        await ((await shared.get('queue')) as { put(text: string): Promise<void> }).put('hello');
        await state.set('seen', 5);
      },
      args: [outer, names],
    });
    other.start();
    await other.join();
    expect(other.exitCode).toBe(0);
    expect(await inner.slice()).toEqual([1, 2]);
    expect(await ((await outer.get('queue')) as { get(): Promise<string> }).get()).toBe('hello');
    expect(await names.seen).toBe(5);
  });

  test('makes objects of classes of ours, whose methods run one at a time', async () => {
    const { context } = environment;
    await using manager = new context.Manager();
    const account = manager.register(Account)(100);
    const all = [0, 1, 2].map(
      () =>
        new context.Process({
          target: async (shared: typeof account) => {
            for (let i = 0; i < 5; i++) await shared.withdraw(5);
          },
          args: [account],
        }),
    );
    for (const one of all) one.start();
    for (const one of all) await one.join();
    expect(await account.withdraw(5)).toBe(20);
    expect(await failure(account.withdraw(50))).toMatchObject({
      name: 'RangeError',
      message: 'only 20 left',
    });
  });

  test('makes the rest', async () => {
    await using manager = new environment.context.Manager();
    const [lock, rlock, event] = [manager.Lock(), manager.RLock(), manager.Event()];
    expect([await lock.acquire(), await rlock.acquire(), await event.isSet()]).toEqual([true, true, false]);
    const [semaphore, bounded] = [manager.Semaphore(3), manager.BoundedSemaphore(2)];
    expect([await semaphore.getValue(), await bounded.getValue()]).toEqual([3, 2]);
    const [value, array] = [manager.Value('i', 6), manager.Array('d', [1, 2])];
    expect([await value.get(), await array.slice()]).toEqual([6, Float64Array.of(1, 2)]);
    expect(await manager.Barrier(1).wait()).toBe(0);
    const condition = manager.Condition();
    expect(await condition.use(() => condition.wait({ timeoutMs: 1 }))).toBe(false);
    const queue = manager.JoinableQueue<number>();
    await queue.put(1);
    await queue.get();
    await queue.taskDone();
    expect(await queue.join()).toBe(true);
  });

  test('ends what it has made', async () => {
    const manager = new environment.context.Manager();
    const list = manager.list([1]);
    expect(await list.length()).toBe(1);
    await manager.shutdown();
    expect(() => manager.list()).toThrow(/was shut down/);
    expect((await failure(list.length())).name).toMatch(/LeaseEndedError|DsoError/);
  });
});

describe('a manager', () => {
  test('refuses a class that is none', () => {
    expect(() => new Manager().register(3 as never)).toThrow(/Class is a class; got 3/);
  });

  test('refuses what no list or dictionary can begin with', () => {
    expect(() => new Manager().list(3 as never)).toThrow(
      /the list begins with is an iterable of items; got 3/,
    );
    expect(() => new Manager().dict({ a: 1 } as never)).toThrow(
      /an iterable of pairs, such as Object.entries/,
    );
  });

  test('stays in the process that has made it', async () => {
    const [manager, queue] = [new Manager(), new Queue<unknown>()];
    expect(() => new Process({ target: () => manager.list() }).start()).toThrow(
      /manager.*Manager.* only be used in this process/,
    );
    expect((await failure(queue.put(manager))).message).toMatch(/Manager is of the process that has made it/);
  });
});
