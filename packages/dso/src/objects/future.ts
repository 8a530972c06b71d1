import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store, write } from '../engine/object-type.ts';
import { sizeOf, type Value } from '../value/value.ts';

interface Future {
  status: 'pending' | 'set' | 'failed';
  /** The value, or the error. */
  outcome: Value;
}

const WAITING = 'get';

/** A value, or an error, that comes once. */
export const future: ObjectType = defineType<'future', Future>('future', {
  create: () => ({ status: 'pending', outcome: undefined }),
  operations: {
    status: read((state) => state.status),
    /** Whether this was the one that has decided it. */
    set: store((state, [value], call) => settle(state, 'set', value, call)),
    fail: store((state, [error], call) => settle(state, 'failed', error, call)),
    /** `[true, value]` or `[false, error]`. */
    get: write((state, _args, call) =>
      state.status === 'pending' ? call.park(WAITING) : [state.status === 'set', state.outcome],
    ),
  },
});

function settle(state: Future, status: 'set' | 'failed', outcome: Value, call: StepContext): boolean {
  if (state.status !== 'pending') return false;
  state.status = status;
  state.outcome = outcome;
  call.grow(sizeOf(outcome));
  const reply = [status === 'set', outcome];
  for (const waiter of call.all(WAITING)) call.answer(waiter, reply);
  return true;
}
