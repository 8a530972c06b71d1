import { expect, test } from 'vitest';
import {
  CaptureError,
  crumbs,
  decode,
  encode,
  type FunctionDecoder,
  type FunctionEncoder,
} from '../src/index.ts';

/** Carries functions and classes by number in this process: what closure does with code, without code. */
function table(): FunctionEncoder & FunctionDecoder & { captured: Map<Function, { self?: unknown }> } {
  const functions: Function[] = [];
  const captured = new Map<Function, { self?: unknown }>();
  return {
    captured,
    encode(fn, path) {
      if (fn.name === 'bad') throw new CaptureError([...crumbs(path), 'inner'], 'bad function');
      let index = functions.indexOf(fn);
      if (index < 0) index = functions.push(fn) - 1;
      const parent: unknown = Object.getPrototypeOf(fn);
      return {
        token: { index },
        before: parent === Function.prototype ? [] : [parent],
        after: [captured.get(fn)?.self],
        labels: { after: ['self'] },
      };
    },
    privates: (instance) => (instance instanceof Account ? { '#pin': instance.reveal() } : undefined),
    create: (token, before) => {
      const source = functions[(token as { index: number }).index]!;
      const copy = Object.assign(
        function copy(): unknown {
          return source();
        },
        { source, before },
      );
      if (source.prototype !== undefined)
        copy.prototype = Object.create(source.prototype as object, { constructor: { value: copy } });
      return copy;
    },
    fill: (fn, _token, after) => void captured.set(fn, { self: after[0] }),
    allocate: (prototype) => Object.setPrototypeOf(new Account(0), prototype) as object,
    setPrivates: (instance, fields) => (instance as Account).change(fields['#pin']),
    // Both directions: the object has a name, and the name means the object.
    reference: (value: unknown) =>
      value === 'imported' ? importedObject : value === importedObject ? 'imported' : undefined,
  };
}

const importedObject = { big: 'object of a module' };

class Account {
  #pin: unknown;
  owner = 'me';
  constructor(pin: unknown) {
    this.#pin = pin;
  }
  reveal(): unknown {
    return this.#pin;
  }
  change(pin: unknown): void {
    this.#pin = pin;
  }
}

test('a function is created, then filled, and may refer back to itself and to what holds it', () => {
  const functions = table();
  const fn = (): number => 42;
  const value = { fn, again: fn };
  functions.captured.set(fn, { self: value });
  const back = decode<typeof value>(encode(value, { functions }).toBytes(), { functions });
  expect(back.fn()).toBe(42);
  expect(back.again).toBe(back.fn);
  expect(functions.captured.get(back.fn)?.self).toBe(back);
});

test('private fields are restored without the constructor, even where they refer to their own instance', () => {
  const functions = table();
  const account = new Account(undefined);
  account.change({ of: account });
  const back = decode<Account>(encode(account, { functions }).toBytes(), { functions });
  expect(back.owner).toBe('me');
  expect((back.reveal() as { of: Account }).of).toBe(back);
});

test('a class that captured its own instance is written once', () => {
  const functions = table();
  class Single {
    mark = 1;
  }
  const single = new Single();
  functions.captured.set(Single, { self: single });
  const [a, Class] = decode<[Single, Function]>(encode([single, Single], { functions }).toBytes(), {
    functions,
  });
  expect(functions.captured.get(Class)?.self).toBe(a);
  expect(Object.getPrototypeOf(a)).toBe(Class.prototype);
});

test('a superclass that knows its subclass', () => {
  const functions = table();
  class Base {}
  class Derived extends Base {}
  functions.captured.set(Base, { self: Derived });
  const [derived, base] = decode<[Function & { before: unknown[] }, Function]>(
    encode([Derived, Base], { functions }).toBytes(),
    { functions },
  );
  expect(derived.before).toEqual([base]);
  expect(functions.captured.get(base)?.self).toBe(derived);
});

test('what the receiver already has travels as a reference', () => {
  const functions = table();
  const [a, b] = decode<unknown[]>(encode([importedObject, importedObject], { functions }).toBytes(), {
    functions,
  });
  expect(a).toBe(importedObject);
  expect(b).toBe(importedObject);
});

test('paths lead through functions by the labels of what they captured', () => {
  const functions = table();
  const fn = (): number => 1;
  functions.captured.set(fn, { self: { db: Promise.resolve() } });
  expect(() => encode({ fn }, { functions, root: 'args' })).toThrow(
    'cannot ship args → .fn → self → .db: a Promise',
  );
  const bad = (): number => 1;
  expect(() => encode([bad], { functions })).toThrow('cannot ship value → [0] → inner: bad function');
});

test('an accessor travels as its functions and is not run', () => {
  const functions = table();
  let runs = 0;
  const value = {
    get it(): number {
      return ++runs;
    },
  };
  const back = decode<typeof value>(encode(value, { functions }).toBytes(), { functions });
  expect(runs).toBe(0);
  expect(back.it).toBe(1);
});

test('a message with functions is refused where nothing decodes them', () => {
  const functions = table();
  expect(() => decode(encode([() => 1], { functions }).toBytes())).toThrow(
    /holds a function: decode it with the functions option/,
  );
});

test('a class may travel whose instances may not', () => {
  class Connection {}
  const functions: FunctionEncoder = {
    ...table(),
    instanceOf: (owner, path) => {
      if (owner === Connection) throw new CaptureError(crumbs(path), 'a Connection; open it there');
    },
  };
  expect(encode([Connection], { functions }).byteLength).toBeGreaterThan(0);
  expect(() => encode({ db: new Connection() }, { functions })).toThrow(
    'cannot ship value → .db: a Connection',
  );
});
