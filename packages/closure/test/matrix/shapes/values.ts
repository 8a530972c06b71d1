import assert from 'node:assert/strict';
import { theme } from '../harness/shape.ts';
import { makeHidden, Point } from './support/helper.ts';

const { shapes, same, answers, throws } = theme('values');

export { shapes };

// biome-ignore lint/suspicious/noSparseArray: a hole must stay a hole
const sparse = [1, , 3];
const rich = {
  map: new Map<unknown, unknown>([
    [1, { d: new Date(5) }],
    ['k', new Set([1, 2])],
  ]),
  pattern: /a+/gi,
  floats: new Float64Array([1, 2.5]),
  view: new Uint8Array([1, 2, 3]).subarray(1),
  big: 123n,
  nan: Number.NaN,
  negativeZero: -0,
  missing: undefined,
  nothing: null,
  buffer: Buffer.from('hey'),
  url: new URL('http://x/y?z=1'),
  sparse,
  infinity: Number.NEGATIVE_INFINITY,
  bytes: new ArrayBuffer(4),
  bare: Object.assign(Object.create(null) as Record<string, number>, { a: 1 }),
};
same('rich captured values', () => rich);
same(
  'rich arguments and results',
  (map: unknown, set: unknown, date: unknown, floats: unknown, big: bigint) => ({
    map,
    set,
    date,
    floats,
    big: big + 1n,
    list: [undefined, null, Number.NaN, -0],
  }),
  [new Map([[{ a: 1 }, new Set([1n])]]), new Set([new Date(1)]), new Date(2), new Float32Array([1.5]), 5n],
);
same('undefined, null, NaN and -0 as arguments', (x: unknown) => x, [undefined], [null], [Number.NaN], [-0]);

const shared = { n: 1 };
same(
  'one object captured twice stays one',
  (
    (a, b) => () =>
      a === b
  )(shared, shared),
);
same('one object in one argument stays one', ([a, b]: object[]) => a === b, [[shared, shared]]);

const point = new Point(3, 4);
same('captured instance of an imported class', () => [
  point.norm(),
  point instanceof Point,
  new Point(6, 8).norm(),
]);
answers(
  'argument and result of an imported class',
  (p: Point) => new Point(p.norm(), 0),
  (result) => {
    assert(result instanceof Point);
    assert.equal(result.x, 5);
  },
  [new Point(3, 4)],
);
throws(
  'result of a class that the caller cannot know',
  () => makeHidden(),
  (error) => assert.match(String(error), /Hidden/),
);
answers(
  'an error as a result',
  () => new RangeError('rr', { cause: 'why' }),
  (result) => {
    assert(result instanceof RangeError);
    assert.equal(result.message, 'rr');
    assert.equal(result.cause, 'why');
  },
);

let triggered = 0;
const lazy = {
  get costly(): number {
    triggered++;
    return 5;
  },
};
answers(
  'capturing triggers no getter',
  () => [lazy.costly, triggered],
  (result) => assert.deepEqual(result, [5, 1]),
);

const frozen = Object.freeze({ a: 1 });
same('a frozen object can be read', () => frozen.a);
const { env } = process;
same('an object of the runtime is copied', () => typeof env['PATH']);
