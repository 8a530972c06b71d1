import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read } from '../engine/object-type.ts';
import type { Value } from '../value/value.ts';
import { count, optional } from './arguments.ts';
import { InsertionOrder } from './insertion-order.ts';
import { keyedOperations } from './keyed.ts';
import { combiningFinished } from './keyed-merge.ts';
import { pageLimit, pageParts } from './paging.ts';

/** Values by keys of any kind, in the order in which the keys came. */
export const map: ObjectType = defineType<'map', InsertionOrder>('map', {
  create: () => new InsertionOrder(),
  operations: {
    ...keyedOperations<InsertionOrder>(),
    /** Where it begins, where the iteration ends (`undefined` at first), how many, and which parts of entries. */
    page: read((state, [from, until, limit, parts]) =>
      state.page(
        optional('where the page begins', from, count) ?? 0,
        optional('where the iteration ends', until, count),
        pageLimit(limit),
        pageParts(parts),
      ),
    ),
  },
  finished: combiningFinished<InsertionOrder>('map'),
  dump: (state) => state.dump(),
  restore: (data) => InsertionOrder.restore(data as Value),
});
