/**
 * Models of shared objects. Inputs say `op` and its arguments; outputs are JSON: `null` for nothing, `{ error }` for what a
 * method throws by its own rules. A model partitioned by key is one of many objects, or of many entries.
 */
import type { Json } from './history.ts';
import { type Effect, model, type RunnableModel, same } from './model.ts';

const effect = <S, O>(state: S, output: O): Effect<S, O> => ({ state, output });

export type CounterInput =
  | { readonly op: 'increment'; readonly by: number }
  | { readonly op: 'tally' | 'reset' }
  | { readonly op: 'compareAndSet'; readonly expected: number; readonly value: number };

/** `increment` answers the new value, `tally` the value, `reset` nothing, `compareAndSet` whether it did. */
export function counterModel(initial = 0): RunnableModel<number, CounterInput, number | boolean | null> {
  return model<number, CounterInput, number | boolean | null>({
    name: 'counter',
    init: () => initial,
    observes: ({ op }, output) => op === 'tally' || output === false,
    apply: (value, input) => {
      switch (input.op) {
        case 'increment':
          return effect(value + input.by, value + input.by);
        case 'tally':
          return effect(value, value);
        case 'reset':
          return effect(initial, null);
        case 'compareAndSet':
          return value === input.expected ? effect(input.value, true) : effect(value, false);
      }
    },
  });
}

export type RegisterInput =
  | { readonly op: 'get' }
  | { readonly op: 'set' | 'getAndSet'; readonly value: Json }
  | { readonly op: 'compareAndSet'; readonly expected: Json; readonly value: Json };

/** An atomic reference, long or boolean: `getAndSet` answers what was there, `compareAndSet` whether it did. */
export function registerModel(initial: Json = null): RunnableModel<{ value: Json }, RegisterInput, Json> {
  return model<{ value: Json }, RegisterInput, Json>({
    name: 'register',
    init: () => ({ value: initial }),
    observes: ({ op }, output) => op === 'get' || (op === 'compareAndSet' && output === false),
    apply: (state, input) => {
      switch (input.op) {
        case 'get':
          return effect(state, state.value);
        case 'set':
          return effect({ value: input.value }, null);
        case 'getAndSet':
          return effect({ value: input.value }, state.value);
        case 'compareAndSet':
          return same(state.value, input.expected)
            ? effect({ value: input.value }, true)
            : effect(state, false);
      }
    },
  });
}

export type MapInput = { readonly key: string } & (
  | { readonly op: 'get' | 'has' | 'delete' }
  | { readonly op: 'set'; readonly value: Json }
  | { readonly op: 'compute'; readonly add: number }
);

/**
 * Entries by key, each checked alone: what spans keys (size, clear, iteration) is not atomic and has no place here. `get` answers
 * `null` where there is none, `delete` whether there was one, `compute` the new value: what is there (else 0) plus `add`.
 */
export function mapModel(): RunnableModel<{ value?: Json }, MapInput, Json> {
  return model<{ value?: Json }, MapInput, Json>({
    name: 'map',
    init: () => ({}),
    observes: ({ op }, output) => op === 'get' || op === 'has' || (op === 'delete' && output === false),
    apply: (entry, input) => {
      switch (input.op) {
        case 'get':
          return effect(entry, entry.value ?? null);
        case 'has':
          return effect(entry, entry.value !== undefined);
        case 'delete':
          return effect({}, entry.value !== undefined);
        case 'set':
          return effect({ value: input.value }, null);
        case 'compute': {
          const value = (typeof entry.value === 'number' ? entry.value : 0) + input.add;
          return effect({ value }, value);
        }
      }
    },
    partition: ({ key }) => key,
  });
}

/** `null` says that there is none. */
type Item = Exclude<Json, null>;

export type QueueInput =
  | { readonly op: 'offer' | 'put'; readonly value: Item }
  | { readonly op: 'poll' | 'take' | 'peek' | 'size' };

/**
 * First in, first out. `offer` answers whether there was room, `poll` and `peek` `null` when empty; `put` and `take` wait for
 * room and for an item.
 */
export function queueModel(
  capacity: number = Number.POSITIVE_INFINITY,
): RunnableModel<readonly Item[], QueueInput, Json> {
  return model<readonly Item[], QueueInput, Json>({
    name: 'queue',
    init: () => [],
    observes: ({ op }, output) =>
      op === 'peek' ||
      op === 'size' ||
      (op === 'offer' && output === false) ||
      (op === 'poll' && output === null),
    apply: (items, input) => {
      switch (input.op) {
        case 'offer':
          return items.length < capacity ? effect([...items, input.value], true) : effect(items, false);
        case 'put':
          return items.length < capacity ? effect([...items, input.value], null) : undefined;
        case 'poll':
          return effect(items.slice(1), items[0] ?? null);
        case 'take':
          return items.length > 0 ? effect(items.slice(1), items[0] ?? null) : undefined;
        case 'peek':
          return effect(items, items[0] ?? null);
        case 'size':
          return effect(items, items.length);
      }
    },
  });
}

export type LockInput =
  | { readonly op: 'acquire' | 'tryAcquire' | 'expire'; readonly session: string }
  /** The client gives back what it was granted after it had given up waiting for it. */
  | { readonly op: 'undo'; readonly session: string }
  | { readonly op: 'release'; readonly session: string; readonly token?: number }
  | { readonly op: 'isLocked' };

interface LockState {
  readonly holder: string | null;
  /** The last token that was given. */
  readonly token: number;
  /** Sessions that ended, sorted: they get no lock again. */
  readonly dead: readonly string[];
}

/**
 * A lock for one holder, not reentrant. `acquire` waits, `tryAcquire` answers `null` when it is held; both answer a fencing token,
 * an integer larger than all before. `release` answers whether the session (with that token, if it names one) held it.
 * `expire` is the death of a session: from some moment after its call the session holds nothing and acquires nothing, which
 * frees the lock if it was the holder's. Record it with an unknown outcome unless the test saw the session end.
 */
export function lockModel(): RunnableModel<LockState, LockInput, number | boolean | null> {
  const take = (state: LockState, session: string): Effect<LockState, number> | undefined =>
    state.holder === null && !state.dead.includes(session)
      ? // The smallest token possible: an unknown one only has to be smaller than those that follow.
        effect({ ...state, holder: session, token: state.token + 1 }, state.token + 1)
      : undefined;
  const apply = (
    state: LockState,
    input: LockInput,
  ): Effect<LockState, number | boolean | null> | undefined => {
    switch (input.op) {
      case 'acquire':
        return take(state, input.session);
      case 'tryAcquire':
        return take(state, input.session) ?? effect(state, null);
      case 'release': {
        const holds =
          state.holder === input.session && (input.token === undefined || input.token === state.token);
        return holds ? effect({ ...state, holder: null }, true) : effect(state, false);
      }
      case 'expire': {
        const dead = state.dead.includes(input.session) ? state.dead : [...state.dead, input.session].sort();
        return effect({ ...state, dead, holder: state.holder === input.session ? null : state.holder }, null);
      }
      case 'undo':
        return effect(state.holder === input.session ? { ...state, holder: null } : state, null);
      case 'isLocked':
        return effect(state, state.holder !== null);
    }
  };
  return model<LockState, LockInput, number | boolean | null>({
    name: 'lock',
    init: () => ({ holder: null, token: 0, dead: [] }),
    observes: ({ op }, output) =>
      op === 'isLocked' || output === false || (op === 'tryAcquire' && output === null),
    apply,
    step: (state, input, output) => {
      const done = apply(state, input);
      if (!done) return undefined;
      if (input.op !== 'acquire' && input.op !== 'tryAcquire')
        return done.output === output ? done.state : undefined;
      if (done.output === null || output === null) return done.output === output ? done.state : undefined;
      // The object may skip tokens.
      return typeof output === 'number' && output > state.token
        ? { ...done.state, token: output }
        : undefined;
    },
    key: ({ holder, token, dead }) => JSON.stringify([holder, token, dead]),
  });
}

export type AccountInput =
  | { readonly op: 'deposit' | 'withdraw'; readonly amount: number }
  | { readonly op: 'balance' };

/** A user's class: `deposit` and `withdraw` answer the balance, `withdraw` throws rather than overdraw. */
export function accountModel(): RunnableModel<number, AccountInput, number | { readonly error: string }> {
  return model<number, AccountInput, number | { readonly error: string }>({
    name: 'account',
    init: () => 0,
    observes: ({ op }, output) => op === 'balance' || typeof output === 'object',
    apply: (balance, input) => {
      switch (input.op) {
        case 'deposit':
          return effect(balance + input.amount, balance + input.amount);
        case 'withdraw':
          return balance < input.amount
            ? effect(balance, { error: 'insufficient' })
            : effect(balance - input.amount, balance - input.amount);
        case 'balance':
          return effect(balance, balance);
      }
    },
  });
}

export type ListInput =
  | { readonly op: 'append'; readonly value: Json }
  | { readonly op: 'get'; readonly index: number }
  | { readonly op: 'read' | 'size' };

/** A list, known by its last element: lists with a common beginning share it, so that appending is cheap however long they are. */
interface ListNode {
  readonly id: number;
  readonly length: number;
  readonly before: ListNode | undefined;
  readonly value: Json;
  readonly next: Map<string, ListNode>;
}

/** `append` answers the new length, `get` `null` beyond the end, `read` everything. */
export function listModel(): RunnableModel<ListNode, ListInput, Json> {
  let ids = 0;
  const after = (before: ListNode | undefined, value: Json): ListNode => ({
    id: ids++,
    length: before ? before.length + 1 : 0,
    before,
    value,
    next: new Map(),
  });
  // One tree for all: a list has one node, so nodes are equal exactly if lists are.
  const empty = after(undefined, null);
  const values = (list: ListNode): Json[] => {
    const found: Json[] = [];
    for (let node = list; node.before; node = node.before) found.push(node.value);
    return found.reverse();
  };
  return model<ListNode, ListInput, Json>({
    name: 'list',
    init: () => empty,
    observes: ({ op }) => op !== 'append',
    apply: (list, input) => {
      switch (input.op) {
        case 'append': {
          const name = JSON.stringify(input.value);
          const longer = list.next.get(name) ?? after(list, input.value);
          list.next.set(name, longer);
          return effect(longer, longer.length);
        }
        case 'get':
          return effect(list, values(list)[input.index] ?? null);
        case 'read':
          return effect(list, values(list));
        case 'size':
          return effect(list, list.length);
      }
    },
    key: ({ id }) => String(id),
  });
}
