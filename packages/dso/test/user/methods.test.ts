import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareToShip } from '../../src/user/ship.ts';
import { UserHost } from '../../src/user/user-host.ts';
import { ship, UserObject } from './support/user-object.ts';

let host: UserHost;
beforeAll(async () => {
  await prepareToShip();
  host = new UserHost({ threads: 2 });
});
afterAll(() => host.close());

class Counter {
  static step = 1;
  count = 0;
  history = new Map<string, number>();
  constructor(start = 0) {
    this.count = start;
  }
  get double(): number {
    return this.count * 2;
  }
  add(by = Counter.step): number {
    this.count += by;
    return this.count;
  }
  async addLater(by: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.count += by;
    return this.count;
  }
  doubled(): number {
    return this.double;
  }
  note(key: string): this {
    this.history.set(key, this.count);
    return this;
  }
  look(): Map<string, number> {
    return this.history;
  }
  samples(): Float64Array {
    return Float64Array.from([this.count, 0.5]);
  }
  spoil(): never {
    this.count = -1;
    this.history.clear();
    throw new RangeError('no more');
  }
}

it('methods change the state, and what they return comes back', async () => {
  const counter = await UserObject.make(host, Counter, { args: [5] });
  expect(await counter.call('add', 3)).toBe(8);
  expect(await counter.call('add')).toBe(9);
  expect(await counter.call('addLater', 10)).toBe(19);
  expect(await counter.call('doubled')).toBe(38);
  expect(await counter.call('samples')).toEqual(Float64Array.from([19, 0.5]));
});

it('a call that changes nothing gives no new state', async () => {
  const counter = await UserObject.make(host, Counter);
  await counter.call('note', 'a');
  const { state } = counter;
  expect(await counter.invoke('look')).toMatchObject({ kind: 'done', state: undefined });
  expect(counter.state).toBe(state);
  expect(await counter.call('look')).toEqual(new Map([['a', 0]]));
});

it('a method that returns its object says so, and sends no copy of it', async () => {
  const counter = await UserObject.make(host, Counter);
  expect(await counter.invoke('note', ['a'])).toMatchObject({ kind: 'done', self: true });
});

it('a throw comes as the very error, and what the method had changed is not kept', async () => {
  const counter = await UserObject.make(host, Counter, { args: [5] });
  await counter.call('note', 'a');
  const error = await counter.call('spoil').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RangeError);
  expect(error).toMatchObject({ message: 'no more' });
  expect(await counter.call('add', 0)).toBe(5);
  expect(await counter.call('look')).toEqual(new Map([['a', 5]]));
});

class Shape {
  #sides = 3;
  name = 'shape';
  sides(): number {
    return this.#sides;
  }
  grow(): void {
    this.#sides++;
  }
}
class Square extends Shape {
  #length: number;
  constructor(length: number) {
    super();
    this.#length = length;
    this.grow();
  }
  scale(by: number): number {
    this.#length *= by;
    return this.#area();
  }
  #area(): number {
    return this.#length ** 2;
  }
}

it('private fields are kept, those of a superclass as well', async () => {
  const square = await UserObject.make(host, Square, { args: [2] });
  expect(await square.call('scale', 3)).toBe(36);
  await square.call('grow');
  expect(await square.call('sides')).toBe(5);
  expect(await square.call('scale', 0.5)).toBe(9);
});

it('another thread, which never saw the object, goes on from its bytes', async () => {
  await using other = new UserHost({ threads: 1 });
  const square = await UserObject.make(host, Square, { args: [2] });
  await square.call('scale', 3);
  const { code } = await ship(other, Square);
  other.addCode(code);
  const moved = new UserObject<Square>(other, 'moved', square.code, square.shipped, square.state.slice());
  expect(await moved.call('scale', 1)).toBe(36);
});

class Stack<T> extends Array<T> {
  top(): T | undefined {
    return this.at(-1);
  }
}

it('a class may extend one of the language, whose methods it has', async () => {
  const stack = await UserObject.make(host, Stack);
  await stack.call('push', 'a', 'b');
  expect(await stack.call('top')).toBe('b');
});

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
class Track {
  points: Point[] = [];
  add(point: Point): Point {
    this.points.push(point);
    return new Point(point.x + 1);
  }
  count(): number {
    return this.points.filter((point) => point instanceof Point).length;
  }
}

it('instances of other classes go in, stay and come back as what they are', async () => {
  const track = await UserObject.make(host, Track);
  const back = await track.call('add', new Point(1));
  expect(back).toBeInstanceOf(Point);
  expect(back).toEqual(new Point(2));
  expect(await track.call('count')).toBe(1);
});

it('static members are as they were when the class was shipped', async () => {
  Counter.step = 7;
  const counter = await UserObject.make(host, Counter, { name: 'sevens' });
  Counter.step = 1;
  expect(await counter.call('add')).toBe(7);
  expect(await counter.call('add')).toBe(14);
});

it('only methods of its classes can be called', async () => {
  const counter = await UserObject.make(host, Counter, { name: 'c' });
  const refused = async (method: string): Promise<string> => {
    const outcome = await counter.invoke(method);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'no-such-method' });
    return (outcome as { message: string }).message;
  };
  expect(await refused('ad')).toBe(
    "Counter.ad() of object 'c' cannot be called: Counter has no method 'ad'; did you mean 'add'?",
  );
  expect(await refused('xyzzy')).toContain('it has add, addLater, doubled, note, look, samples, spoil');
  expect(await refused('double')).toContain('double is a getter of Counter; add a method that gives it');
  expect(await refused('count')).toContain('count is a field of Counter');
  for (const method of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])
    await refused(method);
  expect(await counter.call('add', 2)).toBe(2);
});

class Registry {
  entries: unknown[] = [];
  onChange: unknown;
  remember(): void {
    this.onChange = () => this.entries.length;
  }
  keep(value: unknown): void {
    this.entries.push(value);
  }
  give(): unknown {
    return () => 1;
  }
  apply(fn: (entries: unknown[]) => unknown): unknown {
    return fn(this.entries);
  }
}

it('functions travel as arguments, and cannot be kept or returned', async () => {
  const registry = await UserObject.make(host, Registry, { name: 'r' });
  await registry.call('keep', 'first');
  const suffix = '!';
  expect(await registry.call('apply', (entries: unknown[]) => `${entries[0]}${suffix}`)).toBe('first!');
  const outcomes = [
    await registry.invoke('remember'),
    await registry.invoke('keep', [(n: number) => n + suffix.length]),
    await registry.invoke('give'),
  ];
  for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'failed', code: 'unencodable' });
  const [kept, brought] = outcomes as { message: string }[];
  expect(kept!.message).toContain(
    "Registry.remember() of object 'r': its state cannot be kept: cannot ship Registry → .onChange",
  );
  expect(brought!.message).toContain('came with an argument; keep data');
  expect(await registry.call('apply', (entries: unknown[]) => entries.length)).toBe(1);
});
