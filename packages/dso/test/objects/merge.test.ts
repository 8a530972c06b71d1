import { describe, expect, test } from 'vitest';
import { isMergeOperator, MERGE_OPERATORS, mergeOperator, mergeValues } from '../../src/objects/merge.ts';
import { Reader } from '../../src/value/reader.ts';
import { sizeOf, type Value } from '../../src/value/value.ts';
import { Writer } from '../../src/value/writer.ts';
import { expectRefusal } from './answers.ts';

const MAX = Number.MAX_SAFE_INTEGER;

describe('operators that merge', () => {
  test.each<[Value, Value, Value, Value, Value, Value]>([
    // a, b, and their sum, least, greatest and product
    [2, 3, 5, 2, 3, 6],
    [-2, 0.5, -1.5, -2, 0.5, -1],
    [2n ** 64n, -1n, 2n ** 64n - 1n, -1n, 2n ** 64n, -(2n ** 64n)],
    [Number.NaN, 1, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
    [1e300, 1e300, 2e300, 1e300, 1e300, Number.POSITIVE_INFINITY],
    [MAX, 0.5, MAX + 0.5, 0.5, MAX, MAX * 0.5],
    [MAX - 1, 1, MAX, 1, MAX - 1, MAX - 1],
    [
      Float64Array.of(1, Number.NaN),
      Float64Array.of(3, 1),
      Float64Array.of(4, Number.NaN),
      Float64Array.of(1, Number.NaN),
      Float64Array.of(3, Number.NaN),
      Float64Array.of(3, Number.NaN),
    ],
  ])('%s and %s', (a, b, sum, min, max, prod) => {
    expect(['sum', 'min', 'max', 'prod'].map((one) => mergeValues(mergeOperator('it', one), a, b))).toEqual([
      sum,
      min,
      max,
      prod,
    ]);
  });

  test.each<[Value, Value]>([
    ['a', 1],
    [undefined, null],
    [true, 5n],
  ])('first and last take %s and %s', (a, b) => {
    expect(mergeValues('first', a, b)).toBe(a);
    expect(mergeValues('last', a, b)).toBe(b);
  });

  test('refuse whole numbers that would not be exact', () => {
    expectRefusal(
      () => mergeValues('sum', MAX, 1),
      'bad-argument',
      /the sum of 9007199254740991 and 1 is beyond/,
    );
    expectRefusal(() => mergeValues('prod', MAX, -2), 'bad-argument', /beyond ±\(2\^53 - 1\).*use bigints/);
  });

  test('refuse bigints of more than 4,096 bits, and make none that is not read', () => {
    const largest = 2n ** 4096n - 1n;
    expectRefusal(() => mergeValues('prod', largest, -2n), 'bad-argument', /more than the 4096 bits/);
    expectRefusal(() => mergeValues('sum', largest, 1n), 'bad-argument', /more than the 4096 bits/);
    const writer = new Writer();
    writer.value(mergeValues('sum', 1n - largest, -1n));
    const bytes = Buffer.concat(writer.take());
    expect(new Reader(bytes, true).value()).toBe(-largest);
    expect(sizeOf(largest)).toBeGreaterThan(512);
  });

  test.each<[Value, Value, RegExp]>([
    [1, 1n, /not 1 and 1n$/],
    ['1', 1, /not "1" and 1$/],
    [null, 1, /takes two numbers, two bigints or two Float64Arrays/],
    [Float64Array.of(1), Float64Array.of(1, 2), /of one length, not of 1 and 2 numbers/],
    [Float64Array.of(1), 1, /not 1 numbers and 1$/],
  ])('do not combine %s and %s', (a, b, message) => {
    for (const operator of ['sum', 'min', 'max', 'prod'] as const)
      expectRefusal(() => mergeValues(operator, a, b), 'bad-argument', message);
  });

  test('are known by their names', () => {
    expect(MERGE_OPERATORS.every(isMergeOperator)).toBe(true);
    expect(isMergeOperator('toString')).toBe(false);
    expectRefusal(
      () => mergeOperator('how to merge', 'avg'),
      'bad-argument',
      /how to merge must be one of 'sum', 'min', 'max', 'prod', 'first', 'last', not "avg"/,
    );
  });
});
