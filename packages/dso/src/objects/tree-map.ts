import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read } from '../engine/object-type.ts';
import type { Value } from '../value/value.ts';
import { boolean } from './arguments.ts';
import { type Bound, KeyOrder } from './key-order.ts';
import { keyedOperations } from './keyed.ts';
import { combiningFinished } from './keyed-merge.ts';
import type { KeyedEntry } from './keyed-store.ts';
import { pageLimit, pageParts } from './paging.ts';

/** Values by keys that have an order: numbers, bigints or strings. */
export const treeMap: ObjectType = defineType<'treeMap', KeyOrder>('treeMap', {
  create: () => new KeyOrder(),
  operations: {
    ...keyedOperations<KeyOrder>(),
    first: read((state) => pair(state.first())),
    last: read((state) => pair(state.last())),
    /**
     * A range: from a key and whether with it, to a key and whether with it, downwards; how many, and which parts of
     * entries. `undefined` as a key: to the end.
     */
    page: read((state, [from, fromInclusive, to, toInclusive, reverse, limit, parts]) =>
      state.page(
        {
          from: bound(state, from, fromInclusive),
          to: bound(state, to, toInclusive),
          reverse: boolean('reverse', reverse),
        },
        pageLimit(limit),
        pageParts(parts),
      ),
    ),
  },
  finished: combiningFinished<KeyOrder>('treeMap'),
  dump: (state) => state.dump(),
  restore: (data) => KeyOrder.restore(data as Value),
});

function pair(entry: KeyedEntry | undefined): Value {
  return entry === undefined ? undefined : [entry.key, entry.value];
}

function bound(state: KeyOrder, key: Value, inclusive: Value): Bound | undefined {
  if (key === undefined) return undefined;
  return {
    key: state.checked(key),
    inclusive: boolean('whether the end of a range is part of it', inclusive),
  };
}
