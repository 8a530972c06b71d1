/**
 * Futures that travel. Whoever ships a function or an argument that holds futures waits for their outcomes and sends
 * those along: a worker never waits for another call, so none can wait for ever.
 */
import type { CallState } from './call-table.ts';

/** What becomes of a future in a message: the outcome of a call. */
export interface DeliveredOutcome {
  readonly state: CallState;
  /** The result, or the error. */
  readonly value: unknown;
}

/** By which a call is known to the workers of its executor. */
export interface CallReference {
  readonly executorId: string;
  readonly jobId: string;
  readonly index: number;
}

export const nameOfCall = ({ executorId, jobId, index }: CallReference): string =>
  `${executorId}-${jobId}-${String(index).padStart(5, '0')}`;

const slot = Symbol.for('skein.executor@0.delivered');

/** Outcomes that have come to this process, by the names of their calls; one table for all copies of the package. */
export function delivered(): Map<string, DeliveredOutcome> {
  const holder = process as unknown as Record<symbol, Map<string, DeliveredOutcome> | undefined>;
  holder[slot] ??= new Map();
  return holder[slot];
}
