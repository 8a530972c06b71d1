import { describe, expect, it } from 'vitest';
import { makeHidden, Point, Sealed } from './support/geometry.ts';
import { remote } from './support/remote.ts';

let constructed = 0;

class Account {
  static opened = 0;
  static #rate = 2;
  #balance: number;
  readonly label = 'account';
  constructor(balance: number) {
    constructed += 1;
    Account.opened += 1;
    this.#balance = balance;
  }
  get balance(): number {
    return this.#balance;
  }
  #doubled(): number {
    return this.#balance * Account.#rate;
  }
  grow(): number {
    this.#balance = this.#doubled();
    return this.#balance;
  }
}

class Savings extends Account {
  #bonus = 1;
  total(): number {
    return this.balance + this.#bonus;
  }
}

class Animal {
  speak(): string {
    return 'A';
  }
  /** Its own subclass, which in turn needs this class to be defined. */
  static make(): Animal {
    return new Dog();
  }
}
class Dog extends Animal {
  override speak(): string {
    return `${super.speak()}D`;
  }
}

describe('a captured class', () => {
  it('keeps private fields, private methods and private statics of its instances', async () => {
    const account = new Account(10);
    expect(await remote(() => [account.grow(), account.grow()])).toEqual([20, 40]);
    expect(account.balance).toBe(10);
  });

  it('keeps the private fields of every class of an instance', async () => {
    const savings = new Savings(5);
    expect(await remote(() => [savings.total(), savings instanceof Account])).toEqual([6, true]);
  });

  it('is rebuilt without running constructors or static blocks', async () => {
    const account = new Account(1);
    const before = constructed;
    expect(await remote(() => [account.label, Account.opened, constructed])).toEqual([
      'account',
      Account.opened,
      before,
    ]);
  });

  it('may know its own subclass', async () => {
    expect(await remote(() => [Dog.make().speak(), Animal.make() instanceof Dog])).toEqual(['AD', true]);
    const makeDog = (): string => new Dog().speak();
    expect(await remote(makeDog)).toBe('AD');
  });

  it('extends built-in classes', async () => {
    class Tags extends Map<string, number> {
      readonly kind = 'tags';
      sum(): number {
        return [...this.values()].reduce((a, b) => a + b, 0);
      }
    }
    const tags = new Tags([['a', 1]]);
    expect(await remote(() => [tags.sum(), tags.kind, tags.size])).toEqual([1, 'tags', 1]);
  });

  it('comes back as the caller’s own class', async () => {
    class Local {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    const result = await remote((x: number) => new Local(x), 4);
    expect(result).toBeInstanceOf(Local);
    expect(result.x).toBe(4);
    expect(await remote(() => Local)).toBe(Local);
  });

  it('that is imported comes back as the imported class, as an argument and as a result', async () => {
    const result = await remote((p: Point) => new Point(p.norm(), 0), new Point(3, 4));
    expect(result).toBeInstanceOf(Point);
    expect(result.x).toBe(5);
  });
});

describe('an instance that cannot be made on the other side', () => {
  it('of an imported class with private members is refused at the capture', async () => {
    const sealed = new Sealed();
    await expect(remote(() => [sealed.open(), Sealed])).rejects.toThrow(/sealed.*#private/s);
  });

  it('of a class that the caller does not know is refused in the worker, with the path', async () => {
    await expect(remote(() => ({ list: [makeHidden()] }))).rejects.toThrow(
      /result → \.list → \[0\].*Hidden/s,
    );
  });

  it('of a class with private members is refused as a result', async () => {
    await expect(remote(() => new Account(1))).rejects.toThrow(/result.*Account has #private/s);
  });
});
