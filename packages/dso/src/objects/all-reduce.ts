/**
 * AllReduce: every party gives its part and gets the combination of all. Two messages a party.
 *
 * - A1 Nobody gets an answer before all parties of the round have given theirs, and all get the same one.
 * - A2 Ranks are combined in their order, whatever the order of arrival: sums of floating point numbers do not depend
 *   on who was faster. Without ranks it is the order of arrival.
 * - A3 When one of those who have joined goes, all of the round are told, and the next to come begin it afresh.
 * - A4 A rank counts once in a round, and gets the round's outcome however often its call runs.
 */
import { defineType } from '../engine/define-type.ts';
import {
  type ObjectType,
  type Operation,
  PARKED,
  read,
  type StepContext,
  store,
  write,
} from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import type { CodeReference, TaskOutcome } from '../engine/task.ts';
import { sameValue, sizeOf, type Value } from '../value/value.ts';
import { numbers as numberArray, positive, shown } from './arguments.ts';
import { codeReference } from './code.ts';
import { type KeptOutcome, keep } from './kept-outcomes.ts';
import { contribute, type Reduction, type ReductionOperator, reductionOperator } from './reduction.ts';
import { type Place, pastOutcome, placeOf } from './rounds.ts';

interface AllReduce {
  readonly parties: number;
  op: ReductionOperator | CodeReference;
  round: number;
  /** What has come to the current round; `undefined`: nothing yet. */
  current: Round | undefined;
  /** What rounds of ranks came to. */
  readonly outcomes: Map<number, KeptOutcome>;
}

/** One that has begun. */
interface Round {
  /** Whether its parties have ranks: all, or none. */
  readonly ranked: boolean;
  /** By rank, or by order of arrival. */
  readonly seats: Set<number>;
  /** How the numbers lie in the users' values: the same for all. */
  readonly shape: Value;
  /** How many numbers each gives; -1: values for a function. */
  readonly length: number;
  readonly reduction: Reduction;
  readonly values: Map<number, Value>;
  /** What all this takes, bytes. */
  bytes: number;
  /** All have come, and the function runs. */
  folding: boolean;
}

const WAITING = 'reduce';

export const allReduce: ObjectType = defineType<'allReduce', AllReduce>('allReduce', {
  create([parties, op]) {
    if (parties === undefined || op === undefined)
      throw new Refusal(
        'bad-argument',
        'an allReduce is made with a number of parties and an operator: allReduce(key, { parties, op })',
      );
    return {
      parties: positive('parties', parties),
      op: Array.isArray(op) ? codeReference('op', op) : reductionOperator('op', op),
      round: 0,
      current: undefined,
      outcomes: new Map(),
    };
  },
  // A function may have been written anew, or have captured other values: the newest is used.
  sameConfig: ([parties, op], [askedParties, askedOp]) =>
    (askedParties === undefined || askedParties === parties) &&
    (askedOp === undefined || askedOp === op || (Array.isArray(op) && Array.isArray(askedOp))),
  reconfigured(state, [, op]) {
    if (Array.isArray(op)) state.op = codeReference('op', op);
  },
  codes: ([, op]) => (Array.isArray(op) ? [codeReference('op', op)] : []),
  operations: {
    /**
     * `[rank?, round?, shape, Float64Array]` -> `[Float64Array, round]`; for a function
     * `[rank?, round?, undefined, value]` -> `[value, round]`.
     */
    reduce: lean(
      store((state, [rank, round, shape, part], call) => {
        const place = placeOf(rank, round, state.parties);
        const past = pastOutcome('allReduce', place, state.round, state.outcomes);
        if (past !== undefined) {
          sameShape(state, past, shape, part, place.round!);
          return past.reply;
        }
        const seat = join(state, place, shape, part, call);
        call.park(WAITING, seat);
        if (state.current?.seats.size === state.parties && !state.current.folding) complete(state, call);
        return PARKED;
      }),
    ),
    /** The round begins afresh; whoever waits is told so. Gives its number. */
    reset: write((state, _args, call) => {
      breakRound(state, broken('it was reset'), call);
      return state.round;
    }),
    /** `[parties, how many have come, round]` */
    status: read((state) => [state.parties, state.current?.seats.size ?? 0, state.round]),
  },
  abandoned(state, waiter, why, call) {
    const round = state.current;
    // Once all have come their parts are in: who goes then only misses the answer.
    if (round === undefined || round.folding) return;
    const seat = waiter.data as number;
    // Another call of the same rank waits on for both.
    if (round.ranked) for (const other of call.all(WAITING)) if (other.data === seat) return;
    const who = round.ranked ? `the party of rank ${seat}` : 'a party';
    const what =
      why === 'timeout'
        ? `${who} timed out`
        : why === 'cancelled'
          ? `${who} was cancelled`
          : `the session of ${who} ended`;
    breakRound(state, broken(what), call);
  },
  finished(state, _task, outcome, call) {
    const round = state.current;
    // It was reset meanwhile.
    if (round?.folding !== true) return;
    if (outcome.kind === 'done' && outcome.results.length === 1)
      settle(state, round, outcome.results[0], call);
    else breakRound(state, failure(outcome), call);
  },
});

function lean(operation: Operation<AllReduce>): Operation<AllReduce> {
  return { ...operation, lean: true };
}

/** Takes a party's part; a rank's second one is not looked at (A4). */
function join(state: AllReduce, { rank }: Place, shape: Value, part: Value, call: StepContext): number {
  const numbers = typeof state.op === 'string' ? numberArray('the numbers', part) : undefined;
  const length = numbers?.length ?? -1;
  const round = state.current;
  if (round !== undefined) {
    if (round.ranked !== (rank !== undefined))
      throw new Refusal(
        'bad-argument',
        `the parties of round ${state.round} that came first have ${round.ranked ? 'ranks' : 'no ranks'}, this one has ${round.ranked ? 'none' : `rank ${rank}`}: give all of them ranks, or none`,
      );
    sameShape(state, round, shape, part, state.round);
    if (rank !== undefined && round.seats.has(rank)) return rank;
    return take(state, round, rank ?? round.seats.size, numbers, part, call);
  }
  state.current = {
    ranked: rank !== undefined,
    seats: new Set(),
    shape,
    length,
    reduction: { total: undefined, next: 0, early: new Map() },
    values: new Map(),
    bytes: 0,
    folding: false,
  };
  return take(state, state.current, rank ?? 0, numbers, part, call);
}

function take(
  state: AllReduce,
  round: Round,
  seat: number,
  numbers: Float64Array | undefined,
  part: Value,
  call: StepContext,
): number {
  round.seats.add(seat);
  let grown: number;
  if (numbers === undefined) {
    round.values.set(seat, part);
    grown = sizeOf(part);
  } else grown = contribute(round.reduction, state.op as ReductionOperator, seat, numbers);
  round.bytes += grown;
  call.grow(grown);
  return seat;
}

/** @throws {Refusal} when the part is not built as the others are; the round is none the worse for it */
function sameShape(
  state: AllReduce,
  other: { readonly shape: Value; readonly length: number },
  shape: Value,
  part: Value,
  round: number,
): void {
  if (typeof state.op !== 'string') return;
  const { length } = numberArray('the numbers', part);
  if (sameValue(shape, other.shape) && length === other.length) return;
  const described = (one: Value, count: number): string =>
    typeof one === 'string' ? (one.length > 200 ? `${one.slice(0, 200)}…` : one) : `${count} numbers`;
  throw new Refusal(
    'bad-argument',
    `the parts of a round have to be built alike: in round ${round} they are ${described(other.shape, other.length)}, this one is ${described(shape, length)}`,
  );
}

/** All have come. */
function complete(state: AllReduce, call: StepContext): void {
  const round = state.current!;
  if (typeof state.op === 'string') {
    settle(state, round, round.reduction.total, call);
    return;
  }
  const values = [...round.values].sort(([a], [b]) => a - b).map(([, value]) => value);
  round.folding = true;
  call.begin({ kind: 'fold', code: state.op, values });
}

/** A1: one answer, the same object for all of them. */
function settle(state: AllReduce, round: Round, result: Value, call: StepContext): void {
  const reply: Value = [result, state.round];
  const { shape, length } = round;
  state.current = undefined;
  call.grow(-round.bytes);
  if (round.ranked) keep(state.outcomes, state.round, { reply, shape, length, bytes: sizeOf(reply) }, call);
  state.round++;
  for (const waiter of call.all(WAITING)) call.answer(waiter, reply);
}

/** A3 */
function breakRound(state: AllReduce, refusal: Refusal, call: StepContext): void {
  const round = state.current;
  if (round === undefined) return;
  state.current = undefined;
  call.grow(-round.bytes);
  for (const waiter of call.all(WAITING)) call.refuse(waiter, refusal);
}

function broken(why: string): Refusal {
  return new Refusal(
    'broken-barrier',
    `the round is broken: ${why}; it begins afresh with the next to come`,
    why,
  );
}

function failure(outcome: TaskOutcome): Refusal {
  switch (outcome.kind) {
    case 'threw':
      return new Refusal('user-code-failed', 'the function that combines threw', outcome.error);
    case 'failed':
      return new Refusal(
        'user-code-failed',
        `the function that combines failed: ${outcome.message}`,
        outcome.code,
      );
    case 'done':
      return new Refusal('user-code-failed', `one result was expected, not ${shown(outcome.results)}`);
  }
}
