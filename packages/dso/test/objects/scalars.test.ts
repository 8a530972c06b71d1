/** Every operation of the scalars against a plain variable, in random order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ObjectType } from '../../src/engine/object-type.ts';
import { boolean } from '../../src/objects/boolean.ts';
import { counter } from '../../src/objects/counter.ts';
import { long } from '../../src/objects/long.ts';
import { reference } from '../../src/objects/reference.ts';
import { Packed, sameValue, type Value } from '../../src/value/value.ts';
import { expectRefusal } from './answers.ts';
import { Member } from './member.ts';

type Step = readonly [operation: string, ...args: Value[]];
/** Gives what an operation answers, and what the variable is then. */
type Model<T> = (value: T, operation: string, args: readonly Value[]) => readonly [answer: Value, next: T];

function agrees<T extends Value>(
  type: ObjectType,
  initial: T,
  steps: fc.Arbitrary<Step>,
  model: Model<T>,
): void {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (sequence) => {
      const member = new Member({ types: [type] });
      const session = member.session('a');
      const object = member.object(type.name, 'x', [initial]);
      let value = initial;
      for (const [operation, ...args] of sequence) {
        const [answer, next] = model(value, operation, args);
        expect(member.do(session, object, operation, args)).toEqual(answer);
        value = next;
      }
    }),
    { numRuns: 200 },
  );
}

const common: Model<Value> = (value, operation, [first, second]) => {
  switch (operation) {
    case 'get':
    case 'tally':
      return [value, value];
    case 'set':
      return [undefined, first];
    case 'getAndSet':
    case 'reset':
      return [value, first];
    case 'compareAndSet':
      return sameValue(value, first) ? [true, second] : [false, value];
    default:
      throw new Error(operation);
  }
};

function stepsOf(value: fc.Arbitrary<Value>, ...more: fc.Arbitrary<Step>[]): fc.Arbitrary<Step> {
  return fc.oneof(
    fc.constant<Step>(['get']),
    fc.tuple(fc.constantFrom('set', 'getAndSet'), value),
    fc.tuple(fc.constant('compareAndSet'), value, value),
    ...more,
  );
}

describe('counter', () => {
  test('every operation does what it does to a number', () => {
    const small = fc.integer({ min: -5, max: 5 });
    const steps = fc.oneof(
      fc.constant<Step>(['tally']),
      fc.tuple(fc.constantFrom('add', 'reset'), small),
      fc.tuple(fc.constant('compareAndSet'), small, small),
    );
    agrees<Value>(counter, 0, steps, (value, operation, args) => {
      if (operation !== 'add') return common(value, operation, args);
      const sum = (value as number) + (args[0] as number);
      return [sum, sum];
    });
  });

  test('reset without a number goes back to the initial one', () => {
    const member = new Member({ types: [counter] });
    const session = member.session('a');
    const object = member.object('counter', 'x', [7]);
    expect(member.do(session, object, 'add', [3])).toBe(10);
    expect(member.do(session, object, 'reset')).toBe(10);
    expect(member.do(session, object, 'tally')).toBe(7);
  });

  test('beyond 2^53 it refuses, and stays as it was', () => {
    const member = new Member({ types: [counter] });
    const session = member.session('a');
    const object = member.object('counter', 'x', [Number.MAX_SAFE_INTEGER]);
    expectRefusal(() => member.do(session, object, 'add', [1]), 'bad-argument', /AtomicLong/);
    expect(member.do(session, object, 'tally')).toBe(Number.MAX_SAFE_INTEGER);
    for (const wrong of [1.5, '1', 1n, Number.NaN, undefined])
      expectRefusal(() => member.do(session, object, 'add', [wrong]), 'bad-argument', /a whole number/);
    expectRefusal(() => member.do(session, object, 'compareAndSet', [1, 2.5]), 'bad-argument', /next value/);
  });
});

describe('long', () => {
  test('every operation does what it does to a bigint', () => {
    const value = fc.oneof(
      fc.bigInt({ min: -3n, max: 3n }),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    );
    const add = fc.tuple(fc.constant('addAndGet'), value);
    agrees<Value>(long, 0n, stepsOf(value, add), (before, operation, args) => {
      if (operation !== 'addAndGet') return common(before, operation, args);
      const sum = (before as bigint) + (args[0] as bigint);
      return [sum, sum];
    });
  });

  test('it does not grow without end, and takes no numbers', () => {
    const member = new Member({ types: [long] });
    const session = member.session('a');
    const object = member.object('long', 'x', [2n ** 4095n]);
    expectRefusal(() => member.do(session, object, 'addAndGet', [2n ** 4095n]), 'bad-argument', /4096 bits/);
    expectRefusal(() => member.do(session, object, 'set', [-(2n ** 4096n)]), 'bad-argument', /4096 bits/);
    expectRefusal(() => member.do(session, object, 'set', [1]), 'bad-argument', /a bigint, not 1/);
    expect(member.do(session, object, 'get')).toBe(2n ** 4095n);
  });
});

test('boolean: every operation does what it does to a boolean', () => {
  agrees<Value>(boolean, false, stepsOf(fc.boolean()), common);
});

describe('reference', () => {
  const value = fc.oneof(
    fc.constantFrom<Value>(undefined, null, 0, -0, Number.NaN, 1, 'a', true, 5n, [1, 'b']),
    fc.uint8Array({ maxLength: 2 }).map((bytes) => new Packed(bytes)),
  );

  test('every operation does what it does to a variable', () => {
    agrees<Value>(reference, null, stepsOf(value), common);
  });

  test('it takes the room of what it holds, not of what it has held', () => {
    const member = new Member({ types: [reference], maxObjectBytes: 2000, maxMemoryBytes: 5000 });
    const session = member.session('a');
    const object = member.object('reference', 'x');
    const large = (fill: number): Value => new Packed(new Uint8Array(1200).fill(fill));
    member.do(session, object, 'set', [large(1)]);
    // Both would be too large; but one replaces the other.
    member.do(session, object, 'set', [large(2)]);
    expect(member.do(session, object, 'compareAndSet', [large(2), large(3)])).toBe(true);
    expect(member.engine.stats().bytes).toBeLessThan(2000);
    expectRefusal(
      () => member.do(session, object, 'set', [new Packed(new Uint8Array(3000))]),
      'too-large',
      /2000/,
    );
    member.do(session, object, 'set', [1]);
    expect(member.engine.stats().bytes).toBeLessThan(600);
  });
});
