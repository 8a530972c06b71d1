/**
 * First in, first out.
 *
 * - Q1 Those who wait to put, or to take, also come in their order.
 * - Q2 Every item counts as unfinished from when it is put until it is marked as done, or removed by `clear`.
 * - Q3 With redelivery, an item belongs to the session that took it until that marks it as done. If the session ends
 *   before, the item comes back to where it was in the order.
 * - Q4 What waits to be put counts as the queue's bytes, and so does what may come back: it is in memory too.
 */
import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { sizeOf, type Value } from '../value/value.ts';
import { boolean, optional, positive } from './arguments.ts';
import { Deque } from './deque.ts';
import { Page } from './paging.ts';
import { Redelivery, type RedeliveryDump } from './redelivery.ts';

interface Queue {
  /** What has not been taken yet. */
  readonly items: Deque<Value>;
  /** Infinity: any number. */
  readonly capacity: number;
  /** Q2 */
  unfinished: number;
  /** Q3. What has come back is before the items. */
  readonly redelivery: Redelivery | undefined;
}

/** Who waits for an item. While anybody does, there is none. */
const TAKERS = 'take';
/** Who waits with items for room; their data is the number of the next of them. While anybody does, there is none. */
const PUTTERS = 'put';
/** Who waits until nothing is unfinished. */
const JOINERS = 'join';

/** What an item takes besides itself, bytes: its place. */
const ITEM_BYTES = 8;

export const queue: ObjectType = defineType<'queue', Queue>('queue', {
  create: ([capacity, redeliver]) => ({
    items: new Deque(),
    capacity: optional('capacity', capacity, positive) ?? Number.POSITIVE_INFINITY,
    unfinished: 0,
    redelivery: optional('redeliver', redeliver, boolean) === true ? new Redelivery() : undefined,
  }),
  operations: {
    size: read(sizeOfQueue),
    /** `[the next item]`, or `[]`. */
    peek: read(({ items, redelivery }) => {
      if (redelivery !== undefined && redelivery.waiting > 0) return [redelivery.first];
      return items.length === 0 ? [] : [items.at(0)];
    }),
    /** All of the arguments, in order. Waits for room. */
    put: store((state, items, call) => {
      let at = 0;
      while (at < items.length && accept(state, items[at], call)) at++;
      if (at === items.length) return undefined;
      call.grow(bytesOfAll(items, at));
      return call.park(PUTTERS, at);
    }),
    /** Whether there was room. */
    offer: store((state, [item], call) => accept(state, item, call)),
    /** Waits for an item. */
    take: write((state, _args, call) => (isEmpty(state) ? call.park(TAKERS) : next(state, call))),
    /** `[the item]`, or `[]`. */
    poll: write((state, _args, call) => (isEmpty(state) ? [] : [next(state, call)])),
    /** Takes what is there: at most so many (`undefined`: any number), and no more than a reply may have. */
    drain: write((state, [most], call) => {
      const page = new Page(optional('how many to take', most, positive) ?? Number.POSITIVE_INFINITY);
      while (!isEmpty(state) && !page.full) page.add(shift(state, call));
      letIn(state, call);
      return page.items;
    }),
    /** Takes away what nobody has taken, as if it were done. */
    clear: write((state, _args, call) => {
      const { items, redelivery } = state;
      const removed = sizeOfQueue(state);
      for (const item of [...(redelivery?.clear() ?? []), ...items]) call.grow(-bytesOf(item));
      items.clear();
      finish(state, removed, call);
      letIn(state, call);
      return undefined;
    }),
    unfinished: read((state) => state.unfinished),
    /** Marks so many items as done, with redelivery those that the caller has had for longest; gives what is unfinished. */
    taskDone: write((state, [number], call) => {
      const done = optional('how many are done', number, positive) ?? 1;
      const { redelivery, unfinished } = state;
      const most = redelivery === undefined ? unfinished : redelivery.heldBy(call.session);
      if (done > most) throw doneTooOften(done, most, redelivery !== undefined, call);
      for (const item of redelivery?.done(call.session, done) ?? []) call.grow(-bytesOf(item));
      if (redelivery?.heldBy(call.session) === 0) call.unhold(call.session);
      finish(state, done, call);
      return state.unfinished;
    }),
    /** Waits until nothing is unfinished. */
    join: write((state, _args, call) => (state.unfinished === 0 ? true : call.park(JOINERS))),
    /** With redelivery: items that the caller has taken come back, for it cannot know that it has them. */
    giveBack: write((state, items, call) => {
      const { redelivery } = state;
      if (redelivery === undefined) return undefined;
      for (const item of items) redelivery.giveBack(call.session, item);
      if (redelivery.heldBy(call.session) === 0) call.unhold(call.session);
      deliver(redelivery, call);
      return undefined;
    }),
  },
  sessionEnded(state, session, call) {
    if (state.redelivery?.sessionEnded(session) === true) deliver(state.redelivery, call);
  },
  abandoned(_state, { lane, args, data }, _why, call) {
    if (lane === PUTTERS) call.grow(-bytesOfAll(args, data as number));
  },
  // Those who wait are not part of the state: they move as waiters.
  dump: ({ items, capacity, unfinished, redelivery }): Dump => [
    capacity === Number.POSITIVE_INFINITY ? undefined : capacity,
    [...items],
    unfinished,
    redelivery?.dump(),
  ],
  restore(data) {
    const [capacity, items, unfinished, redelivery] = data as Dump;
    return {
      items: new Deque(items),
      capacity: capacity ?? Number.POSITIVE_INFINITY,
      unfinished,
      redelivery: redelivery === undefined ? undefined : new Redelivery(redelivery),
    };
  },
});

type Dump = readonly [
  capacity: number | undefined,
  items: readonly Value[],
  unfinished: number,
  redelivery: RedeliveryDump | undefined,
];

function sizeOfQueue({ items, redelivery }: Queue): number {
  return redelivery === undefined ? items.length : items.length + redelivery.waiting;
}

function isEmpty({ items, redelivery }: Queue): boolean {
  return items.length === 0 && (redelivery === undefined || redelivery.waiting === 0);
}

/** Gives an item to who waits for one, or keeps it if there is room. */
function accept(state: Queue, item: Value, call: StepContext): boolean {
  const taker = call.first(TAKERS);
  if (taker !== undefined) {
    state.unfinished++;
    if (state.redelivery !== undefined) {
      call.grow(bytesOf(item));
      call.hold(taker.session.id);
      state.redelivery.take(taker.session.id, item);
    }
    call.answer(taker, item);
    return true;
  }
  if (sizeOfQueue(state) >= state.capacity) return false;
  state.unfinished++;
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

function shift({ items, redelivery }: Queue, call: StepContext): Value {
  if (redelivery === undefined) {
    const item = items.shift();
    call.grow(-bytesOf(item));
    return item;
  }
  call.hold(call.session);
  return redelivery.waiting > 0
    ? redelivery.takeAgain(call.session)
    : redelivery.take(call.session, items.shift());
}

/** Those who wait with items put them, as long as there is room. */
function letIn(state: Queue, call: StepContext): void {
  while (sizeOfQueue(state) < state.capacity) {
    const putter = call.first(PUTTERS);
    if (putter === undefined) return;
    const { args } = putter;
    const at = putter.data as number;
    // Its bytes are counted since it waits.
    state.items.push(args[at]);
    state.unfinished++;
    if (at + 1 === args.length) call.answer(putter, undefined);
    else putter.data = at + 1;
  }
}

/** What has come back goes to those who wait for an item. */
function deliver(redelivery: Redelivery, call: StepContext): void {
  while (redelivery.waiting > 0) {
    const taker = call.first(TAKERS);
    if (taker === undefined) return;
    call.hold(taker.session.id);
    call.answer(taker, redelivery.takeAgain(taker.session.id));
  }
}

function finish(state: Queue, done: number, call: StepContext): void {
  state.unfinished -= done;
  if (state.unfinished > 0) return;
  for (const waiter of call.all(JOINERS)) call.answer(waiter, true);
}

function doneTooOften(done: number, most: number, isHeld: boolean, call: StepContext): Refusal {
  const has = isHeld
    ? `of those that the caller has taken ${most} are unfinished`
    : `of those that were put ${most} are unfinished`;
  return new Refusal(
    'too-many-done',
    `queue ${JSON.stringify(call.key)}: ${done} items cannot be marked as done, ${has}`,
  );
}

function bytesOf(item: Value): number {
  return ITEM_BYTES + sizeOf(item);
}

/** From one on. */
function bytesOfAll(items: readonly Value[], from: number): number {
  let bytes = 0;
  for (let i = from; i < items.length; i++) bytes += bytesOf(items[i]);
  return bytes;
}
