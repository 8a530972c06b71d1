/** What objects have in common at which parties meet round after round: which round a call means, and as whom. */
import { Refusal } from '../engine/refusal.ts';
import type { Value } from '../value/value.ts';
import { bad, count, optional } from './arguments.ts';

/** Rounds whose outcome is kept for calls that run again. */
export const KEPT_ROUNDS = 64;

/** Who calls, and for which round. */
export interface Place {
  /** From 0; `undefined`: anybody, each call is another party. */
  readonly rank: number | undefined;
  /** From 0; `undefined`: the current one. */
  readonly round: number | undefined;
}

export function placeOf(rank: Value, round: Value, parties: number): Place {
  const place = { rank: optional('the rank', rank, count), round: optional('the round', round, count) };
  if (place.rank !== undefined && place.rank >= parties)
    throw bad('the rank', `0 to ${parties - 1}, as there are ${parties} parties`, rank);
  return place;
}

/**
 * The kept outcome of an earlier round, if that is what the call means; `undefined`: it takes part in the current one.
 * @throws {Refusal} for a round that has not begun, and for one whose outcome cannot be given
 */
export function pastOutcome<O>(
  what: string,
  { rank, round }: Place,
  current: number,
  outcomes: ReadonlyMap<number, O>,
): O | undefined {
  if (round === undefined || round === current) return undefined;
  if (round > current)
    throw new Refusal('bad-argument', `round ${round} has not begun: the ${what} is in round ${current}`);
  if (rank === undefined)
    throw new Refusal(
      'bad-argument',
      `round ${round} is over, the ${what} is in round ${current}: only a call with a rank can ask for what it came to`,
    );
  const outcome = outcomes.get(round);
  if (outcome === undefined)
    throw new Refusal(
      'outcome-unknown',
      `round ${round} is over, and what it came to is not kept: the ${what} is in round ${current}, and keeps at most the last ${KEPT_ROUNDS}`,
    );
  return outcome;
}
