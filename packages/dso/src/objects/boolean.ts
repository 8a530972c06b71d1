import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, write } from '../engine/object-type.ts';
import { boolean as flag, optional } from './arguments.ts';

interface Flag {
  value: boolean;
}

/** True or false. */
export const boolean: ObjectType = defineType<'boolean', Flag>('boolean', {
  create: ([initial]) => ({ value: optional('initial', initial, flag) ?? false }),
  operations: {
    get: read((state) => state.value),
    set: write((state, [next]) => {
      state.value = flag('the value', next);
      return undefined;
    }),
    getAndSet: write((state, [next]) => {
      const before = state.value;
      state.value = flag('the value', next);
      return before;
    }),
    compareAndSet: write((state, [expected, next]) => {
      const value = flag('the next value', next);
      if (state.value !== flag('the expected value', expected)) return false;
      state.value = value;
      return true;
    }),
  },
});
