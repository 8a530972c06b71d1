import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { typedArray } from '../../src/objects/typed-array.ts';
import { bytesOfElements, type ElementType, elementsOf } from '../../src/objects/typed-elements.ts';
import type { Value } from '../../src/value/value.ts';
import { expectRefusal } from './answers.ts';
import { Member } from './member.ts';
import { bytesOf, move } from './values.ts';

const open = (...config: Value[]) => {
  const member = new Member({ types: [typedArray] });
  const [session, target] = [member.session('a'), member.object('typedArray', 't', config)];
  const run = (operation: string, ...args: Value[]): Value => member.do(session, target, operation, args);
  return { member, session, target, run };
};

const LENGTH = 4;

/** How the language makes each of them. */
const MODELS = {
  int8: () => new Int8Array(LENGTH),
  uint8: () => new Uint8Array(LENGTH),
  uint8clamped: () => new Uint8ClampedArray(LENGTH),
  int16: () => new Int16Array(LENGTH),
  uint16: () => new Uint16Array(LENGTH),
  int32: () => new Int32Array(LENGTH),
  uint32: () => new Uint32Array(LENGTH),
  float32: () => new Float32Array(LENGTH),
  float64: () => new Float64Array(LENGTH),
  bigint64: () => new BigInt64Array(LENGTH),
  biguint64: () => new BigUint64Array(LENGTH),
} as const satisfies Record<ElementType, () => unknown>;

interface Plain {
  [index: number]: number | bigint;
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  slice(from?: number, to?: number): Plain;
  fill(value: number | bigint, from?: number, to?: number): Plain;
  set(values: Plain, at?: number): void;
}

const at = fc.integer({ min: 0, max: LENGTH - 1 });
const edge = fc.option(fc.integer({ min: -LENGTH - 1, max: LENGTH + 1 }), { nil: undefined });

const elementOf = (type: ElementType): fc.Arbitrary<number | bigint> => {
  if (type.startsWith('big')) return fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
  if (type.startsWith('float') || type === 'uint8clamped') return fc.double();
  return fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
};

describe.each(Object.keys(MODELS) as ElementType[])('a typed array of %s', (type) => {
  const element = elementOf(type);
  const step: fc.Arbitrary<readonly [operation: string, ...args: Value[]]> = fc.oneof(
    fc.tuple(fc.constantFrom('shape', 'MOVE')),
    fc.tuple(fc.constant('get'), at),
    fc.tuple(fc.constantFrom('set', 'add'), at, element),
    fc.tuple(fc.constant('compareAndSet'), at, element, element),
    // Of what is there.
    fc.tuple(fc.constant('compareAndSet'), at, fc.constant('there'), element),
    fc.tuple(fc.constant('slice'), edge, edge),
    fc.tuple(fc.constant('setSlice'), at, fc.array(element, { maxLength: 2 }) as fc.Arbitrary<Value[]>),
    fc.tuple(fc.constant('fill'), element, edge, edge),
  );

  test('does what the language’s does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { target, run } = open(type, LENGTH);
        const model = MODELS[type]() as unknown as Plain;
        run('shape');
        for (const [operation, ...args] of steps) {
          const [first, second, third] = args as [number, number, number];
          const there = model[first]!;
          switch (operation) {
            case 'MOVE':
              move(target);
              break;
            case 'shape':
              expect(run('shape')).toEqual([type, LENGTH]);
              break;
            case 'get':
              expect(run('get', first)).toBe(there);
              break;
            case 'set':
              expect(run('set', first, second)).toBeUndefined();
              model[first] = second;
              break;
            case 'add':
              model[first] = (there as number) + second;
              expect(run('add', first, second)).toBe(model[first]);
              break;
            case 'compareAndSet': {
              const expected = args[1] === 'there' ? there : second;
              const one = model.slice(0, 1).fill(expected)[0]!;
              const isSame = one === there || (Number.isNaN(one) && Number.isNaN(there));
              expect(run('compareAndSet', first, expected, third)).toBe(isSame);
              if (isSame) model[first] = third;
              break;
            }
            case 'slice':
              expect(elementsOf(type, run('slice', first, second) as Uint8Array)).toEqual(
                model.slice(first, second),
              );
              break;
            case 'setSlice': {
              const values = model.slice(0, (args[1] as Value[]).length);
              for (const [i, value] of (args[1] as number[]).entries()) values[i] = value;
              const fits = first + values.length <= LENGTH;
              const set = (): Value => run('setSlice', first, bytesOfElements(values.slice()) as Uint8Array);
              if (!fits) expectRefusal(set, 'bad-argument', /do not fit: there are 4/);
              else {
                set();
                model.set(values, first);
              }
              break;
            }
            case 'fill':
              run('fill', first, second, third);
              model.fill(first, second, third);
          }
        }
        expect(elementsOf(type, run('slice') as Uint8Array)).toEqual(model);
      }),
      { numRuns: 100 },
    );
  });
});

test('is made of its elements, whose memory it does not share', () => {
  const initial = new Uint8Array(Float64Array.of(1, 2).buffer);
  const { member, target, run } = open('float64', undefined, initial);
  expect(run('add', 0, 0.5)).toBe(1.5);
  expect(new Float64Array(initial.buffer)[0]).toBe(1);
  const slice = run('slice') as Uint8Array;
  run('set', 1, 7);
  expect([...new Float64Array(new Uint8Array(slice).buffer)]).toEqual([1.5, 2]);
  expect(bytesOf(member, target)).toBe(16 + 400 + 2 * target.key.length);
});

test('says what it expects', () => {
  const { run } = open('int16', 3);
  expectRefusal(() => run('get', 3), 'bad-argument', /the index must be a whole number from 0 to 2, not 3/);
  expectRefusal(() => run('get', -1), 'bad-argument', /the index must be a whole number, 0 or more, not -1/);
  expectRefusal(() => run('set', 0, 1.5), 'bad-argument', /a whole number \(elements are int16\), not 1.5/);
  expectRefusal(() => run('add', 0, 1n), 'bad-argument', /the number to add must be a whole number.*not 1n/);
  expectRefusal(() => run('setSlice', 0, new Uint8Array(3)), 'bad-argument', /elements of 2 bytes each/);
  expectRefusal(
    () => run('setSlice', 2, new Uint8Array(4)),
    'bad-argument',
    /2 elements from 2 on do not fit/,
  );
  expectRefusal(() => open('biguint64', 1).run('set', 0, 1), 'bad-argument', /a bigint .*biguint64.*, not 1/);
  expectRefusal(() => open('int8', 0).run('get', 0), 'bad-argument', /the typed array is empty/);
  expectRefusal(() => open('int64', 1).run('shape'), 'bad-argument', /one of 'int8', .*, not "int64"/);
  expectRefusal(() => open('int8').run('shape'), 'bad-argument', /made with a length or with its elements/);
  expectRefusal(
    () => open('int16', undefined, new Uint8Array(3)).run('shape'),
    'bad-argument',
    /2 bytes each/,
  );
  expectRefusal(
    () => open('int8', 2, new Uint8Array(3)).run('shape'),
    'bad-argument',
    /which has 3 elements/,
  );
});

test('that would be too large is not made', () => {
  const member = new Member({ types: [typedArray], maxObjectBytes: 1000 });
  const target = member.object('typedArray', 't', ['float64', 1000]);
  expectRefusal(() => member.do(member.session('a'), target, 'shape'), 'too-large', /t/);
});
