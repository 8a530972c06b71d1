import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store, write } from '../engine/object-type.ts';
import type { Value } from '../value/value.ts';
import { count, optional } from './arguments.ts';
import { InsertionOrder } from './insertion-order.ts';
import { assign, grow } from './keyed-store.ts';
import { pageLimit } from './paging.ts';

/** Values of any kind, each once, in the order in which they came. */
export const set: ObjectType = defineType<'set', InsertionOrder>('set', {
  create: () => new InsertionOrder(),
  operations: {
    has: read((state, [value]) => state.find(state.checked(value)) !== undefined),
    size: read((state) => state.size),
    /** Whether it was not there. */
    add: store((state, [value], call) => add(state, value, call)),
    /** How many were not there. */
    addAll: store((state, values, call) => {
      let added = 0;
      for (const value of values) if (add(state, value, call)) added++;
      return added;
    }),
    /** Whether it was there. */
    delete: write((state, [asked], call) => {
      const value = state.checked(asked);
      if (state.find(value) === undefined) return false;
      assign(state, value, undefined, call);
      return true;
    }),
    /** Where it begins, where the iteration ends (`undefined` at first), and how many. */
    page: read((state, [from, until, limit]) =>
      state.page(
        optional('where the page begins', from, count) ?? 0,
        optional('where the iteration ends', until, count),
        pageLimit(limit),
        'keys',
      ),
    ),
    clear: write((state, _args, call) => {
      state.clear();
      grow(state, -state.bytes, call);
      return undefined;
    }),
  },
  dump: (state) => state.dump(),
  restore: (data) => InsertionOrder.restore(data as Value),
});

function add(state: InsertionOrder, asked: Value, call: StepContext): boolean {
  const value = state.checked(asked);
  if (state.find(value) !== undefined) return false;
  // The values are the keys; what they lead to only has to be something.
  assign(state, value, true, call);
  return true;
}
