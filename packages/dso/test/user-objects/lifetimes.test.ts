import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ConfigMismatchError,
  connect,
  type Dso,
  deleteObject,
  StaleFenceError,
  TimeoutError,
  withOptions,
} from '../../src/index.ts';
import { startNode } from '../support/processes.ts';
import { rejection, travelled } from './support/serve.ts';
import { give, given, signalFolder } from './support/signals.ts';

let dso: Dso;
beforeAll(async () => {
  dso = await connect();
});
afterAll(() => dso.close());

class Stock {
  readonly items: string[];
  constructor(...items: string[]) {
    this.items = items;
  }
  add(item: string): number {
    return this.items.push(item);
  }
  all(): string[] {
    return this.items;
  }
}

class Refusing {
  constructor(limit: number) {
    throw new RangeError(`cannot hold ${limit}`);
  }
  used(): void {}
}

class Slow {
  readonly made = true;
  async wait(folder: string): Promise<string> {
    give(folder, 'begun');
    await given(folder, 'go');
    return 'done';
  }
}

describe('the same key', () => {
  test('with the same arguments is the same object', async () => {
    const [a, b] = [dso.object('same', Stock, 'x'), dso.object('same', Stock, 'x')];
    await a.add('y');
    expect(await b.all()).toEqual(['x', 'y']);
  });

  test('with other arguments does not fit, and the object stays', async () => {
    const stock = dso.object('other', Stock, 'x');
    await stock.add('y');
    const wrong = dso.object('other', Stock, 'z');
    const error = await rejection(wrong.all());
    expect(error).toBeInstanceOf(ConfigMismatchError);
    expect(error.message).toBe('class:Stock "other" was made with other arguments than this use gives');
    expect(await stock.all()).toEqual(['x', 'y']);
  });

  test('of another class is another object', async () => {
    class Shelf extends Stock {}
    const [stock, shelf] = [dso.object('names', Stock, 'x'), dso.object('names', Shelf, 'y')];
    expect([await stock.all(), await shelf.all()]).toEqual([['x'], ['y']]);
  });
});

describe('a constructor that throws', () => {
  test('is told to every call, as the error of the user; there is no object', async () => {
    const before = (await dso.stats())[0]!.objects;
    const object = dso.object('refusing', Refusing, 3);
    for (const error of await Promise.all([rejection(object.used()), rejection(object.used())])) {
      expect(error).toEqual(new RangeError('cannot hold 3'));
      expect(error.stack).toMatch(/new Refusing .*lifetimes\.test\.ts:\d+:\d+/);
    }
    expect(await rejection(object.used())).toEqual(new RangeError('cannot hold 3'));
    expect((await dso.stats())[0]!.objects).toBe(before);
  });

  test('is told to those who wait with a handle that has travelled', async () => {
    const folder = signalFolder();
    class Gate {
      constructor(where: string) {
        throw new RangeError(where);
      }
      used(): void {}
    }
    const elsewhere = travelled(dso.object('gate', Gate, folder));
    await deleteObject(elsewhere);
    const waiting = rejection(elsewhere.used());
    // What waits has arrived when an answer comes to what was asked after it.
    await dso.stats();
    const maker = dso.object('gate', Gate, folder);
    expect(await rejection(maker.used())).toEqual(new RangeError(folder));
    expect(await waiting).toEqual(new RangeError(folder));
  });
});

describe('a deleted object', () => {
  test('is made anew by the handle that made it, with the same class and arguments', async () => {
    const stock = dso.object('deleted', Stock, 'x');
    await stock.add('y');
    await deleteObject(stock);
    expect(await stock.all()).toEqual(['x']);
    await dso.delete(travelled(stock));
    expect(await stock.add('z')).toBe(2);
    await dso.clear();
    expect(await stock.all()).toEqual(['x']);
  });

  test('is gone before it was used, too', async () => {
    const before = (await dso.stats())[0]!.objects;
    await deleteObject(dso.object('unused', Stock));
    expect((await dso.stats())[0]!.objects).toBe(before);
  });

  test('tells those who wait for it, also whose method runs', async () => {
    const folder = signalFolder();
    const slow = dso.object('slow', Slow);
    const running = rejection(slow.wait(folder));
    const waiting = rejection(slow.wait(folder));
    await given(folder, 'begun');
    await deleteObject(slow);
    expect((await running).name).toBe('ObjectDeletedError');
    expect((await waiting).name).toBe('ObjectDeletedError');
    give(folder, 'go');
    expect(await slow.wait(folder)).toBe('done');
  });

  test('is waited for by a handle that has travelled until its maker makes it', async () => {
    const stock = dso.object('awaited', Stock, 'x');
    const elsewhere = travelled(stock);
    await deleteObject(stock);
    const waiting = elsewhere.add('y');
    await dso.stats();
    expect(await stock.add('z')).toBeGreaterThan(1);
    await waiting;
    expect((await elsewhere.all()).toSorted()).toEqual(['x', 'y', 'z']);
  });

  test('is waited for in vain when nobody makes it, and the error says whose it is to do', async () => {
    const stock = dso.object('in-vain', Stock);
    const elsewhere = travelled(stock);
    await deleteObject(stock);
    const error = await rejection(withOptions(elsewhere, { timeoutMs: 30 }).all());
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toMatch(
      /class:Stock "in-vain"\.all was not possible in time: the object is not there; the program that made this handle/,
    );
  });
});

test('an object that went with its server is not quietly made anew, but after a deletion', async () => {
  const path = join(signalFolder(), 'node.sock');
  const first = await startNode({ path });
  await using there = await connect(first.url);
  const stock = there.object('lost', Stock, 'x');
  await stock.add('y');
  await first.kill();
  rmSync(path, { force: true });
  await startNode({ path });
  expect((await rejection(stock.all())).name).toBe('ObjectLostError');
  await deleteObject(stock);
  expect(await stock.all()).toEqual(['x']);
});

test('a fencing token of the past is refused, and nothing has run', async () => {
  const stock = dso.object('fenced', Stock);
  expect(await withOptions(stock, { fence: 2 }).add('new')).toBe(1);
  const error = await rejection(withOptions(stock, { fence: 1 }).add('old'));
  expect(error).toBeInstanceOf(StaleFenceError);
  expect(await withOptions(stock, { fence: 2, timeoutMs: 10_000 }).all()).toEqual(['new']);
  expect(await rejection(withOptions(stock, { fence: 0 }).all())).toMatchObject({ code: 'bad-argument' });
});
