import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AllReduce } from '../../src/handles/all-reduce.ts';
import { flatten } from '../../src/handles/reduction-shape.ts';
import { allReduce } from '../../src/objects/all-reduce.ts';
import { LocalServer } from './local.ts';

function setUp<T>(parties: number, op: 'sum' | 'min' | 'max' | 'prod' = 'sum') {
  const server = new LocalServer([allReduce]);
  const client = server.client('a');
  return { server, one: new AllReduce<T>(client.place('allReduce', 'x', [parties, op])) };
}

describe('AllReduce', () => {
  test('numbers, typed arrays, and records of them', async () => {
    const { server, one } = setUp<unknown>(2);
    expect(await Promise.all([one.reduce(1), one.reduce(2)])).toEqual([3, 3]);
    const before = server.asked;
    const model = { loss: 0.5, weights: new Float32Array([1, 2]), layers: [[1, 2], [3]], 'a b': { n: 1 } };
    const [a, b] = await Promise.all([one.reduce(model), one.reduce({ ...model, loss: 1 })]);
    expect(a).toEqual({
      loss: 1.5,
      weights: new Float32Array([2, 4]),
      layers: [[2, 4], [6]],
      'a b': { n: 2 },
    });
    expect(b).toEqual(a);
    // One request and one answer a party.
    expect(server.asked - before).toBe(2);
  });

  test('what one party does with its result is its own affair', async () => {
    const { one } = setUp<Float64Array>(2);
    const [a, b] = await Promise.all([one.reduce(new Float64Array([1])), one.reduce(new Float64Array([2]))]);
    a![0] = 99;
    expect([...b!]).toEqual([3]);
  });

  test('each party gets its own order of keys', async () => {
    const { one } = setUp<Record<string, number>>(2);
    const [a, b] = await Promise.all([one.reduce({ x: 1, y: 2 }), one.reduce({ y: 20, x: 10 })]);
    expect(JSON.stringify([a, b])).toBe('[{"x":11,"y":22},{"y":22,"x":11}]');
  });

  test('ranks and rounds', async () => {
    const { one } = setUp<number>(2);
    const values = [one.reduce(1e100, { rank: 0, round: 0 }), one.reduce(1, { rank: 1, round: 0 })];
    expect(await Promise.all(values)).toEqual([1e100, 1e100]);
    expect(await one.reduce(7, { rank: 1, round: 0 })).toBe(1e100);
    expect([await one.round(), await one.waiting(), await one.parties()]).toEqual([1, 0, 2]);
    await expect(one.reduce(1, { rank: 0.5 })).rejects.toThrow(/rank must be a whole number/);
  });

  test('what is built otherwise is refused, and the others wait on', async () => {
    const { one } = setUp<unknown>(2);
    const first = one.reduce({ a: 1, b: [1, 2] });
    await expect(one.reduce({ a: 1, b: [1] })).rejects.toThrow(
      'in round 0 they are {a: number, b: number[2]}, this one is {a: number, b: number[1]}',
    );
    await one.reduce({ a: 1, b: [1, 2] });
    expect(await first).toEqual({ a: 2, b: [2, 4] });
  });

  test('a reset tells those who wait', async () => {
    const { one } = setUp<number>(2);
    const waits = one.reduce(1);
    expect(await one.reset()).toBe(0);
    await expect(waits).rejects.toMatchObject({ code: 'broken-barrier' });
  });

  test('options that cannot be are refused before anything is sent', () => {
    const { server } = setUp<number>(2);
    const make = (options: object): unknown =>
      AllReduce.make(server.client('b') as never, 'y', options as never);
    expect(() => make({ parties: 0, op: 'sum' })).toThrow(/parties must be a whole number, 1 or more/);
    expect(() => make({ parties: 2, op: 'avg' })).toThrow(
      /op must be 'sum', 'min', 'max', 'prod' or a function/,
    );
    expect(server.asked).toBe(0);
  });
});

describe('flatten', () => {
  const number = fc.double({ noDefaultInfinity: true });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      number,
      fc.float64Array({ maxLength: 5 }),
      fc.float32Array({ maxLength: 5 }),
      fc.int16Array({ maxLength: 5 }),
      fc.uint8Array({ maxLength: 5 }),
      fc.array(number, { maxLength: 5 }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  test('what it takes apart it puts together again', () => {
    fc.assert(
      fc.property(value, (one) => {
        const { numbers, rebuild, shape } = flatten(one);
        expect(rebuild(numbers)).toEqual(one);
        expect(flatten(rebuild(numbers)).shape).toBe(shape);
      }),
    );
  });

  test('shapes are short', () => {
    const rows = Array.from({ length: 1000 }, () => new Array(500).fill(0));
    expect(flatten(rows).shape).toBe('[1000 × number[500]]');
    expect(flatten([1, [2]]).shape).toBe('[number, number[1]]');
    expect(flatten(Buffer.from([1])).shape).toBe('Uint8Array(1)');
  });

  test.each([
    [1n, /value is a bigint, .* give a number, or a function as op/],
    [{ a: [1, 'x'] }, /value\.a\[1\] must be a number .*, not "x"/],
    [new BigInt64Array(1), /value is a bigint/],
    [{ a: null }, /value\.a must be a number .*, not null/],
    [{ f: () => 1 }, /value\.f .* not a function/],
    [{ m: new Map() }, /value\.m is a Map: numbers, typed arrays/],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested.
    [[1, , 2], /value\[1\] must be a number .*, not undefined/],
    [new DataView(new ArrayBuffer(1)), /value must be a number/],
  ])('what is no number is refused, and where it lies is said: %o', (wrong, message) => {
    expect(() => flatten<unknown>(wrong)).toThrow(message);
  });

  test('a value that contains itself is refused', () => {
    const self: unknown[] = [];
    self.push(self);
    expect(() => flatten(self)).toThrow(/contain itself/);
  });

  test('integers do not wrap around', () => {
    const { rebuild } = flatten({ n: new Uint8Array(2) });
    expect(rebuild(new Float64Array([255, 0]))).toEqual({ n: new Uint8Array([255, 0]) });
    expect(() => rebuild(new Float64Array([1, 256]))).toThrow(
      /value\.n\[1\] came to 256, which .* Uint8Array/,
    );
  });
});
