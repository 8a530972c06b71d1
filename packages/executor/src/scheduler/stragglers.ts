/** Calls that take much longer than the others of their job: where workers are free, a second attempt may overtake them. */
import { isSettled } from '../job/call-table.ts';
import type { Link, Message } from './link.ts';
import type { Pace } from './pace.ts';

/** Between two looks for stragglers, milliseconds. */
export const STRAGGLER_LOOK_MS = 100;
/** What is shorter than this is never a straggler, milliseconds. */
const LEAST_MS = 200;
/** How many times as long as the others a straggler takes. */
const TIMES_AS_LONG = 3;

/**
 * A message of the job whose calls take too long and run nowhere else; its calls that have no outcome.
 *
 * @param overtaken by call, the attempt that has been overtaken: once is enough, or a call that never ends would never fail
 */
export function stragglerOf(
  links: Iterable<Link>,
  job: Message['job'],
  pace: Pace,
  overtaken: ReadonlyMap<number, number>,
): { readonly message: Message; readonly indexes: number[] } | undefined {
  const typical = pace.typicalMs;
  if (typical === undefined) return undefined;
  const messages = [...links].flatMap((link) => link.messages.filter((message) => message.job === job));
  for (const message of messages) {
    const allowed = Math.max(LEAST_MS, TIMES_AS_LONG * typical * message.indexes.length);
    if (message.sentTstamp === 0 || Date.now() - message.sentTstamp < allowed) continue;
    const indexes = message.indexes.filter(
      (index) =>
        !isSettled(job.table.state(index)) &&
        overtaken.get(index) !== message.attempt &&
        !messages.some((other) => other !== message && other.indexes.includes(index)),
    );
    if (indexes.length > 0) return { message, indexes };
  }
  return undefined;
}
