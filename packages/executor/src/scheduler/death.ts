/** What the death of a worker means for the calls that it had: exactly one of them ran, the others go on elsewhere. */
import type { Exit } from '../backend/backend.ts';
import { type LossReason, WorkerLostError } from '../errors.ts';
import { isSettled } from '../job/call-table.ts';
import type { Link, Message } from './link.ts';

export interface Verdict {
  /** The call that ran when the worker died, and with it. */
  readonly lost: { readonly message: Message; readonly index: number } | undefined;
  /** Calls that did not run, or of which one ran and nobody can tell which: to be run by themselves. */
  readonly again: readonly { readonly message: Message; readonly indexes: readonly number[] }[];
}

/**
 * An agent reports calls in the order in which it runs them and names the one that runs when user code leaves the
 * process. So after a plain kill the first call without an outcome is the one that ran, except within a message of
 * several calls, where calls shorter than a millisecond are reported together.
 */
export function judge(link: Link): Verdict {
  const open = link.messages
    .map((message) => ({ message, indexes: unsettled(message) }))
    .filter(({ indexes }) => indexes.length > 0);
  const lost = link.ready ? running(link, open) : undefined;
  const again = open.map(({ message, indexes }) => ({
    message,
    indexes: indexes.filter((index) => lost?.message !== message || lost.index !== index),
  }));
  return { lost, again: again.filter(({ indexes }) => indexes.length > 0) };
}

function running(
  link: Link,
  open: readonly { message: Message; indexes: readonly number[] }[],
): Verdict['lost'] {
  if (link.leaving !== undefined) {
    const named = link.leaving.running;
    const found = open.find(
      ({ message, indexes }) => message.job.number === named?.job && indexes.includes(named.index),
    );
    return found && named && { message: found.message, index: named.index };
  }
  const first = open[0];
  if (first === undefined) return undefined;
  const exact = !link.reusable || first.indexes.length === 1;
  return exact ? { message: first.message, index: first.indexes[0]! } : undefined;
}

function unsettled(message: Message): number[] {
  return message.indexes.filter((index) => !isSettled(message.job.table.state(index)));
}

/** How the worker died, in words and in fields. */
export function lostError(link: Link, exit: Exit, call: string): WorkerLostError {
  const exitCode = link.leaving?.exitCode ?? exit.code;
  const reason: LossReason = exit.error !== undefined ? 'start' : exit.signal !== null ? 'signal' : 'exit';
  const how =
    exit.error !== undefined
      ? exit.error.message
      : exit.signal !== null
        ? `it was killed by ${exit.signal}`
        : `it left with exit code ${exitCode}`;
  return new WorkerLostError(`worker ${link.name} died while it ran call ${call}: ${how}`, {
    reason,
    exitCode,
    signal: exit.signal,
  });
}
