import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { connect, type Dso, type Shared, TimeoutError, withOptions } from '../../src/index.ts';
import { rejection } from './support/serve.ts';
import { give, given, signalFolder } from './support/signals.ts';

let dso: Dso;
beforeAll(async () => {
  dso = await connect();
});
afterAll(() => dso.close());

class Account {
  static opened = 0;
  static describe(balance: number): string {
    return `balance ${balance}`;
  }
  #balance: number;
  readonly entries: number[] = [];

  constructor(balance = 0) {
    Account.opened++;
    this.#balance = balance;
  }
  deposit(amount: number): number {
    this.entries.push(amount);
    if (!(amount > 0)) throw new RangeError(`cannot deposit ${amount}`);
    this.#balance += amount;
    return this.#balance;
  }
  async depositLater(amount: number): Promise<this> {
    await null;
    this.deposit(amount);
    return this;
  }
  add(amount: number): this {
    this.deposit(amount);
    return this;
  }
  copy(): Account {
    return new Account(7);
  }
  state(): { balance: number; entries: number[] } {
    return { balance: this.#balance, entries: this.entries };
  }
  text(): string {
    return Account.describe(this.#balance);
  }
  async record(folder: string, name: string): Promise<void> {
    appendFileSync(join(folder, 'log'), `${name} `);
    await new Promise((resume) => setImmediate(resume));
    appendFileSync(join(folder, 'log'), `${name} `);
  }
  async meet(folder: string, own: string, other: string): Promise<string> {
    give(folder, own);
    await given(folder, other);
    return own;
  }
  async depositWhen(folder: string, name: string, amount: number): Promise<void> {
    give(folder, `${name}-begun`);
    await given(folder, name);
    this.deposit(amount);
    give(folder, `${name}-done`);
  }
}

describe('methods', () => {
  test('change the state and give results; static members and #private fields are there', async () => {
    const account = dso.object('ada', Account, 5);
    expect(await account.deposit(10)).toBe(15);
    expect(await account.text()).toBe('balance 15');
    expect(await account.state()).toEqual({ balance: 15, entries: [10] });
  });

  test('one that returns `this`, asynchronous or not, gives the handle on which it was called', async () => {
    const account = dso.object('fluent', Account);
    const same = await account.add(1);
    expect(same === account).toBe(true);
    const limited = withOptions(account, { timeoutMs: 20_000 });
    expect((await limited.depositLater(2)) === limited).toBe(true);
    expect(await (await same.add(3)).state()).toEqual({ balance: 6, entries: [1, 2, 3] });
  });

  test('what they give is typed so', () => {
    const account = dso.object('types', Account);
    expectTypeOf(account.add).returns.resolves.toEqualTypeOf<Shared<Account>>();
    expectTypeOf(account.depositLater).returns.resolves.toEqualTypeOf<Shared<Account>>();
    expectTypeOf(account.copy).returns.resolves.toEqualTypeOf<Account>();
    expectTypeOf(account.deposit).toEqualTypeOf<(amount: number) => Promise<number>>();
    expectTypeOf(account).not.toHaveProperty('entries');
  });

  test('another instance of the class comes as a copy, of the own class when nothing in it is private', async () => {
    class Point {
      x = 1;
      moved(): Point {
        const moved = new Point();
        moved.x = this.x + 1;
        return moved;
      }
    }
    const copy = await dso.object('point', Point).moved();
    expect(copy).toBeInstanceOf(Point);
    expect(copy.x).toBe(2);
    expect(await rejection(dso.object('private', Account).copy())).toMatchObject({
      reason: 'unencodable',
      message: expect.stringContaining('Account has #private members'),
    });
  });

  test('U1: one that throws has changed nothing, however far it came', async () => {
    const account = dso.object('throws', Account, 5);
    await account.deposit(1);
    expect(await rejection(account.deposit(-3))).toBeInstanceOf(RangeError);
    expect(await rejection(account.depositLater(-4))).toBeInstanceOf(RangeError);
    expect(await account.state()).toEqual({ balance: 6, entries: [1] });
  });

  test('arguments are those of the call, whatever becomes of them afterwards', async () => {
    class Bag {
      items: number[] = [];
      put(items: number[]): number[] {
        this.items = items;
        return this.items;
      }
    }
    const bag = dso.object('bag', Bag);
    const items = [1, 2];
    const put = bag.put(items);
    items.push(3);
    expect(await put).toEqual([1, 2]);
  });

  test('calls of one caller run in their order, those with functions among their arguments too', async () => {
    class Log {
      lines: string[] = [];
      add(line: string | (() => string)): void {
        this.lines.push(typeof line === 'string' ? line : line());
      }
      all(): string[] {
        return this.lines;
      }
    }
    const log = dso.object('log', Log);
    await Promise.all([log.add('1'), log.add(() => '2'), log.add('3'), log.add(() => '4'), log.add('5')]);
    expect(await log.all()).toEqual(['1', '2', '3', '4', '5']);
  });
});

describe('D1', () => {
  test('calls of one object run one after another', async () => {
    const folder = signalFolder();
    const account = dso.object('serial', Account);
    const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
    await Promise.all(names.map((name) => account.record(folder, name)));
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe(names.map((name) => `${name} ${name} `).join(''));
  });

  test('calls of two objects run side by side', async () => {
    const folder = signalFolder();
    const [a, b] = [dso.object('side-a', Account), dso.object('side-b', Account)];
    expect(await Promise.all([a.meet(folder, 'a', 'b'), b.meet(folder, 'b', 'a')])).toEqual(['a', 'b']);
  });
});

describe('U1: a call that is given up while it runs leaves the state as it was', () => {
  test('by its time limit', async () => {
    const folder = signalFolder();
    const account = dso.object('late', Account);
    await account.deposit(1);
    const late = rejection(withOptions(account, { timeoutMs: 50 }).depositWhen(folder, 'late', 10));
    expect(await late).toBeInstanceOf(TimeoutError);
    await given(folder, 'late-begun');
    give(folder, 'late');
    expect(await account.state()).toEqual({ balance: 1, entries: [1] });
    await given(folder, 'late-done');
  });

  test('by its signal, with the reason', async () => {
    const folder = signalFolder();
    const account = dso.object('aborted', Account);
    const controller = new AbortController();
    const call = rejection(withOptions(account, { signal: controller.signal }).depositWhen(folder, 'go', 10));
    await given(folder, 'go-begun');
    controller.abort(new Error('enough'));
    expect((await call).message).toBe('enough');
    give(folder, 'go');
    expect(await account.state()).toEqual({ balance: 0, entries: [] });
  });

  test('while it waits for its turn, it never runs', async () => {
    const folder = signalFolder();
    const account = dso.object('queued', Account);
    const first = account.depositWhen(folder, 'first', 1);
    await given(folder, 'first-begun');
    expect(await rejection(withOptions(account, { timeoutMs: 20 }).deposit(10))).toBeInstanceOf(TimeoutError);
    give(folder, 'first');
    await first;
    expect(await account.state()).toEqual({ balance: 1, entries: [1] });
  });
});
