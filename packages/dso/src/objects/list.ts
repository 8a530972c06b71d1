import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { sameValue, sizeOf, type Value } from '../value/value.ts';
import { boolean, integer, list as listOf, optional } from './arguments.ts';
import { Deque } from './deque.ts';
import { Page } from './paging.ts';

interface List {
  items: Deque<Value>;
  bytes: number;
}

/** What an item takes besides itself, bytes: its place. */
const ITEM_BYTES = 8;

/**
 * Items by their places. Places count from the end when they are negative, as with `Array.at`; where there is nothing,
 * reading and removing give `undefined`, and setting is refused, for it would leave a gap.
 */
export const list: ObjectType = defineType<'list', List>('list', {
  create: () => ({ items: new Deque(), bytes: 0 }),
  operations: {
    length: read(({ items }) => items.length),
    get: read(({ items }, [index]) => {
      const at = placeOf(items, index);
      return at === undefined ? undefined : items.at(at);
    }),
    /** The items; the answer is how many there are then. */
    push: store((state, args, call) => {
      for (const item of args) state.items.push(item);
      grow(state, sizeOfItems(args), call);
      return state.items.length;
    }),
    pop: write((state, _args, call) => {
      if (state.items.length === 0) return undefined;
      return gone(state, state.items.pop(), call);
    }),
    shift: write((state, _args, call) => {
      if (state.items.length === 0) return undefined;
      return gone(state, state.items.shift(), call);
    }),
    set: {
      ...store((state, [index, item], call) => {
        grow(state, sizeOf(item) - sizeOf(state.items.at(taken(state.items, index))), call);
        state.items.set(taken(state.items, index), item);
        return undefined;
      }),
      // What it replaces makes room.
      growth: ({ items }, [index, item]) => sizeOf(item) - sizeOf(items.at(taken(items, index))),
    },
    /** A place and items, which come before what is there; beyond the ends at the end, as with `Array.splice`. */
    insert: store((state, [index, ...added], call) => {
      state.items.insert(clamped(integer('an index', index), state.items.length), added);
      grow(state, sizeOfItems(added), call);
      return state.items.length;
    }),
    removeAt: write((state, [index], call) => {
      const at = placeOf(state.items, index);
      return at === undefined ? undefined : gone(state, state.items.removeAt(at), call);
    }),
    /** The first that is equal; whether there was one. */
    remove: write((state, [item], call) => {
      const at = find(state.items, item, 0);
      if (at === -1) return false;
      gone(state, state.items.removeAt(at), call);
      return true;
    }),
    /** The first place of an equal item from a place on, or -1. */
    indexOf: read(({ items }, [item, from]) =>
      find(items, item, clamped(optional('an index', from, integer) ?? 0, items.length)),
    ),
    /** `[place of the first item, place where the slice ends, items]`: as many of them as a reply may have. */
    slice: read(({ items }, [start, end]) => {
      const from = clamped(optional('the start of a slice', start, integer) ?? 0, items.length);
      const to = clamped(optional('the end of a slice', end, integer) ?? items.length, items.length);
      const page = new Page(Number.POSITIVE_INFINITY);
      for (let at = from; at < to && !page.full; at++) page.add(items.at(at));
      return [from, to, page.items];
    }),
    reverse: write((state) => {
      state.items = new Deque([...state.items].reverse());
      return undefined;
    }),
    /** Whether the greatest comes first. Items are numbers, bigints or strings, all of one kind. */
    sort: write((state, [descending]) => {
      const items = [...state.items];
      const [some] = items;
      const ofOneKind = items.every((item) => isOrdered(item) && typeof item === typeof some);
      if (!ofOneKind)
        throw new Refusal('bad-argument', 'only numbers, bigints or strings can be sorted, all of one kind');
      const order = optional('descending', descending, boolean) ? -1 : 1;
      items.sort((a, b) => (a! < b! ? -order : a! > b! ? order : 0));
      state.items = new Deque(items);
      return undefined;
    }),
    clear: write((state, _args, call) => {
      state.items.clear();
      grow(state, -state.bytes, call);
      return undefined;
    }),
  },
  dump: ({ items }) => [...items],
  restore(data) {
    const items = listOf('the dump', data as Value);
    return { items: new Deque(items), bytes: sizeOfItems(items) };
  },
});

/** Whether it is below, above or the same as another of its kind. */
function isOrdered(item: Value): boolean {
  return typeof item === 'number'
    ? !Number.isNaN(item)
    : typeof item === 'bigint' || typeof item === 'string';
}

/** Where an index leads, or `undefined` if that is no place of the list. */
function placeOf(items: Deque<Value>, index: Value): number | undefined {
  const given = integer('an index', index);
  const at = given < 0 ? items.length + given : given;
  return at >= 0 && at < items.length ? at : undefined;
}

/** Where an index leads, where there has to be an item. */
function taken(items: Deque<Value>, index: Value): number {
  const at = placeOf(items, index);
  if (at !== undefined) return at;
  throw new Refusal('bad-argument', `there is no item ${String(index)} in a list of ${items.length}`);
}

function clamped(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}

function find(items: Deque<Value>, item: Value, from: number): number {
  for (let at = from; at < items.length; at++) if (sameValue(items.at(at), item)) return at;
  return -1;
}

function gone(state: List, item: Value, call: StepContext): Value {
  grow(state, -ITEM_BYTES - sizeOf(item), call);
  return item;
}

function sizeOfItems(items: readonly Value[]): number {
  let bytes = 0;
  for (const item of items) bytes += ITEM_BYTES + sizeOf(item);
  return bytes;
}

function grow(state: List, bytes: number, call: StepContext): void {
  state.bytes += bytes;
  call.grow(bytes);
}
