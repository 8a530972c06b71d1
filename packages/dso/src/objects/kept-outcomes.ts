import type { StepContext } from '../engine/object-type.ts';
import type { Value } from '../value/value.ts';
import { KEPT_ROUNDS } from './rounds.ts';

/** What a round of an AllReduce came to, for calls that run again. */
export interface KeptOutcome {
  readonly reply: Value;
  readonly shape: Value;
  readonly length: number;
  readonly bytes: number;
}

/** All outcomes of one object take at most so much; the last one is kept in any case. */
const MAX_BYTES = 32 * 2 ** 20;

/** Keeps an outcome, and lets go those that are too old or too many. */
export function keep(
  outcomes: Map<number, KeptOutcome>,
  round: number,
  outcome: KeptOutcome,
  call: StepContext,
): void {
  outcomes.set(round, outcome);
  call.grow(outcome.bytes);
  let bytes = 0;
  for (const { bytes: more } of outcomes.values()) bytes += more;
  // In the order in which they were set: the oldest first.
  for (const [old, { bytes: less }] of outcomes) {
    if (old === round || (outcomes.size <= KEPT_ROUNDS && bytes <= MAX_BYTES)) return;
    outcomes.delete(old);
    bytes -= less;
    call.grow(-less);
  }
}
