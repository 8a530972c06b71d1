import { describe, expect, test } from 'vitest';
import { Array as SharedArray, Value } from '../src/index.ts';
import { everywhere } from './support/environments.ts';
import { failure } from './support/helpers.ts';

everywhere('shared memory', (environment) => {
  test('a value of any type is what the last process has set', async () => {
    const { context } = environment;
    const [int, double, big] = [
      new context.Value('i', 4343),
      new context.Value('d', 3.625),
      new context.Value('q', 2n ** 40n),
    ];
    const raw = new context.RawValue('h');
    expect([await int.get(), await double.get(), await big.get(), await raw.get()]).toEqual([
      4343,
      3.625,
      2n ** 40n,
      0,
    ]);
    const other = new context.Process({
      target: async (a: typeof int, b: typeof double, c: typeof big, d: typeof raw) => {
        await a.set(1234);
        await b.set(-1.5);
        await c.set(-(2n ** 41n));
        await d.set((await d.get()) - 232);
      },
      args: [int, double, big, raw],
    });
    other.start();
    await other.join();
    expect(other.exitCode).toBe(0);
    expect([await int.get(), await double.get(), await big.get(), await raw.get()]).toEqual([
      1234,
      -1.5,
      -(2n ** 41n),
      -232,
    ]);
  });

  test('additions of many are not lost, with the lock or in one', async () => {
    const { context } = environment;
    const [locked, added] = [new context.Value('i', 0), new context.Value('i', 0)];
    const all = [0, 1, 2].map(
      () =>
        new context.Process({
          target: async (a: typeof locked, b: typeof added) => {
            for (let i = 0; i < 10; i++) {
              await a.getLock().use(async () => a.set((await a.get()) + 1));
              await b.add(1);
            }
          },
          args: [locked, added],
        }),
    );
    for (const one of all) one.start();
    for (const one of all) await one.join();
    expect([await locked.get(), await added.get()]).toEqual([30, 30]);
  });

  test('a lock may be given, and a value be had without it', async () => {
    const { context } = environment;
    const lock = new context.Lock();
    const value = new context.Value('i', 5, { lock });
    expect(value.getLock()).toBe(lock);
    await value.getObj().set(6);
    expect(await value.get()).toBe(6);
    const array = new context.Array('i', 3, { lock });
    expect(array.getLock()).toBe(lock);
    await array.getObj().set(0, 9);
    expect(await array.get(0)).toBe(9);
  });

  test('an array is read and written by elements, by slices and as a whole', async () => {
    const { context } = environment;
    const sequence = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];
    for (const array of [new context.Array('i', sequence), new context.RawArray('i', sequence)]) {
      expect(array.length).toBe(10);
      expect(await array.get(-1)).toBe(831);
      expect(await array.slice()).toEqual(Int32Array.from(sequence));
      expect(await array.slice(2, 7)).toEqual(Int32Array.from(sequence.slice(2, 7)));
      expect(await array.slice(-3)).toEqual(Int32Array.from(sequence.slice(-3)));
      expect(await array.slice(5, 2)).toEqual(new Int32Array());
      await array.setSlice(4, [1, 2, 3, 4]);
      const running = new context.Process({
        target: async (shared: typeof array) => {
          for (let i = 1; i < shared.length; i++) await shared.add(i, await shared.get(i - 1));
        },
        args: [array],
      });
      running.start();
      await running.join();
      const sums = [...sequence.slice(0, 4), 1, 2, 3, 4, 714, 831];
      for (let i = 1; i < sums.length; i++) sums[i]! += sums[i - 1]!;
      const read: number[] = [];
      for await (const element of array) read.push(element);
      expect(read).toEqual(sums);
    }
    const zeros = new context.Array('float64', 4);
    expect(await zeros.slice()).toEqual(new Float64Array(4));
  });

  test('an index that is none is refused', async () => {
    const array = new environment.context.Array('i', 2);
    for (const index of [2, -3, 0.5]) {
      expect(() => array.get(index)).toThrow(/the index is a whole number below 2/);
      expect(() => array.set(index, 1)).toThrow(/the index is a whole number below 2/);
    }
    expect((await failure((async () => array.setSlice(1, [1, 2]))())).message).toMatch(/2/);
    expect(() => array.setSlice(-3, [1])).toThrow(/the start is a whole number from -2 to 2; got -3/);
    expect(await array.slice()).toEqual(new Int32Array(2));
  });
});

describe('memory that cannot be', () => {
  test.each([
    [
      () => new Value('x' as never),
      /the type is one of b B h H i I l L q Q f d, or the name of a typed array such as 'int32'; got "x"/,
    ],
    [() => new SharedArray('i', -1), /the size is a whole number from 0; got -1/],
    [
      () => new SharedArray('i', null as never),
      /the content is how many elements, or an iterable of them; got null/,
    ],
    [() => new Value('toString' as never), /the type is one of .*; got "toString"/],
    [() => new Value('i', 1, { lock: false as never }), /lock is a Lock or an RLock .*; got false/],
    [() => new Value('i', 1.5), /1.5/],
    [() => new Value('q', 1 as never), /bigint/],
  ])('%s is refused', (make, message) => {
    expect(make).toThrow(message);
  });
});
