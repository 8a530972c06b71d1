import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { CaptureError, decode, encode, registerClass } from '../src/index.ts';
import { difference } from './same.ts';

const trip = <T>(value: T): T => decode<T>(encode(value).toBytes());

function expectSame(value: unknown): void {
  expect(difference(value, trip(value))).toBeUndefined();
}

describe('primitives', () => {
  const values: unknown[] = [
    0,
    -0,
    63,
    64,
    -1,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    2 ** 53,
    0.1,
    Number.NaN,
    Infinity,
    -Infinity,
    5e-324,
    '',
    'a',
    'x'.repeat(31),
    'x'.repeat(32),
    'é',
    '日本語',
    '😀',
    '\ud800',
    `${'a'.repeat(200)}\udc00`,
    'long '.repeat(100),
    true,
    false,
    null,
    undefined,
    0n,
    -1n,
    2n ** 200n,
    -(2n ** 64n),
    Symbol.for('here'),
    Symbol.iterator,
  ];
  test.each(values.map((value) => [typeof value, value]))('%s survives: %s', (_type, value) => {
    expect(Object.is(trip(value), value)).toBe(true);
  });

  test('a symbol of its own is one symbol in a message', () => {
    const mark = Symbol('mark');
    const [a, b, holder] = trip([mark, mark, { [mark]: 1 }]) as [symbol, symbol, Record<symbol, number>];
    expect(a).toBe(b);
    expect(a.description).toBe('mark');
    expect(holder[a]).toBe(1);
    expect((trip(Symbol()) as symbol).description).toBeUndefined();
  });
});

describe('objects and arrays', () => {
  test('shapes, null prototypes, __proto__ keys, integer-like keys and empty names', () => {
    expectSame([{ a: 1, b: 2 }, { a: 3, b: 4 }, { b: 1, a: 2 }, {}, { '': 1, 7: 2, length: 3 }]);
    expectSame(Object.assign(Object.create(null), { constructor: 1, toString: 2 }));
    expectSame(JSON.parse('{"__proto__": {"x": 1}, "hasOwnProperty": 2}'));
    expectSame(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key ${i}`, i])));
  });

  test('cycles and shared references', () => {
    const shared = { s: 1 };
    const value: Record<string, unknown> = { a: shared, b: [shared, shared], m: new Map([[shared, shared]]) };
    Object.assign(value, { self: value });
    expectSame(value);
  });

  test('holes, sparse arrays and arrays with properties', () => {
    // biome-ignore lint/suspicious/noSparseArray: holes are what is tested
    expectSame([1, , undefined, , 3]);
    expectSame(new Array(5));
    const huge = new Array(4_000_000_000);
    huge[3_999_999_999] = 'end';
    expectSame(huge);
    expectSame(Object.assign([1, 2, 3], { extra: { x: 1 } }));
    expectSame(
      Object.assign(
        Array.from({ length: 1000 }, (_, i) => i),
        { extra: 1 },
      ),
    );
    expectSame('a-b'.match(/(?<first>a)-(b)/));
  });

  test('arrays of numbers keep every number', () => {
    expectSame(Array.from({ length: 1000 }, (_, i) => i - 500));
    expectSame([1, 2, 3, 4, 5, 6, 7, -0, 9]);
    expectSame([0.5, Number.NaN, Infinity, -0, 2 ** 40, 1, 2, 3, 4]);
    expectSame([1, 2, 3, 4, 5, 6, 7, 8, 'nine']);
  });

  test('hidden, read-only, frozen and sealed', () => {
    expectSame(Object.defineProperty({ a: 1 }, 'hidden', { value: { x: 1 }, enumerable: false }));
    expectSame(Object.freeze({ a: Object.freeze([1, 2]) }));
    expectSame([Object.seal({ a: 1 }), Object.preventExtensions({ b: 2 })]);
    expectSame({ [Symbol.for('k')]: 1, [Symbol.iterator]: 2 });
  });

  test('an accessor travels as its functions, and is not run', () => {
    let runs = 0;
    const value = {
      get trap(): number {
        return ++runs;
      },
    };
    expect(() => encode(value)).toThrow(/value → \.trap → \[\[Get\]\]: the function get trap/);
    expect(runs).toBe(0);
  });

  test('2,000 levels travel; what is too deep is said, not a RangeError', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 2000; i++) deep = { deep };
    expect(JSON.stringify(trip(deep))).toBe(JSON.stringify(deep));
    for (let i = 0; i < 200_000; i++) deep = { deep };
    expect(() => encode(deep)).toThrow(expect.objectContaining({ code: 'too-deep' }));
    expect(trip({ after: 1 })).toEqual({ after: 1 });
  });
});

describe('built-ins', () => {
  test('Map, Set, Date, RegExp, URL, boxed', () => {
    const regexp = /a+/gi;
    regexp.lastIndex = 3;
    expectSame([
      new Map<unknown, unknown>([
        [{}, 1],
        ['k', { v: 2 }],
        [Number.NaN, -0],
      ]),
      new Set([1, {}, 'x']),
    ]);
    expectSame([new Date(1e12), new Date(Number.NaN), regexp]);
    expectSame([Object(1), Object('text'), Object(true), Object(5n), Object(Symbol.for('s'))]);
    expect(trip(new URL('https://user@example.org/a?b=c#d')).href).toBe('https://user@example.org/a?b=c#d');
    expect([...trip(new URLSearchParams('a=1&a=2'))]).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
  });

  test('errors keep class, stack, cause, errors and fields', () => {
    const error = Object.assign(new RangeError('outer', { cause: new TypeError('inner') }), {
      code: 'E_X',
      at: { x: 1 },
    });
    expectSame(error);
    expectSame(new AggregateError([error, 'text'], 'many'));
    const twisted = trip(new DOMException('stopped', 'AbortError'));
    expect([twisted.name, twisted.message, twisted instanceof DOMException]).toEqual([
      'AbortError',
      'stopped',
      true,
    ]);
  });

  test('errors thrown by Node itself', () => {
    let thrown: unknown;
    try {
      Buffer.alloc('x' as unknown as number);
    } catch (error) {
      thrown = error;
    }
    const back = trip(thrown) as NodeJS.ErrnoException;
    expect(back).toBeInstanceOf(TypeError);
    expect([back.code, back.stack]).toEqual(['ERR_INVALID_ARG_TYPE', (thrown as Error).stack]);
  });

  test('what every runtime has travels by name', () => {
    for (const value of [
      Math.max,
      Math,
      Array.prototype,
      Map,
      process.env,
      globalThis,
      JSON,
      console,
      structuredClone,
    ]) {
      expect(trip({ value }).value).toBe(value);
    }
    expect(Buffer.from(encode(process.env).head).includes(Object.keys(process.env)[0]!)).toBe(false);
  });
});

describe('classes', () => {
  class Point {
    static made = 0;
    x: number;
    y: number;
    constructor(x: number, y: number) {
      Point.made++;
      this.x = x;
      this.y = y;
    }
  }
  class Bag extends Map<string, number> {
    label = 'bag';
  }
  class OddError extends Error {
    override name = 'OddError';
    detail = 7;
  }
  registerClass(Point, 'test.Point');
  registerClass(Bag, 'test.Bag');
  registerClass(OddError, 'test.OddError');

  test('instances of registered classes are rebuilt without their constructor', () => {
    const points = [new Point(1, 2), new Point(3, 4)];
    const made = Point.made;
    expectSame(points);
    expectSame([Point, points]);
    expect(Point.made).toBe(made);
  });

  test('subclasses of built-ins keep entries and fields', () => {
    expectSame(new Bag([['a', 1]]));
    expectSame(new OddError('odd'));
  });

  test('a class that another one replaced, as of a module that is loaded anew, travels on and arrives as that one', () => {
    const loaded = (): (new (n: number) => { readonly n: number }) => {
      class Loaded {
        readonly n: number;
        constructor(n: number) {
          this.n = n;
        }
      }
      registerClass(Loaded, 'test.Loaded');
      return Loaded;
    };
    const First = loaded();
    const Second = loaded();
    for (const Class of [First, Second]) {
      const [back, BackClass] = decode<[object, unknown]>(encode([new Class(1), Class]).toBytes());
      expect(back).toBeInstanceOf(Second);
      expect(back).toEqual(new Second(1));
      expect(BackClass).toBe(Second);
    }
  });

  test('an unregistered class is refused, with the path', () => {
    class Hidden {}
    expect(() => encode({ config: { db: new Hidden() } }, { root: 'handler' })).toThrow(
      /^cannot ship handler → \.config → \.db .*class Hidden.*registerClass/,
    );
  });

  test('an error whose class cannot travel keeps its name where dropping is allowed', () => {
    class LibraryError extends TypeError {
      socket = Promise.resolve();
      status = 503;
    }
    const dropped: CaptureError[] = [];
    const error = new LibraryError('down');
    const back = decode<LibraryError>(
      encode(error, { dropped: (failure) => dropped.push(failure) }).toBytes(),
    );
    expect(back).toBeInstanceOf(TypeError);
    expect([back.message, back.status, back.stack, 'socket' in back]).toEqual([
      'down',
      503,
      error.stack,
      false,
    ]);
    expect(dropped.map(({ path }) => path.at(-1))).toEqual(['class LibraryError', '.socket']);
    expect(() => encode(error)).toThrow(CaptureError);
  });

  test('what is dropped from an error leaves everything around it whole', () => {
    const error = Object.assign(new Error('inner'), {
      deep: { a: 1, b: [{ c: 2, d: Promise.resolve() }] },
      kept: { a: 3 },
    });
    const value = { first: 1, error, next: { x: [1, { y: 2 }] }, last: 'end', again: error };
    const back = decode<typeof value>(encode(value, { dropped: () => {} }).toBytes());
    Reflect.deleteProperty(error, 'deep');
    expect(difference(value, back)).toBeUndefined();
  });
});

test('values of another realm come back as this one’s', () => {
  const foreign = runInNewContext(
    `({ list: [1, { a: 2 }], map: new Map([[1, new Date(5)]]), error: new TypeError('x'), bytes: new Uint8Array([1, 2]), re: /x/g })`,
  );
  const back = trip(foreign);
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  expect(back.list).toBeInstanceOf(Array);
  expect(back.map.get(1)).toBeInstanceOf(Date);
  expect(back.error).toBeInstanceOf(TypeError);
  expect(back.bytes).toBeInstanceOf(Uint8Array);
  expect(back.re).toEqual(/x/g);
});
