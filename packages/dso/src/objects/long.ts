import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { isBounded, MAX_BIGINT_BITS, type Value } from '../value/value.ts';
import { bigint, optional } from './arguments.ts';

interface Long {
  value: bigint;
}

/** A bigint that many count on. It does not wrap around. */
export const long: ObjectType = defineType<'long', Long>('long', {
  create: ([initial]) => ({ value: optional('initial', initial, bounded) ?? 0n }),
  operations: {
    get: read((state) => state.value),
    set: write((state, [next]) => {
      state.value = bounded('the value', next);
      return undefined;
    }),
    getAndSet: write((state, [next]) => {
      const before = state.value;
      state.value = bounded('the value', next);
      return before;
    }),
    addAndGet: write((state, [by]) => {
      state.value = bounded('the sum', state.value + bounded('the number to add', by));
      return state.value;
    }),
    compareAndSet: write((state, [expected, next]) => {
      const value = bounded('the next value', next);
      if (state.value !== bigint('the expected value', expected)) return false;
      state.value = value;
      return true;
    }),
  },
});

function bounded(what: string, value: Value): bigint {
  const whole = bigint(what, value);
  if (isBounded(whole)) return whole;
  throw new Refusal(
    'bad-argument',
    `${what} takes more than the ${MAX_BIGINT_BITS} bits that a long may have`,
  );
}
