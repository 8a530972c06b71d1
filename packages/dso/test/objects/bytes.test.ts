import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/objects/bytes.ts';
import type { Value } from '../../src/value/value.ts';
import { expectRefusal } from './answers.ts';
import { Member } from './member.ts';

const some = fc.uint8Array({ maxLength: 6 });
const place = fc.integer({ min: 0, max: 12 });
const signed = fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined });
const step: fc.Arbitrary<readonly [string, ...Value[]]> = fc.oneof(
  fc.tuple(fc.constantFrom('get', 'length')),
  fc.tuple(fc.constantFrom('set', 'getAndSet', 'append'), some),
  fc.tuple(fc.constant('compareAndSet'), some, some),
  fc.tuple(fc.constant('slice'), signed, signed),
  fc.tuple(fc.constant('write'), place, some),
);

/** What a plain array of bytes would do. */
function model(
  value: number[],
  operation: string,
  args: readonly Value[],
): { answer: unknown; next: number[] } {
  const given = (i: number): number[] => [...(args[i] as Uint8Array)];
  const before = [...value];
  switch (operation) {
    case 'get':
      return { answer: before, next: value };
    case 'length':
      return { answer: value.length, next: value };
    case 'set':
      return { answer: undefined, next: given(0) };
    case 'getAndSet':
      return { answer: before, next: given(0) };
    case 'compareAndSet':
      return String(given(0)) === String(value)
        ? { answer: true, next: given(1) }
        : { answer: false, next: value };
    case 'slice':
      return {
        answer: value.slice(args[0] as number | undefined, args[1] as number | undefined),
        next: value,
      };
    case 'append': {
      const next = [...value, ...given(0)];
      return { answer: next.length, next };
    }
    case 'write': {
      const data = given(1);
      const next = [...value];
      if (data.length > 0) while (next.length < (args[0] as number)) next.push(0);
      next.splice(args[0] as number, data.length, ...data);
      return { answer: next.length, next };
    }
    default:
      throw new Error(operation);
  }
}

describe('bytes', () => {
  test('every operation does what it does to an array, and no answer changes afterwards', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const member = new Member({ types: [bytes] });
        const session = member.session('a');
        const object = member.object('bytes', 'x', [new Uint8Array([1, 2])]);
        const empty = member.object('bytes', 'empty');
        member.do(session, empty, 'length');
        const base = member.engine.stats().bytes;
        let value = [1, 2];
        const snapshots: { readonly answer: Uint8Array; readonly copy: number[] }[] = [];
        for (const [operation, ...args] of steps) {
          const { answer, next } = model(value, operation, args);
          const came = member.do(session, object, operation, args);
          expect(came instanceof Uint8Array ? [...came] : came).toEqual(answer);
          if (came instanceof Uint8Array) snapshots.push({ answer: came, copy: [...came] });
          for (const arg of args) {
            if (arg instanceof Uint8Array) snapshots.push({ answer: arg, copy: [...arg] });
          }
          value = next;
        }
        for (const { answer, copy } of snapshots) expect([...answer]).toEqual(copy);
        member.do(session, object, 'length');
        // The other one has the same key but for four letters, two bytes each.
        expect(member.engine.stats().bytes - base).toBe(base - 8 + value.length);
      }),
      { numRuns: 300 },
    );
  });

  test('an offset far beyond the end makes no room for what the limits forbid', () => {
    const member = new Member({ types: [bytes], maxObjectBytes: 10_000 });
    const session = member.session('a');
    const object = member.object('bytes', 'x');
    expectRefusal(() => member.do(session, object, 'write', [1e12, new Uint8Array(1)]), 'too-large', /10000/);
    expectRefusal(
      () => member.do(session, object, 'write', [-1, new Uint8Array(1)]),
      'bad-argument',
      /offset/,
    );
    expect(member.do(session, object, 'write', [1e12, new Uint8Array(0)])).toBe(0);
    expect(member.do(session, object, 'length')).toBe(0);
  });

  test('a snapshot of its state has no room that is not used', () => {
    const member = new Member({ types: [bytes] });
    const session = member.session('a');
    const object = member.object('bytes', 'x', [new Uint8Array([1, 2])]);
    member.do(session, object, 'append', [new Uint8Array([3])]);
    const { cell } = [...member.engine.cells()][0]!;
    const dumped = bytes.dump!(cell.state) as Uint8Array;
    expect(dumped).toEqual(new Uint8Array([1, 2, 3]));
    expect(bytes.restore!(dumped)).toMatchObject({ buffer: dumped, length: 3 });
  });

  test('a replacement counts for what it is larger by', () => {
    const member = new Member({ types: [bytes], maxObjectBytes: 10_000 });
    const session = member.session('a');
    const object = member.object('bytes', 'x');
    for (let i = 0; i < 5; i++) member.do(session, object, 'set', [new Uint8Array(9000)]);
    expectRefusal(() => member.do(session, object, 'append', [new Uint8Array(1000)]), 'too-large', /10000/);
  });

  test('many appends cost no copy of all each', () => {
    const member = new Member({ types: [bytes] });
    const session = member.session('a');
    const object = member.object('bytes', 'x');
    const piece = new Uint8Array(1000).fill(7);
    for (let i = 0; i < 5000; i++) {
      member.do(session, object, 'append', [piece]);
      // Looking at it meanwhile does not change that.
      if (i % 10 === 0) member.do(session, object, 'get');
    }
    expect(member.do(session, object, 'length')).toBe(5_000_000);
  });
});
