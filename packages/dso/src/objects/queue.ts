import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store, write } from '../engine/object-type.ts';
import { sizeOf, type Value } from '../value/value.ts';
import { list, optional, positive } from './arguments.ts';
import { Deque } from './deque.ts';
import { Page } from './paging.ts';

interface Queue {
  readonly items: Deque<Value>;
  /** Infinity: any number. */
  readonly capacity: number;
}

/** Who waits for an item. While anybody does, there is none. */
const TAKERS = 'take';
/** Who waits with an item for room. While anybody does, there is none. */
const PUTTERS = 'put';

/** What an item takes besides itself, bytes: its place. */
const ITEM_BYTES = 8;

/**
 * First in, first out; those who wait to put or to take also come in their order. What waits to be put counts as the
 * queue's bytes, for it is in memory too.
 */
export const queue: ObjectType = defineType<'queue', Queue>('queue', {
  create: ([capacity]) => ({
    items: new Deque(),
    capacity: optional('capacity', capacity, positive) ?? Number.POSITIVE_INFINITY,
  }),
  operations: {
    size: read(({ items }) => items.length),
    /** `[the next item]`, or `[]`. */
    peek: read(({ items }) => (items.length === 0 ? [] : [items.at(0)])),
    /** Waits for room. */
    put: store((state, [item], call) => {
      if (accept(state, item, call)) return undefined;
      call.grow(bytesOf(item));
      return call.park(PUTTERS);
    }),
    /** Whether there was room. */
    offer: store((state, [item], call) => accept(state, item, call)),
    /** Waits for an item. */
    take: write((state, _args, call) => {
      if (state.items.length === 0) return call.park(TAKERS);
      return next(state, call);
    }),
    /** `[the item]`, or `[]`. */
    poll: write((state, _args, call) => (state.items.length === 0 ? [] : [next(state, call)])),
    /** Takes what is there: at most so many (`undefined`: any number), and no more than a reply may have. */
    drain: write((state, [most], call) => {
      const page = new Page(optional('how many to take', most, positive) ?? Number.POSITIVE_INFINITY);
      while (state.items.length > 0 && !page.full) page.add(shift(state, call));
      letIn(state, call);
      return page.items;
    }),
    clear: write((state, _args, call) => {
      while (state.items.length > 0) shift(state, call);
      letIn(state, call);
      return undefined;
    }),
  },
  abandoned(_state, { lane, args: [item] }, _why, call) {
    if (lane === PUTTERS) call.grow(-bytesOf(item));
  },
  // Those who wait are not part of the state: they move as waiters.
  dump: ({ items, capacity }) => [capacity === Number.POSITIVE_INFINITY ? undefined : capacity, [...items]],
  restore(data) {
    const [capacity, items] = list('the dump', data as Value);
    return {
      items: new Deque(list('the items', items)),
      capacity: (capacity as number | undefined) ?? Number.POSITIVE_INFINITY,
    };
  },
});

/** Gives an item to who waits for one, or keeps it if there is room. */
function accept(state: Queue, item: Value, call: StepContext): boolean {
  const taker = call.first(TAKERS);
  if (taker !== undefined) {
    call.answer(taker, item);
    return true;
  }
  if (state.items.length >= state.capacity) return false;
  state.items.push(item);
  call.grow(bytesOf(item));
  return true;
}

/** Takes the next item of a queue that has one; its room goes to who waits for it. */
function next(state: Queue, call: StepContext): Value {
  const item = shift(state, call);
  letIn(state, call);
  return item;
}

function shift(state: Queue, call: StepContext): Value {
  const item = state.items.shift();
  call.grow(-bytesOf(item));
  return item;
}

/** Those who wait with an item put it, as long as there is room. */
function letIn(state: Queue, call: StepContext): void {
  while (state.items.length < state.capacity) {
    const putter = call.first(PUTTERS);
    if (putter === undefined) return;
    // Its bytes are counted since it waits.
    state.items.push(putter.args[0]);
    call.answer(putter, undefined);
  }
}

function bytesOf(item: Value): number {
  return ITEM_BYTES + sizeOf(item);
}
