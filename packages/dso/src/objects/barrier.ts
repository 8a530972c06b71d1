/**
 * A cyclic barrier: parties wait until all have come, then all pass, and the next generation begins.
 *
 * - B1 Nobody passes before all parties of its generation have come.
 * - B2 A generation passes as a whole or breaks as a whole; a broken barrier lets nobody pass until it is reset.
 * - B3 A rank counts once in a generation, and gets the same answer however often its call runs.
 */
import { defineType } from '../engine/define-type.ts';
import { type ObjectType, PARKED, read, type StepContext, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import type { Waiter } from '../engine/waiter.ts';
import type { Value } from '../value/value.ts';
import { boolean, count, optional, positive, text } from './arguments.ts';
import { KEPT_ROUNDS, pastOutcome, placeOf } from './rounds.ts';

interface Barrier {
  readonly parties: number;
  generation: number;
  /** Parties that have come to this generation. */
  arrived: number;
  /** The arrival index of each rank that has come to this generation. */
  ranks: Map<number, number>;
  /** Everybody has come, and one of them runs the action before anybody passes. */
  acting: { readonly session: string; readonly rank: number | undefined; readonly index: number } | undefined;
  /** Why it is broken. */
  broken: string | undefined;
  /** What the last generations came to, by their number. */
  readonly outcomes: Map<number, Outcome>;
}

interface Outcome {
  readonly ranks: ReadonlyMap<number, number>;
  readonly broken: string | undefined;
}

/** What a waiter has with it. */
interface Seat {
  readonly rank: number | undefined;
  /** Its place in the order of arrival. */
  readonly index: number;
  readonly hasAction: boolean;
}

/** Those who have come to this generation. */
const WAITING = 'wait';
/** Those who came while its action ran: they belong to the next. */
const EARLY = 'early';
/** The party that runs the action says here until when it may take. */
const ACTING = 'acting';

export const barrier: ObjectType = defineType<'barrier', Barrier>('barrier', {
  create([parties]) {
    if (parties === undefined)
      throw new Refusal(
        'bad-argument',
        'a barrier is made with a number of parties: barrier(key, { parties })',
      );
    return {
      parties: positive('parties', parties),
      generation: 0,
      arrived: 0,
      ranks: new Map(),
      acting: undefined,
      broken: undefined,
      outcomes: new Map(),
    };
  },
  operations: {
    /** `[rank?, round?, hasAction?]` -> `[index, generation]`, or `['action', generation]`: run it, then proceed or fail. */
    wait: write((state, [rank, round, hasAction], call) => {
      const place = placeOf(rank, round, state.parties);
      const withAction = optional('whether there is an action', hasAction, boolean) ?? false;
      const past = pastOutcome('barrier', place, state.generation, state.outcomes);
      if (past !== undefined) return answerOf(past, place.rank!, place.round!);
      if (state.broken !== undefined) throw brokenRefusal(state.broken);
      const known = place.rank === undefined ? undefined : state.ranks.get(place.rank);
      if (known !== undefined)
        return call.park(WAITING, { rank: place.rank, index: known, hasAction: withAction } satisfies Seat);
      if (state.acting !== undefined)
        return call.park(EARLY, { rank: place.rank, index: 0, hasAction: withAction } satisfies Seat);
      call.park(WAITING, sit(state, place.rank, withAction));
      if (state.arrived === state.parties) complete(state, call);
      return PARKED;
    }),
    /** Waits until the action has come to its end; its deadline is the action's. */
    acting: write((state, [generation], call) => {
      mayAct(state, generation, call);
      return call.park(ACTING);
    }),
    /** The action has run: all pass. `[index, generation]`, as `wait` gives it. */
    proceed: write((state, [generation], call) => {
      const { index } = mayAct(state, generation, call);
      const reply: Value = [index, state.generation];
      pass(state, call);
      seatEarly(state, call);
      return reply;
    }),
    /** The action has not done what it should. */
    fail: write((state, [generation, message], call) => {
      const why = text('the message', message);
      mayAct(state, generation, call);
      breakIt(state, `the action failed: ${why}`, call);
      return undefined;
    }),
    /** Mends it; whoever waits is told that it broke. Gives the number of the generation that begins. */
    reset: write((state, _args, call) => {
      if (state.broken === undefined && state.arrived === 0) return state.generation;
      if (state.broken === undefined) breakIt(state, 'it was reset', call);
      state.broken = undefined;
      begin(state);
      return state.generation;
    }),
    abort: write((state, _args, call) => {
      if (state.broken === undefined) breakIt(state, 'it was aborted', call);
      return undefined;
    }),
    /** `[parties, how many wait, generation, why it is broken]` */
    status: read((state) => [
      state.parties,
      state.broken === undefined ? state.arrived : 0,
      state.generation,
      state.broken,
    ]),
  },
  abandoned(state, waiter, why, call) {
    if (waiter.lane === EARLY || state.broken !== undefined) return;
    if (waiter.lane === WAITING) {
      const { rank } = waiter.data as Seat;
      // Another call of the same rank waits on for both.
      if (rank !== undefined && seated(rank, call)) return;
    }
    breakIt(state, reasonOf(waiter, why), call);
  },
  sessionEnded(state, session, call) {
    if (state.acting?.session === session) breakIt(state, 'the session ended that ran the action', call);
  },
});

function sit(state: Barrier, rank: number | undefined, hasAction: boolean): Seat {
  const index = state.arrived++;
  if (rank !== undefined) state.ranks.set(rank, index);
  return { rank, index, hasAction };
}

/** All have come. */
function complete(state: Barrier, call: StepContext): void {
  let actor: Waiter | undefined;
  for (const waiter of call.all(WAITING)) if ((waiter.data as Seat).hasAction) actor = waiter;
  if (actor === undefined) {
    pass(state, call);
    return;
  }
  const { rank, index } = actor.data as Seat;
  state.acting = { session: actor.session.id, rank, index };
  call.hold(actor.session.id);
  call.answer(actor, ['action', state.generation]);
}

/** B1: only called when all have come, and the action, if there is one, has run. */
function pass(state: Barrier, call: StepContext): void {
  const { generation } = state;
  endAction(state, true, call);
  remember(state, undefined);
  const passing = [...call.all(WAITING)];
  begin(state);
  for (const waiter of passing) call.answer(waiter, [(waiter.data as Seat).index, generation]);
}

/** Those who came while the action ran take their seats, and may be all again, more than once. */
function seatEarly(state: Barrier, call: StepContext): void {
  for (const waiter of [...call.all(EARLY)]) {
    const { rank, hasAction } = waiter.data as Seat;
    const known = rank === undefined ? undefined : state.ranks.get(rank);
    // The next action has begun already: the rest waits for the generation after it.
    if (state.acting !== undefined && known === undefined) continue;
    waiter.data = known === undefined ? sit(state, rank, hasAction) : { rank, index: known, hasAction };
    call.move(waiter, WAITING);
    if (known === undefined && state.arrived === state.parties) complete(state, call);
  }
}

function breakIt(state: Barrier, why: string, call: StepContext): void {
  state.broken = why;
  remember(state, why);
  endAction(state, brokenRefusal(why), call);
  for (const lane of [WAITING, EARLY]) {
    for (const waiter of call.all(lane)) call.refuse(waiter, brokenRefusal(why));
  }
}

function begin(state: Barrier): void {
  state.generation++;
  state.arrived = 0;
  state.ranks = new Map();
}

function endAction(state: Barrier, reply: true | Refusal, call: StepContext): void {
  const { acting } = state;
  if (acting === undefined) return;
  state.acting = undefined;
  call.unhold(acting.session);
  for (const waiter of call.all(ACTING)) {
    if (reply === true) call.answer(waiter, true);
    else call.refuse(waiter, reply);
  }
}

function remember(state: Barrier, broken: string | undefined): void {
  state.outcomes.set(state.generation, { ranks: state.ranks, broken });
  state.outcomes.delete(state.generation - KEPT_ROUNDS);
}

/** B3: a rank's first answer, again. */
function answerOf(outcome: Outcome, rank: number, round: number): Value {
  if (outcome.broken !== undefined) throw brokenRefusal(outcome.broken);
  const index = outcome.ranks.get(rank);
  if (index === undefined)
    throw new Refusal('bad-argument', `rank ${rank} has not taken part in round ${round}, which is over`);
  return [index, round];
}

function mayAct(state: Barrier, generation: Value, call: StepContext): NonNullable<Barrier['acting']> {
  const wanted = count('the generation', generation);
  if (state.acting !== undefined && state.generation === wanted && state.acting.session === call.session)
    return state.acting;
  const outcome =
    wanted === state.generation && state.broken !== undefined
      ? state.broken
      : state.outcomes.get(wanted)?.broken;
  if (outcome !== undefined) throw brokenRefusal(outcome);
  throw new Refusal('not-holder', `this session does not run the action of generation ${wanted}`);
}

function seated(rank: number, call: StepContext): boolean {
  for (const waiter of call.all(WAITING)) if ((waiter.data as Seat).rank === rank) return true;
  return false;
}

function reasonOf(waiter: Waiter, why: 'timeout' | 'cancelled' | 'session-ended'): string {
  const { rank } = (waiter.data ?? {}) as Partial<Seat>;
  const who =
    waiter.lane === ACTING ? 'the action' : rank === undefined ? 'a party' : `the party of rank ${rank}`;
  switch (why) {
    case 'timeout':
      return `${who} timed out`;
    case 'cancelled':
      return `${who} was cancelled`;
    case 'session-ended':
      return `the session of ${who} ended`;
  }
}

function brokenRefusal(why: string): Refusal {
  return new Refusal('broken-barrier', `the barrier is broken: ${why}`, why);
}
