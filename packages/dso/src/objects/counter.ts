import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { integer, optional } from './arguments.ts';

interface Counter {
  value: number;
  readonly initial: number;
}

/** A whole number that many count on. Beyond 2^53 it refuses, and stays as it was. */
export const counter: ObjectType = defineType<'counter', Counter>('counter', {
  create([initial]) {
    const value = optional('initial', initial, integer) ?? 0;
    return { value, initial: value };
  },
  operations: {
    tally: read((state) => state.value),
    add: write((state, [by]) => {
      const next = state.value + integer('the number to add', by);
      if (!Number.isSafeInteger(next))
        throw new Refusal(
          'bad-argument',
          `the counter would be ${next}, which a number cannot hold exactly: use an AtomicLong`,
        );
      state.value = next;
      return next;
    }),
    /** Gives what it was. */
    reset: write((state, [to]) => {
      const before = state.value;
      state.value = optional('the value to reset to', to, integer) ?? state.initial;
      return before;
    }),
    compareAndSet: write((state, [expected, next]) => {
      const value = integer('the next value', next);
      if (state.value !== integer('the expected value', expected)) return false;
      state.value = value;
      return true;
    }),
  },
});
