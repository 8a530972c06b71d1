/** Whether a message fits a frame is decided before it is written: by the very bytes that it will take. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodedSize } from '../../src/value/encoded-size.ts';
import { Packed, type Value } from '../../src/value/value.ts';
import { Writer } from '../../src/value/writer.ts';

const numbers = fc.oneof(
  fc.constantFrom(0, -0, 239, 240, -1, 63, 64, -64, -65, 2 ** 52, 2 ** 52 - 1, -(2 ** 52), 0.5, Number.NaN),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
);
const scalars: fc.Arbitrary<Value> = fc.oneof(
  numbers,
  fc.constantFrom(undefined, null, true, false),
  fc.bigInt(),
  fc.string({ unit: 'binary', maxLength: 400 }),
);
const bytes = fc.uint8Array({ maxLength: 300 });
const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    bytes,
    bytes.map((some) => new Packed(some)),
    fc.array(fc.double(), { maxLength: 200 }).map((some) => Float64Array.from(some)),
    fc.array(tie('value'), { maxLength: 200 }),
  ),
})).value;

it('the size of a value is what the writer writes', () => {
  fc.assert(
    fc.property(values, (value) => {
      const writer = new Writer();
      writer.value(value);
      expect(encodedSize(value)).toBe(writer.length);
    }),
    { numRuns: 300 },
  );
});
