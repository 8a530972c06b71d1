import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { double, Point, table } from './support/geometry.ts';
import { remote } from './support/remote.ts';

const factor = 3;
let calls = 0;
const bump = (): void => {
  calls += 1;
};
const count = (): number => calls;

function counter() {
  let n = 0;
  return { increase: () => ++n, read: () => n };
}

describe('a captured function', () => {
  it('takes the values of the variables it uses along, as they are when it is captured', async () => {
    const config = { list: [1, 2], nested: new Map([['a', new Date(5)]]) };
    expect(await remote((x: number) => [x * factor, config], 2)).toEqual([6, config]);
  });

  it('sees what it imports: functions, classes, Node’s own modules', async () => {
    expect(await remote(() => [double(4), new Point(3, 4).norm(), basename('/a/b')])).toEqual([8, 5, 'b']);
  });

  it('reaches functions of other modules through data, exported there or not', async () => {
    expect(await remote((x: number) => [table['double']!(x), table['triple']!(x)], 5)).toEqual([10, 15]);
  });

  it('may be recursive, mutually recursive and in a cycle with its data', async () => {
    const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);
    const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);
    const cycle = { name: 'c', self: undefined as unknown, ask: (): string => cycle.name };
    cycle.self = cycle;
    expect(await remote(() => [isEven(10), cycle.ask(), cycle.self === cycle])).toEqual([true, 'c', true]);
  });

  it('keeps the `this` of an arrow, also when `this` holds the arrow', async () => {
    class Job {
      readonly factor = 6;
      readonly run = (x: number): number => x * this.factor;
    }
    const job = new Job();
    expect(await remote(job.run, 7)).toBe(42);
    expect(await remote((x: number) => job.run(x), 7)).toBe(42);
  });

  it('may be bound, also to an object that holds the bound function', async () => {
    const service = { base: 10, add: undefined as unknown as (x: number) => number };
    service.add = function (this: typeof service, x: number) {
      return this.base + x;
    }.bind(service);
    expect(await remote(service.add, 5)).toBe(15);
  });

  it('shares a variable of the module with the other captured functions of the module', async () => {
    calls = 10;
    expect(
      await remote(() => {
        bump();
        bump();
        return count();
      }),
    ).toBe(12);
    expect(calls).toBe(10);
  });

  it('shares a local variable with the closures of the same call, and not with those of another', async () => {
    const one = counter();
    const other = counter();
    expect(
      await remote(() => {
        one.increase();
        one.increase();
        other.increase();
        return [one.read(), other.read()];
      }),
    ).toEqual([2, 1]);
    expect([one.read(), other.read()]).toEqual([0, 0]);
  });

  it('gets fresh variables with every capture, in the same process', async () => {
    const run = (): number => {
      bump();
      return count();
    };
    calls = 0;
    expect([await remote(run), await remote(run)]).toEqual([1, 1]);
  });

  it('runs no getter while it is captured', async () => {
    let ran = 0;
    const lazy = {
      get value() {
        ran += 1;
        return 5;
      },
    };
    expect(await remote(() => lazy.value)).toBe(5);
    expect(ran).toBe(0);
  });
});
