import { defineType } from '../engine/define-type.ts';
import { type ObjectType, type Operation, read, type StepContext, store } from '../engine/object-type.ts';
import { sameValue, sizeOf, type Value } from '../value/value.ts';

interface Reference {
  value: Value;
}

/** Any value, replaced as a whole. */
export const reference: ObjectType = defineType<'reference', Reference>('reference', {
  create([initial], call) {
    call.grow(sizeOf(initial));
    return { value: initial };
  },
  operations: {
    get: read((state) => state.value),
    set: replaces(0, (state, [next], call) => {
      replace(state, next, call);
      return undefined;
    }),
    getAndSet: replaces(0, (state, [next], call) => {
      const before = state.value;
      replace(state, next, call);
      return before;
    }),
    /** Scalars compare by what they are, other values by their encoded bytes. */
    compareAndSet: replaces(1, (state, [expected, next], call) => {
      if (!sameValue(state.value, expected)) return false;
      replace(state, next, call);
      return true;
    }),
  },
});

/** A write whose argument number `which` takes the place of the value. */
function replaces(which: number, run: Operation<Reference>['run']): Operation<Reference> {
  return { ...store(run), growth: (state, args) => sizeOf(args[which]) - sizeOf(state.value) };
}

function replace(state: Reference, next: Value, call: StepContext): void {
  call.grow(sizeOf(next) - sizeOf(state.value));
  state.value = next;
}
