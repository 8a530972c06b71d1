/** What the death of a worker means for the calls that it had: one of them ran, the others go on elsewhere. */
import type { Exit } from '../backend/backend.ts';
import { type LossReason, WorkerLostError } from '../errors.ts';
import { isSettled } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import type { Link, Message } from './link.ts';

export interface Verdict {
  /** The call that ran when the worker died, and with it. */
  readonly lost: { readonly message: Message; readonly index: number } | undefined;
  /** Calls that are to run elsewhere. */
  readonly again: readonly { readonly message: Message; readonly indexes: readonly number[] }[];
  /** One of `again` was running, and nobody can tell which: each is to run alone. */
  readonly suspect: boolean;
}

/**
 * An agent names the call that runs when user code ends the process. After a kill from elsewhere it is the first call
 * without an outcome, unless the job's calls are so brief that some may have ended with their outcomes not on the way.
 */
export function judge(link: Link, isBrief: (job: JobCore) => boolean): Verdict {
  const open = link.messages
    .map((message) => ({ message, indexes: unsettled(message) }))
    .filter(({ indexes }) => indexes.length > 0);
  const [first] = open;
  let lost: Verdict['lost'];
  let suspect = false;
  if (link.leaving !== undefined) {
    const named = link.leaving.running;
    const at = open.find(
      ({ message: { job }, indexes }) => job.number === named?.job && indexes.includes(named.index),
    );
    lost = at && named && { message: at.message, index: named.index };
  } else if (link.ready && first !== undefined) {
    const single = open.length === 1 && first.indexes.length === 1;
    const known = !link.reusable || single || !isBrief(first.message.job);
    if (known) lost = { message: first.message, index: first.indexes[0]! };
    else suspect = true;
  }
  const again = open
    .map(({ message, indexes }) => ({
      message,
      indexes: indexes.filter((index) => lost?.message !== message || lost.index !== index),
    }))
    .filter(({ indexes }) => indexes.length > 0);
  return { lost, again, suspect };
}

function unsettled(message: Message): number[] {
  return message.indexes.filter((index) => !isSettled(message.job.table.state(index)));
}

/** How the worker died, in words and in fields. */
export function lostError(link: Link, exit: Exit, call: string): WorkerLostError {
  const exitCode = link.leaving?.exitCode ?? exit.code;
  const reason: LossReason = exit.error !== undefined ? 'start' : exit.signal !== null ? 'signal' : 'exit';
  return new WorkerLostError(
    `worker ${link.name} died while it ran call ${call}: ${howItEnded({ ...exit, code: exitCode })}`,
    {
      reason,
      exitCode,
      signal: exit.signal,
    },
  );
}

export function howItEnded({ code, signal, error }: Exit): string {
  if (error !== undefined) return error.message;
  return signal !== null ? `it was killed by ${signal}` : `it left with exit code ${code}`;
}
