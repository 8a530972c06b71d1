import { expect, test } from 'vitest';
import {
  decode,
  decodeAll,
  encode,
  encodeAll,
  HandleError,
  type Portable,
  portable,
  registerClass,
} from '../src/index.ts';

const trip = (values: readonly unknown[]): unknown[] => {
  const { values: back, failures } = decodeAll(encodeAll(values).toBytes());
  expect(failures).toEqual([]);
  return back;
};

test('items come back in order, whatever they are', () => {
  const values = [
    1,
    -0,
    'text',
    undefined,
    null,
    Number.NaN,
    { a: 1 },
    [1, 2],
    new Map([[1, 2]]),
    5n,
    new Date(3),
    Buffer.from('x'),
  ];
  expect(trip(values)).toEqual(values);
  expect(trip([])).toEqual([]);
  const numbers = Array.from({ length: 100_000 }, (_, i) => i / 3);
  expect(trip(numbers)).toEqual(numbers);
});

test('items are independent: what two share, each gets a copy of', () => {
  const shared = { n: 1, bytes: new Uint8Array(5000) };
  const [a, b] = trip([shared, [shared, shared]]) as [typeof shared, (typeof shared)[]];
  expect(a).toEqual(shared);
  expect(b[0]).not.toBe(a);
  expect(b[0]).toBe(b[1]);
  a.bytes[0] = 9;
  expect(b[0]?.bytes[0]).toBe(0);
});

test('an item that cannot travel fails alone, on both sides', () => {
  const encoded = encodeAll(
    [
      { x: 1, y: [{ z: 'long '.repeat(50) }, Promise.resolve()] },
      { x: 1, y: 2 },
      'long '.repeat(50),
      () => 1,
      { x: 3, y: 4 },
    ],
    {
      name: (index) => `args[${index}]`,
    },
  );
  expect(encoded.failures.map(({ index }) => index)).toEqual([0, 3]);
  expect(encoded.failures[0]?.error.message).toMatch(/^cannot ship args\[0\] → \.y → \[1\]: a Promise/);
  const { values, failures } = decodeAll(encoded.toBytes());
  expect(values).toEqual([undefined, { x: 1, y: 2 }, 'long '.repeat(50), undefined, { x: 3, y: 4 }]);
  expect(failures.map(({ index, error }) => [index, (error as Error & { code: string }).code])).toEqual([
    [0, 'not-encoded'],
    [3, 'not-encoded'],
  ]);
});

test('an item that cannot be rebuilt fails alone', () => {
  class Unknown {
    readonly kind = 'unknown';
    static readonly [portable]: Portable<Unknown> = {
      type: 'chunk:Unknown@1',
      module: 'none',
      reach: 'network',
      dehydrate: () => null,
      revive: () => new Unknown(),
    };
  }
  class Local {
    v = 1;
  }
  registerClass(Local, 'chunk.Local');
  const { values, failures } = decodeAll<{ a?: number }>(
    encodeAll([
      { a: 1, b: new Unknown() },
      { a: 2 },
      [new Unknown(), { a: 3, b: 0 }],
      { a: 4, b: 5 },
    ]).toBytes(),
  );
  expect(values).toEqual([undefined, { a: 2 }, undefined, { a: 4, b: 5 }]);
  expect(failures.map(({ index }) => index)).toEqual([0, 2]);
  expect(failures[0]?.error).toBeInstanceOf(HandleError);
});

test('a chunk is no single value, and the other way round', () => {
  expect(() => decode(encodeAll([1]).toBytes())).toThrow(/is a chunk of values: read it with decodeAll/);
  expect(() => decodeAll(encode([1]).toBytes())).toThrow(/is a single value: read it with decode/);
});
