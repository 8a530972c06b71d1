import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Dso, UserCodeError } from '../../src/index.ts';
import { rejection, travelled } from './support/serve.ts';

let dso: Dso;
beforeAll(async () => {
  dso = await connect();
});
afterAll(() => dso.close());

class Item {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  upper(): string {
    return this.name.toUpperCase();
  }
}

class Stranger {
  readonly n = 1;
}

const double = (n: number): number => n * 2;

class Cart {
  items: Item[] = [];
  put(item: Item): number {
    if (!(item instanceof Item)) throw new TypeError('no item');
    this.items.push(item);
    return this.items.length;
  }
  names(): string[] {
    return this.items.map((item) => item.upper());
  }
  first(): Item | undefined {
    return this.items[0];
  }
  map<R>(fn: (item: Item) => R): R[] {
    return this.items.map(fn);
  }
  operation(): (n: number) => number {
    return double;
  }
  itemClass(): typeof Item {
    return Item;
  }
  back<T>(value: T): T {
    return value;
  }
  keep(value: unknown): void {
    (this as unknown as { kept: unknown }).kept = value;
  }
  make(): () => number {
    return () => 1;
  }
}

describe('arguments', () => {
  test('instances of classes that the class uses are instances there, and stay', async () => {
    const cart = dso.object('items', Cart);
    expect(await cart.put(new Item('apple'))).toBe(1);
    expect(await cart.put(new Item('pear'))).toBe(2);
    expect(await cart.names()).toEqual(['APPLE', 'PEAR']);
  });

  test('of the constructor too', async () => {
    class Box {
      readonly item: Item;
      readonly fn: (n: number) => number;
      sum = 0;
      constructor(item: Item, fn: (n: number) => number) {
        this.item = item;
        this.fn = double;
        this.sum = fn(4);
      }
      tell(): string {
        return `${this.item instanceof Item} ${this.item.name} ${this.sum} ${this.fn(2)}`;
      }
    }
    const by = 10;
    expect(await dso.object('box', Box, new Item('x'), (n) => n * by).tell()).toBe('true x 40 4');
  });

  test('functions run there with what they close over', async () => {
    const cart = dso.object('functions', Cart);
    await cart.put(new Item('fig'));
    const suffix = '!';
    expect(await cart.map((item) => item.upper() + suffix)).toEqual(['FIG!']);
    expect(await travelled(cart).map((item) => item.name + suffix)).toEqual(['fig!']);
  });

  test('functions and classes that came with a call cannot be kept, and that changes nothing', async () => {
    const cart = dso.object('keeps', Cart);
    await cart.put(new Item('nut'));
    for (const value of [() => 1, new Stranger()]) {
      expect(await rejection(cart.keep(value))).toMatchObject({
        reason: 'unencodable',
        message: expect.stringMatching(
          /Cart\.keep\(\) of object 'keeps': its state cannot be kept: .*argument/,
        ),
      });
    }
    expect(await cart.names()).toEqual(['NUT']);
  });

  test('what cannot travel is refused where the method is called, with the path to it', async () => {
    const cart = dso.object('sockets', Cart);
    expect(await rejection(cart.keep({ deep: [new WeakMap()] }))).toMatchObject({
      name: 'CaptureError',
      message: expect.stringContaining('deep'),
    });
    class Bad {
      readonly map: object;
      constructor(map: object) {
        this.map = map;
      }
    }
    expect(() => dso.object('bad', Bad, new WeakMap())).toThrow('cannot ship');
    expect(() => dso.object('bad', class {} as never)).toThrow('a class with a name');
  });
});

describe('results', () => {
  test('functions, classes and instances are the own ones', async () => {
    const cart = dso.object('results', Cart);
    await cart.put(new Item('fig'));
    expect(await cart.operation()).toBe(double);
    expect(await cart.itemClass()).toBe(Item);
    const first = await cart.first();
    expect(first).toBeInstanceOf(Item);
    expect(first).toEqual(new Item('fig'));
    const mine = (): number => 3;
    expect(await cart.back(mine)).toBe(mine);
    expect(await cart.back(Stranger)).toBe(Stranger);
    expect(await cart.back(new Stranger())).toBeInstanceOf(Stranger);
  });

  test('scalars are exact', async () => {
    const cart = dso.object('scalars', Cart);
    for (const value of [undefined, null, false, -0, Number.NaN, 2n ** 5000n, '\u{1f600}'])
      expect(await cart.back(value)).toBe(value);
    expect(await cart.back([])).toEqual([]);
  });

  test('a function that was made there is refused, and says why', async () => {
    expect(await rejection(dso.object('makes', Cart).make())).toMatchObject({
      reason: 'unencodable',
      message: expect.stringContaining('which the caller does not have'),
    });
  });

  test('a handle that has travelled reads plain data, and says what it cannot read', async () => {
    const cart = dso.object('elsewhere', Cart);
    await cart.put(new Item('fig'));
    const elsewhere = travelled(cart);
    expect(await elsewhere.names()).toEqual(['FIG']);
    const error = await rejection(elsewhere.first());
    expect(error).toBeInstanceOf(UserCodeError);
    expect(error).toMatchObject({
      reason: 'no-such-code',
      message: expect.stringMatching(/first\(\) of class:Cart 'elsewhere' has run, .* return plain data/),
    });
  });
});

test('a class that was written anew takes its objects over', async () => {
  const version = (text: string): (new () => { hits: number; hit(): string }) => {
    if (text === 'one')
      return class Page {
        hits = 0;
        hit(): string {
          return `one ${++this.hits}`;
        }
      };
    return class Page {
      hits = 0;
      hit(): string {
        return `two ${++this.hits}`;
      }
    };
  };
  expect(await dso.object('page', version('one')).hit()).toBe('one 1');
  expect(await dso.object('page', version('two')).hit()).toBe('two 2');
});
