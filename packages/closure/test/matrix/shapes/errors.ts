import assert from 'node:assert/strict';
import { theme } from '../harness/shape.ts';
import { textAtTopFrame } from './support/frame.ts';
import { failing } from './support/helper.ts';

const { shapes, throws } = theme('errors');

export { shapes };

class OrderError extends Error {
  readonly code: number;
  constructor(message: string, code: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OrderError';
    this.code = code;
  }
}
throws(
  'own error class with a cause, at the user’s line',
  (x: number) => {
    throw new OrderError('boom', x, { cause: new TypeError('inner') });
  },
  (error) => {
    assert(error instanceof OrderError);
    assert.equal(error.code, 42);
    assert.equal(error.message, 'boom');
    assert(error.cause instanceof TypeError);
    assert.equal(error.cause.message, 'inner');
    assert.match(textAtTopFrame(error), /^new \w+\(.boom/);
  },
  [42],
);
throws(
  'error of an imported helper, at the helper’s line',
  (x: number) => failing(x),
  (error) => {
    assert(error instanceof RangeError);
    assert.match(textAtTopFrame(error), /^new RangeError\(.helper failed/);
  },
  [1],
);
throws(
  'error after an await',
  async (x: number) => {
    await new Promise((resolve) => setImmediate(resolve));
    throw new SyntaxError(`late ${x}`);
  },
  (error) => {
    assert(error instanceof SyntaxError);
    assert.match(textAtTopFrame(error), /^new SyntaxError\(.late/);
  },
  [1],
);
throws(
  'error of the engine, at the user’s column',
  (x: { a?: { b: number } }) => (x.a as { b: number }).b,
  (error) => {
    assert(error instanceof TypeError);
    assert.match(textAtTopFrame(error), /^b\b/);
  },
  [{}],
);
throws(
  'a thrown string',
  () => {
    throw 'just text';
  },
  (error) => assert.equal(error, 'just text'),
);
throws(
  'a thrown undefined',
  () => {
    throw undefined;
  },
  (error) => assert.equal(error, undefined),
);
throws(
  'an aggregate of errors',
  () => {
    throw new AggregateError([new RangeError('one'), new TypeError('two')], 'both');
  },
  (error) => {
    assert(error instanceof AggregateError);
    assert.deepEqual(
      error.errors.map((inner: unknown) => String(inner)),
      ['RangeError: one', 'TypeError: two'],
    );
  },
);
