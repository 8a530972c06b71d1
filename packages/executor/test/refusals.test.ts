import { describe, expect, test } from 'vitest';
import { FunctionExecutor } from '../src/index.ts';
import { executorOf } from './support/executors.ts';

/** Calls as a program without types may make them. */
type Untyped = Record<'map' | 'callAsync' | 'mapReduce', (...args: unknown[]) => unknown>;

describe('bad input is refused at the call, by name', () => {
  const refusals: readonly (readonly [
    what: string,
    call: (executor: Untyped) => unknown,
    message: RegExp,
  ])[] = [
    ['no function', (e) => e.map(), /map function is a function; got undefined/],
    ['a string for a function', (e) => e.map('x', [1]), /map function is a function; got string/],
    ['a class', (e) => e.map(class Foo {}, [1]), /class Foo.*new Foo\(x\)/],
    ['no data', (e) => e.map(() => 1), /data of a map is an array or another iterable.*got undefined/],
    ['a number as data', (e) => e.map(() => 1, 5), /got 5/],
    ['a string as data', (e) => e.map(() => 1, 'abc'), /got a string/],
    ['an object as data', (e) => e.map(() => 1, { a: 1 }), /an object without an iterator/],
    [
      'a chunksize of 0',
      (e) => e.map(() => 1, [1], { chunksize: 0 }),
      /chunksize is a whole number from 1; got 0/,
    ],
    [
      'an unknown option',
      (e) => e.map(() => 1, [1], { chunkSize: 2 }),
      /no option 'chunkSize'; did you mean 'chunksize'/,
    ],
    [
      'extraArgs that are no array',
      (e) => e.map(() => 1, [1], { extraArgs: 3 }),
      /extraArgs is an array; got number/,
    ],
    [
      'a maxCallsPerWorker of 0',
      (e) => e.map(() => 1, [1], { maxCallsPerWorker: 0 }),
      /maxCallsPerWorker is a whole number from 1; got 0/,
    ],
    [
      'isolated that is neither',
      (e) => e.callAsync(() => 1, 1, { isolated: 'yes' }),
      /isolated is true or false; got yes/,
    ],
    [
      'background that is neither',
      (e) => e.map(() => 1, [1], { background: 1 }),
      /background is true or false; got 1/,
    ],
    ['an empty name', (e) => e.map(() => 1, [1], { name: '' }), /name is a text of one line.*got ""/],
    [
      'a name of two lines',
      (e) => e.callAsync(() => 1, 1, { name: 'a\nb' }),
      /name is a text of one line.*got "a\\nb"/,
    ],
    ['a name that is no text', (e) => e.map(() => 1, [1], { name: 5 }), /one line.*got number/],
    ['no reducer', (e) => e.mapReduce(() => 1, [1]), /reduce function is a function; got undefined/],
  ];

  test.each(refusals)('%s', (_what, call, message) => {
    const executor = executorOf() as unknown as Untyped;
    expect(() => call(executor)).toThrow(message);
  });

  test('options of the executor', () => {
    expect(() => new FunctionExecutor({ workers: 0 })).toThrow(/workers: must be .*not 0/);
    expect(() => new FunctionExecutor({ worker: 2 } as never)).toThrow(/did you mean 'workers'/);
    expect(() => new FunctionExecutor({ backend: 'moon' } as never)).toThrow(
      /backend: must be .*localhost.*subprocess.*not "moon"/,
    );
    expect(() => new FunctionExecutor({ localhost: { isolation: 'vm' } } as never)).toThrow(
      /localhost.isolation: must be .*process.*thread.*not "vm"/,
    );
  });

  test('a closed executor takes no work', async () => {
    const executor = executorOf();
    await executor.close();
    expect(() => executor.map((x: number) => x, [1])).toThrow(/is closed/);
  });

  test('a function whose parameters all have defaults runs without them', async () => {
    const executor = executorOf();
    expect(await executor.map((x: number = 5, y: number = 6) => [x, y], [undefined, 1])).toEqual([
      [5, 6],
      [1, 6],
    ]);
  });
});
