/** What the death of a worker means for the calls that it had: one of them ran, the others go on elsewhere. */
import type { Exit } from '../backend/backend.ts';
import { CallTimeoutError, type LossReason, WorkerLostError } from '../errors.ts';
import { type BatchStats, isSettled } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import { UNTOLD_EXIT_CODE } from '../wire/payload.ts';
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
  if (link.unwanted) {
    // Its call had its outcome: whatever waited behind it is untouched.
  } else if (link.leaving !== undefined) {
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

/** What killed a worker and its call, in words and in fields. */
export interface Death {
  readonly link: Link;
  readonly exit: Exit;
  /** The kernel has killed processes of this machine for their memory since the worker's death was not yet known. */
  readonly kernelOutOfMemory: boolean;
  /** Of the call, as its user limited it. */
  readonly timeoutMs: number | undefined;
}

export function lostError(death: Death, call: string): WorkerLostError | CallTimeoutError {
  const { link, exit, timeoutMs } = death;
  if (link.leaving?.overrun?.why === 'timeout')
    return new CallTimeoutError(
      `call ${call} ran longer than its timeoutMs, ${timeoutMs} ms, and was stopped`,
      timeoutMs ?? 0,
    );
  const exitCode = link.leaving?.exitCode ?? exit.code;
  const { reason, how } = causeOf(death, exitCode);
  return new WorkerLostError(
    `worker ${link.name} ${exit.cutOff === undefined ? 'died' : 'was given up'} while it ran call ${call}: ${how}`,
    { reason, exitCode, signal: exit.signal, cause: exit.cutOff?.cause },
  );
}

/** What is known of a call that died with its worker: when it was sent, and that it is gone. */
export function deathStats(link: Link, message: Message): BatchStats {
  return {
    worker: link.id,
    submitTstamp: message.sentTstamp,
    doneTstamp: Date.now(),
    calls: 1,
    attempt: message.attempt,
    coldStart: link.calls === 0,
    bytesIn: message.bytes / message.indexes.length,
    bytesOut: 0,
    cpuUser: 0,
    cpuSystem: 0,
    peakMemory: link.leaving?.overrun?.memory ?? 0,
  };
}

function causeOf(
  { link, exit, kernelOutOfMemory }: Death,
  code: number | null,
): { reason: LossReason; how: string } {
  const { overrun } = link.leaving ?? {};
  if (overrun !== undefined)
    return {
      reason: 'out-of-memory',
      how: `it held ${mebibytes(overrun.memory)}, more than its runtimeMemory of ${mebibytes(link.memory)}`,
    };
  if (
    (exit.error as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY' ||
    (link.nearHeapLimit && ABORTS.has(exit.signal))
  )
    return {
      reason: 'out-of-memory',
      how:
        link.memory === undefined
          ? 'it ran out of memory; runtimeMemory gives it more, as far as the machine has it'
          : `it ran out of its runtimeMemory of ${mebibytes(link.memory)}`,
    };
  if (link.expired)
    return {
      reason: 'lease',
      how: 'nothing was heard of it for too long; it was stopped, starved or cut off, and has been ended',
    };
  if (kernelOutOfMemory && exit.signal === 'SIGKILL')
    return { reason: 'out-of-memory', how: 'the kernel killed it because memory ran out' };
  if (exit.cutOff !== undefined) return { reason: 'lease', how: exit.cutOff.message };
  const reason = exit.error !== undefined ? 'start' : exit.signal !== null ? 'signal' : 'exit';
  return { reason, how: howItEnded({ ...exit, code }) };
}

/** How V8 leaves when it has no heap left; so do other crashes, which is why its size has to fit. */
const ABORTS: ReadonlySet<string | null> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);

const mebibytes = (bytes: number | undefined): string => `${Math.round((bytes ?? 0) / 2 ** 20)} MiB`;

export function howItEnded({ code, signal, error }: Exit): string {
  if (error !== undefined) return error.message;
  if (code === UNTOLD_EXIT_CODE)
    return `it could not store the outcome, as its standard error says, and left with exit code ${code}`;
  return signal !== null ? `it was killed by ${signal}` : `it left with exit code ${code}`;
}
