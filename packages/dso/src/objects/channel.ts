/**
 * Two ends, between which messages go both ways.
 *
 * - C1 What one end sends, the other receives once, in the order in which it was sent.
 * - C2 What is sent to an end and not received takes no more than the capacity, or is one message; further ones wait.
 * - C3 An end is gone when somebody has held it and nobody does any more. It never comes back.
 * - C4 Who waits for an end that goes is told: whatever it has sent can be received still, what it has not received is
 *   dropped.
 */
import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { sizeOf, type Value } from '../value/value.ts';
import { bad, boolean, count, optional, positive, text } from './arguments.ts';
import { Deque } from './deque.ts';

interface Channel {
  /** Bytes, of each direction. */
  readonly capacity: number;
  readonly ends: readonly [End, End];
}

interface End {
  /** Sessions that hold it themselves. */
  readonly users: Set<string>;
  /** Holders that have an id, such as a copy on its way to another process; and the session to which each belongs. */
  readonly copies: Map<string, string>;
  isGone: boolean;
  /** What is to be received at it. */
  readonly inbox: Deque<Value>;
  /** Of the inbox. */
  bytes: number;
}

type Which = 0 | 1;

const DEFAULT_CAPACITY = 2 ** 20;
/** What a message takes besides itself, bytes: its place. */
const MESSAGE_BYTES = 8;

/** Who waits at each end with a message for room at the other one. While anybody does, there is none. */
const SENDERS = ['send 0', 'send 1'] as const;
/** Who waits at each end for a message. While anybody does, there is none. */
const RECEIVERS = ['receive 0', 'receive 1'] as const;
/** Who waits at each end to know that there is something to receive, or nothing to wait for. */
const POLLERS = ['poll 0', 'poll 1'] as const;

export const channel: ObjectType = defineType<'channel', Channel>('channel', {
  create: ([capacity]) => ({
    capacity: optional('capacity', capacity, positive) ?? DEFAULT_CAPACITY,
    ends: [newEnd([]), newEnd([])],
  }),
  // Everything that uses an end says which, and by which holder: the session itself where there is none.
  operations: {
    /** `[end, holder?, message]`. Waits for room. */
    send: store((state, [end, holder, message], call) => {
      const at = whichOf(end);
      const id = holderOf(state, at, holder, call);
      if (state.ends[otherOf(at)].isGone) throw nobodyReceives(at, call);
      hold(state, at, id, call);
      if (accept(state, otherOf(at), message, call)) return undefined;
      call.grow(bytesOf(message));
      return call.park(SENDERS[at]);
    }),
    /** `[end, holder?]` -> the message. Waits for one. */
    receive: write((state, [end, holder], call) => {
      const at = whichOf(end);
      const id = holderOf(state, at, holder, call);
      const { inbox } = state.ends[at];
      if (inbox.length === 0 && state.ends[otherOf(at)].isGone) throw nothingLeft(at, call);
      hold(state, at, id, call);
      return inbox.length === 0 ? call.park(RECEIVERS[at]) : next(state, at, call);
    }),
    /** `[end, holder?, whether to wait]` -> whether `receive` would not wait. */
    poll: write((state, [end, holder, waits], call) => {
      const at = whichOf(end);
      const mayWait = optional('whether to wait', waits, boolean) ?? false;
      hold(state, at, holderOf(state, at, holder, call), call);
      if (state.ends[at].inbox.length > 0 || state.ends[otherOf(at)].isGone) return true;
      return mayWait ? call.park(POLLERS[at]) : false;
    }),
    /** `[end, holder?]`: holds it, and does nothing else. */
    open: write((state, [end, holder], call) => {
      const at = whichOf(end);
      hold(state, at, holderOf(state, at, holder, call), call);
      return undefined;
    }),
    /** `[end, holder]`: another holder, the caller's until it is used elsewhere. Whoever uses it already keeps it. */
    lend: store((state, [end, holder], call) => {
      const at = whichOf(end);
      const ticket = text('the holder', holder);
      const id = holderOf(state, at, ticket, call);
      if (!state.ends[at].copies.has(ticket)) hold(state, at, id, call);
      return undefined;
    }),
    /** `[end, holder?]` -> whether it has held the end. */
    close: write((state, [end, holder], call) => {
      const at = whichOf(end);
      const { users, copies } = state.ends[at];
      const id = optional('the holder', holder, text);
      const session = id === undefined ? call.session : copies.get(id);
      const held = id === undefined ? users.delete(call.session) : copies.delete(id);
      if (!held || session === undefined) return false;
      if (id !== undefined) call.grow(-sizeOf(id));
      unholdUnused(state, session, call);
      goUnlessHeld(state, at, call);
      return true;
    }),
    /** `[end]` -> how many messages there are to receive. */
    pending: read((state, [end]) => state.ends[whichOf(end)].inbox.length),
  },
  sessionEnded(state, session, call) {
    // First all that it held, so that what one end leaves is not decided by what is about to go at the other.
    const left = ([0, 1] as const).filter((at) => forget(state.ends[at], session, call));
    for (const at of left) goUnlessHeld(state, at, call);
  },
  abandoned(state, { lane, args: [, , message] }, _why, call) {
    const at = lane === SENDERS[0] ? 0 : lane === SENDERS[1] ? 1 : undefined;
    if (at === undefined) return;
    call.grow(-bytesOf(message));
    // It may have been the one that was too large for the room that there is.
    letIn(state, otherOf(at), call);
  },
  // Those who wait are not part of the state: they move as waiters.
  dump: ({ capacity, ends }): Dump => [
    capacity,
    ...ends.map(
      ({ users, copies, isGone, inbox }) => [[...users], [...copies], isGone, [...inbox]] satisfies EndDump,
    ),
  ],
  restore(data) {
    const [capacity, ...ends] = data as Dump;
    const [first, second] = ends.map(([users, copies, isGone, inbox]) => {
      const end = newEnd(inbox);
      for (const session of users) end.users.add(session);
      for (const [holder, session] of copies) end.copies.set(holder, session);
      end.isGone = isGone;
      return end;
    });
    return { capacity, ends: [first!, second!] };
  },
});

type EndDump = [
  users: readonly string[],
  copies: readonly (readonly [string, string])[],
  isGone: boolean,
  inbox: readonly Value[],
];
type Dump = readonly [capacity: number, ...ends: EndDump[]];

function newEnd(inbox: readonly Value[]): End {
  let bytes = 0;
  for (const message of inbox) bytes += bytesOf(message);
  return { users: new Set(), copies: new Map(), isGone: false, inbox: new Deque(inbox), bytes };
}

// Holders

/** Who uses an end. @throws {Refusal} if that is over */
function holderOf({ ends }: Channel, at: Which, holder: Value, call: StepContext): string | undefined {
  if (ends[at].isGone) throw isOver(at, call);
  return optional('the holder', holder, text);
}

/** From now on the caller holds the end, as this holder. */
function hold(state: Channel, at: Which, id: string | undefined, call: StepContext): void {
  const { users, copies } = state.ends[at];
  const { session } = call;
  if (id === undefined) {
    if (users.has(session)) return;
    users.add(session);
  } else {
    const before = copies.get(id);
    if (before === session) return;
    // It has come to where it was sent: it goes with who has it now.
    copies.set(id, session);
    if (before === undefined) call.grow(sizeOf(id));
    else unholdUnused(state, before, call);
  }
  call.hold(session);
}

/** Takes all away that a session has of an end; whether there was anything. */
function forget({ users, copies }: End, session: string, call: StepContext): boolean {
  let had = users.delete(session);
  for (const [holder, its] of copies) {
    if (its !== session) continue;
    had = copies.delete(holder);
    call.grow(-sizeOf(holder));
  }
  return had;
}

function unholdUnused({ ends }: Channel, session: string, call: StepContext): void {
  for (const { users, copies } of ends) {
    if (users.has(session)) return;
    for (const its of copies.values()) if (its === session) return;
  }
  call.unhold(session);
}

/** C3, C4. To be asked when a holder has gone. */
function goUnlessHeld(state: Channel, at: Which, call: StepContext): void {
  const end = state.ends[at];
  if (end.isGone || end.users.size > 0 || end.copies.size > 0) return;
  const other = otherOf(at);
  end.isGone = true;
  call.grow(-end.bytes);
  end.bytes = 0;
  end.inbox.clear();
  // While anybody waits to receive there is nothing to receive.
  for (const waiter of call.all(RECEIVERS[other])) call.refuse(waiter, nothingLeft(other, call));
  for (const waiter of call.all(POLLERS[other])) call.answer(waiter, true);
  refuseSenders(other, nobodyReceives(other, call), call);
  // Who has closed its own end under one that waits at it.
  for (const lane of [RECEIVERS[at], POLLERS[at]])
    for (const waiter of call.all(lane)) call.refuse(waiter, isOver(at, call));
  refuseSenders(at, isOver(at, call), call);
}

function refuseSenders(at: Which, refusal: Refusal, call: StepContext): void {
  for (const waiter of call.all(SENDERS[at])) {
    call.grow(-bytesOf(waiter.args[2]));
    call.refuse(waiter, refusal);
  }
}

// Messages

/** Gives a message to who waits for it at an end, or keeps it there if there is room. */
function accept(state: Channel, at: Which, message: Value, call: StepContext): boolean {
  const receiver = call.first(RECEIVERS[at]);
  if (receiver !== undefined) {
    call.answer(receiver, message);
    return true;
  }
  // Those who came before go first, also where this one is small enough.
  if (call.waiting(SENDERS[otherOf(at)]) > 0 || !hasRoom(state, at, message)) return false;
  call.grow(bytesOf(message));
  keep(state.ends[at], at, message, call);
  return true;
}

function hasRoom({ capacity, ends }: Channel, at: Which, message: Value): boolean {
  const { inbox, bytes } = ends[at];
  return inbox.length === 0 || bytes + bytesOf(message) <= capacity;
}

/** Its bytes have been counted as the object's. */
function keep(end: End, at: Which, message: Value, call: StepContext): void {
  end.inbox.push(message);
  end.bytes += bytesOf(message);
  for (const waiter of call.all(POLLERS[at])) call.answer(waiter, true);
}

/** Takes the next message of an end that has one; its room goes to who waits for it. */
function next(state: Channel, at: Which, call: StepContext): Value {
  const end = state.ends[at];
  const message = end.inbox.shift();
  end.bytes -= bytesOf(message);
  call.grow(-bytesOf(message));
  letIn(state, at, call);
  return message;
}

/** Those who wait with a message for an end send it, as long as there is room. */
function letIn(state: Channel, at: Which, call: StepContext): void {
  for (;;) {
    const sender = call.first(SENDERS[otherOf(at)]);
    if (sender === undefined || !hasRoom(state, at, sender.args[2])) return;
    // Its bytes are counted since it waits.
    keep(state.ends[at], at, sender.args[2], call);
    call.answer(sender, undefined);
  }
}

function bytesOf(message: Value): number {
  return MESSAGE_BYTES + sizeOf(message);
}

function whichOf(end: Value): Which {
  const at = count('the end', end);
  if (at === 0 || at === 1) return at;
  throw bad('the end', '0 or 1', end);
}

function otherOf(at: Which): Which {
  return at === 0 ? 1 : 0;
}

function nothingLeft(at: Which, call: StepContext): Refusal {
  return new Refusal(
    'end-of-channel',
    `channel ${JSON.stringify(call.key)}: end ${otherOf(at)} is gone, and all that it has sent was received`,
  );
}

function nobodyReceives(at: Which, call: StepContext): Refusal {
  return new Refusal(
    'broken-channel',
    `channel ${JSON.stringify(call.key)}: end ${otherOf(at)} is gone, nobody would receive what end ${at} sends`,
  );
}

function isOver(at: Which, call: StepContext): Refusal {
  return new Refusal(
    'broken-channel',
    `end ${at} of channel ${JSON.stringify(call.key)} is gone: all who held it have closed it, or have ended`,
  );
}
