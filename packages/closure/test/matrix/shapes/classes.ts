// biome-ignore-all lint/complexity/noStaticOnlyClass: classes of every shape, these too
import assert from 'node:assert/strict';
import { theme } from '../harness/shape.ts';
import { Figure } from './support/helper.ts';

const { shapes, same, answers, throws } = theme('classes');

export { shapes };

const factor = 3;

class Account {
  static made = 0;
  static #secret = 4;
  static of(n: number): Account {
    return new Account(n);
  }
  #n = 1;
  label = 'account';
  constructor(n: number) {
    this.#n = n;
    Account.made++;
  }
  get n(): number {
    return this.#n;
  }
  add(x: number): this {
    this.#n += x;
    return this;
  }
  #hidden(): number {
    return this.#n * 2;
  }
  twice(): number {
    return this.#hidden() + Account.#secret;
  }
}
const account = new Account(10);
same(
  'private and static members',
  (x: number) => {
    const made = Account.of(x).add(2);
    return [made.n, made.twice(), made.label];
  },
  [1],
);
same('captured instance with private fields', (x: number) => account.n + account.twice() + x, [1]);
same('instance with private fields as an argument', (a: Account) => a.n + a.twice(), [new Account(5)]);
throws(
  'instance with private fields as a result',
  (a: Account) => new Account(a.n + 1),
  (error) => assert.match(String(error), /private/),
  [new Account(5)],
);

class Temperature {
  #celsius = 20;
  get #kelvin(): number {
    return this.#celsius + 273;
  }
  set #kelvin(k: number) {
    this.#celsius = k - 273;
  }
  static #check(t: Temperature): boolean {
    return #celsius in t;
  }
  warm(by: number): number[] {
    this.#kelvin += by;
    return [this.#celsius, this.#kelvin, Number(Temperature.#check(this))];
  }
}
const temperature = new Temperature();
same('private methods and accessors', (x: number) => [new Temperature().warm(x), temperature.warm(x)], [5]);

class Ids {
  static next = 1;
  static #table: Map<string, number> = new Map();
  static {
    Ids.next = 100;
    Ids.#table.set('first', 7);
  }
  static take(): number[] {
    return [Ids.next++, Ids.#table.get('first') ?? -1];
  }
}
Ids.next = 41;
answers(
  'static blocks do not run again: static state is a snapshot',
  () => Ids.take(),
  (result) => assert.deepEqual(result, [41, 7]),
);

class WithState {
  static n = 0;
  static list: string[] = [];
}
WithState.n = 41;
WithState.list.push('q');
answers(
  'static state that changed after the class was made',
  () => [++WithState.n, WithState.list],
  (result) => assert.deepEqual(result, [42, ['q']]),
);

const Anonymous = class {
  z = factor;
};
const Named = class Inner {
  self(): string {
    return Inner.name;
  }
};
same('class expressions', () => [new Anonymous().z, new Named().self(), Anonymous.name, Named.name]);
same(
  'class made inside the function',
  (x: number) =>
    new (class Local {
      z = x + factor;
    })().z,
  [1],
);
same('class with private statics made inside the function', () => {
  class Box {
    static #made = 1;
    static open(): number {
      return ++Box.#made;
    }
  }
  return Box.open();
});

class LocalPoint {
  x: number;
  constructor(x: number) {
    this.x = x;
  }
  double(): number {
    return this.x * factor;
  }
  static from(x: number): LocalPoint {
    return new LocalPoint(x);
  }
}
const localPoint = new LocalPoint(4);
same('captured instance of a local class', () => [localPoint.double(), localPoint instanceof LocalPoint]);
answers(
  'result of a local class is of the caller’s own class',
  (x: number) => new LocalPoint(x),
  (result) => {
    assert(result instanceof LocalPoint);
    assert.equal(result.double(), 27);
  },
  [9],
);
same('class as an argument', (C: typeof LocalPoint, x: number) => C.from(x).double(), [LocalPoint, 2]);

let constructed = 0;
class Observed {
  readonly serial: number;
  constructor() {
    this.serial = ++constructed;
  }
}
const observed = new Observed();
answers(
  'rebuilding an instance runs no constructor',
  () => [observed.serial, observed instanceof Observed, constructed],
  (result) => assert.deepEqual(result, [1, true, 1]),
);

class Range {
  readonly #end: number;
  constructor(end: number) {
    this.#end = end;
  }
  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.#end; i++) yield i;
  }
  get [Symbol.toStringTag](): string {
    return 'Range';
  }
}
const range = new Range(3);
same('iterable class with computed symbol members', () => [[...range], [...new Range(2)], String(range)]);

class EvenNumber {
  static [Symbol.hasInstance](n: unknown): boolean {
    return Number(n) % 2 === 0;
  }
}
same('Symbol.hasInstance', (n: number) => (n as unknown) instanceof EvenNumber, [1], [2]);

class Animal {
  static kind = 'k1';
  hi(): string {
    return 'A';
  }
}
class Dog extends Animal {
  override hi(): string {
    return `${super.hi()}B`;
  }
}
class Circle extends Figure {
  r = 2;
  override area(): number {
    return this.r * factor;
  }
}
const dog = new Dog();
same('class extends a local class', () => [new Dog().hi(), dog.hi(), Dog.kind, dog instanceof Animal]);
same('class extends an imported class', () => new Circle().describe());

class Tags extends Map<string, number> {
  tag = 't';
  total(): number {
    let sum = 0;
    for (const value of this.values()) sum += value;
    return sum;
  }
}
const tags = new Tags([
  ['a', 1],
  ['b', 2],
]);
same('instance of a class that extends Map', () => [tags.total(), tags.tag, tags instanceof Tags, tags.size]);

type Constructor<T> = new (...args: never[]) => T;
const Loud = <T extends Constructor<Animal>>(Base: T) =>
  class extends (Base as Constructor<Animal>) {
    override hi(): string {
      return super.hi().toLowerCase();
    }
  };
class LoudDog extends Loud(Dog) {}
same('class made by a mixin', () => new LoudDog().hi());

class Bare {
  static self: typeof Bare = Bare;
  again(): string {
    return Bare.self.name;
  }
}
same('class that refers to itself by a static', () => new Bare().again());

class Settings {
  #values = new Map<string, number>([['a', 1]]);
  get size(): number {
    return this.#values.size;
  }
  set(name: string, value: number): number {
    return this.#values.set(name, value).size;
  }
}
const settings = new Settings();
same('private field holding a Map', () => [settings.set('b', 2), settings.size]);
