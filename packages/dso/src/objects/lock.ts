/**
 * Mutual exclusion, with conditions.
 *
 * - L1 One holder at a time: a session and a name within it, or a single acquisition that gave no name.
 * - L2 Each time that it is granted it has a higher token than before, so that what it protects can tell a holder of
 *   the past.
 * - L3 First come, first served. The end of a session frees what it holds.
 * - L4 A notification is not lost: if who got it goes before it has the lock again, it goes to the next.
 */
import { defineType } from '../engine/define-type.ts';
import { type ObjectType, PARKED, read, type StepContext, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import type { Waiter } from '../engine/waiter.ts';
import type { Value } from '../value/value.ts';
import { count, optional, positive, text } from './arguments.ts';

interface Lock {
  /** The last that was given. */
  token: number;
  holder: Holder | undefined;
}

interface Holder extends Claim {
  readonly session: string;
  readonly token: number;
  /** How often it has to be released. */
  depth: number;
}

/** What a waiter has with it. */
interface Claim {
  /** `undefined`: this acquisition is a holder of its own. */
  readonly name: string | undefined;
  readonly depth: number;
  /** It waits, or has waited, for this condition. */
  readonly condition?: string | undefined;
}

const QUEUE = 'acquire';

export const lock: ObjectType = defineType<'lock', Lock>('lock', {
  create: () => ({ token: 0, holder: undefined }),
  operations: {
    /** `[the token of who holds it, its depth, how many wait]` */
    status: read(({ holder }, _args, call) => [holder?.token, holder?.depth ?? 0, call.waiting(QUEUE)]),
    /**
     * `[holder's name?, depth?, token?]` -> `[token, depth]`. Whoever cannot know whether it has released the lock shows
     * the token that it had: if it has it still, nothing changes.
     */
    acquire: write((state, [name, depth, token], call) => {
      const claim = claimOf(name, depth);
      const { holder } = state;
      if (holder?.session === call.session && holder.token === optional('the token', token, positive))
        return [holder.token, holder.depth];
      return acquire(state, claim, call) ?? call.park(QUEUE, claim);
    }),
    tryAcquire: write((state, [name, depth], call) => acquire(state, claimOf(name, depth), call)),
    /** Gives how often it has to be released still. */
    release: write((state, [token], call) => {
      const holder = held(state, token, call);
      holder.depth--;
      if (holder.depth > 0) return holder.depth;
      free(state, call);
      return 0;
    }),
    /** Releases it as a whole, whoever holds it; whether anybody did. */
    releaseAny: write((state, _args, call) => {
      const isHeld = state.holder !== undefined;
      free(state, call);
      return isHeld;
    }),
    /** Releases it as a whole and waits to be notified; holds it again, as deep, when it is answered `[token, depth]`. */
    waitOn: write((state, [condition, token], call) => {
      const name = text('the condition', condition);
      const holder = held(state, token, call);
      const claim: Claim = { name: holder.name, depth: holder.depth, condition: name };
      call.park(laneOf(name), claim);
      free(state, call);
      return PARKED;
    }),
    /** Has so many of those who wait for the condition wait for the lock instead, or all; gives how many. */
    notify: write((state, [condition, token, most], call) => {
      const name = text('the condition', condition);
      const limit = optional('how many to notify', most, count) ?? Number.POSITIVE_INFINITY;
      held(state, token, call);
      let notified = 0;
      while (notified < limit && notifyNext(name, call)) notified++;
      return notified;
    }),
  },
  sessionEnded(state, session, call) {
    if (state.holder?.session === session) free(state, call);
  },
  abandoned(_state, waiter, _why, call) {
    const { condition } = waiter.data as Claim;
    // L4. The next one is not granted here: the lock is held, or nobody would have waited for it.
    if (condition !== undefined && waiter.lane === QUEUE) notifyNext(condition, call);
  },
});

function claimOf(name: Value, depth: Value): Claim {
  return {
    name: optional("the holder's name", name, text),
    depth: optional('the depth', depth, positive) ?? 1,
  };
}

/** `undefined`: it has to wait. */
function acquire(state: Lock, claim: Claim, call: StepContext): Value {
  const { holder } = state;
  if (holder === undefined) return grant(state, call.session, claim, call);
  if (!isHolder(holder, call.session, claim)) return undefined;
  holder.depth += claim.depth;
  return [holder.token, holder.depth];
}

function isHolder(holder: Holder, session: string, { name }: Claim): boolean {
  return name !== undefined && holder.name === name && holder.session === session;
}

function grant(state: Lock, session: string, { name, depth }: Claim, call: StepContext): Value {
  const token = ++state.token;
  state.holder = { session, name, token, depth };
  call.hold(session);
  return [token, depth];
}

function free(state: Lock, call: StepContext): void {
  const { holder } = state;
  if (holder === undefined) return;
  state.holder = undefined;
  call.unhold(holder.session);
  const next = call.first(QUEUE);
  if (next === undefined) return;
  call.answer(next, grant(state, next.session.id, next.data as Claim, call));
  enterAgain(state, call);
}

/** Those who wait as the very holder that now has it would be let in at once if they asked now. */
function enterAgain(state: Lock, call: StepContext): void {
  const holder = state.holder!;
  if (holder.name === undefined) return;
  for (const waiter of call.all(QUEUE)) {
    const claim = waiter.data as Claim;
    // Who comes back from a condition needs the lock for itself.
    if (claim.condition !== undefined || !isHolder(holder, waiter.session.id, claim)) continue;
    holder.depth += claim.depth;
    call.answer(waiter, [holder.token, holder.depth]);
  }
}

function notifyNext(condition: string, call: StepContext): boolean {
  const waiter: Waiter | undefined = call.first(laneOf(condition));
  if (waiter === undefined) return false;
  call.move(waiter, QUEUE);
  return true;
}

function laneOf(condition: string): string {
  return `condition ${condition}`;
}

/** @throws {Refusal} unless the caller's session holds the lock, with this token if it says one */
function held(state: Lock, token: Value, call: StepContext): Holder {
  const wanted = optional('the token', token, positive);
  const { holder } = state;
  if (holder?.session === call.session && (wanted === undefined || wanted === holder.token)) return holder;
  throw new Refusal('not-holder', notHolder(state, wanted, call), state.token);
}

function notHolder({ holder, token }: Lock, wanted: number | undefined, call: StepContext): string {
  const what = `lock ${JSON.stringify(call.key)}`;
  if (wanted !== undefined && wanted > token)
    return `${what} has never been granted with token ${wanted}: the last was ${token}`;
  const past = wanted === undefined ? '' : `token ${wanted} is of the past: `;
  if (holder === undefined)
    return `${past}${what} is not held: it was released, or the session that held it has ended`;
  if (wanted === holder.token || wanted === undefined)
    return `${what} is held by another session, with token ${holder.token}: only who acquired it can release it`;
  return `${past}${what} is held with token ${holder.token} now`;
}
