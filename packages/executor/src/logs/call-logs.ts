/** What the calls of a job have printed, as the client keeps it. */
import { CallState, isSettled } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { type LogPart, logText } from './log-text.ts';

/** What is kept for all calls of a job together, bytes. */
const MOST_BYTES = 64 * 1024 * 1024;

interface AttemptLog {
  readonly attempt: number;
  /** Runs of bytes, and how many were left out between them. */
  readonly parts: (GrowingBytes | number)[];
}

export interface KeptPiece {
  readonly index: number;
  readonly attempt: number;
  /** Bytes that were left out before it. */
  readonly omitted: number;
  readonly bytes: Uint8Array;
}

export class CallLogs {
  readonly #byIndex = new Map<number, AttemptLog[]>();
  readonly #most: number;
  #bytes = 0;

  /** @param most is for tests */
  constructor(most: number = MOST_BYTES) {
    this.#most = most;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The piece is copied. */
  add({ index, attempt, omitted, bytes }: KeptPiece): void {
    const { parts } = this.#log(index, attempt);
    const fits = this.#bytes + bytes.byteLength <= this.#most;
    const leftOut = fits ? omitted : omitted + bytes.byteLength;
    const last = parts.length - 1;
    if (leftOut > 0) {
      if (typeof parts[last] === 'number') parts[last] += leftOut;
      else parts.push(leftOut);
    }
    if (!fits) return;
    this.#bytes += bytes.byteLength;
    let run = parts[parts.length - 1];
    if (!(run instanceof GrowingBytes)) {
      run = new GrowingBytes();
      parts.push(run);
    }
    run.add(bytes);
  }

  /**
   * @param attempt the one that counts; left out, the last one that has printed something
   * @returns empty text for a call that has printed nothing
   */
  text(index: number, attempt?: number): string {
    const logs = this.#byIndex.get(index) ?? [];
    const log =
      attempt === undefined
        ? logs.reduce<AttemptLog | undefined>((a, b) => (a && a.attempt > b.attempt ? a : b), undefined)
        : logs.find((one) => one.attempt === attempt);
    return log === undefined
      ? ''
      : logText(log.parts.flatMap((part): LogPart[] => (typeof part === 'number' ? [part] : part.pieces)));
  }

  #log(index: number, attempt: number): AttemptLog {
    let logs = this.#byIndex.get(index);
    if (logs === undefined) {
      logs = [];
      this.#byIndex.set(index, logs);
    }
    let log = logs.find((one) => one.attempt === attempt);
    if (log === undefined) {
      log = { attempt, parts: [] };
      logs.push(log);
    }
    return log;
  }
}

/** What a call has printed, in the attempt whose outcome it has, or else in the last one. */
export function logsOf(job: JobCore, index: number): string {
  const { logs, table } = job;
  if (logs.bytes === 0 || index >= table.size) return '';
  return logs.text(index, isSettled(table.state(index)) ? attemptOf(job, index) : undefined);
}

/** The attempt whose outcome the call has, or else the last one; 0 where none has begun. */
export function attemptOf({ table }: JobCore, index: number): number {
  const state = table.state(index);
  // A call that ended by an outcome has its stats; one that was lost may have those of an attempt before.
  const told = state === CallState.success || state === CallState.error;
  return (told ? table.stats(index)?.batch.attempt : undefined) ?? table.attempt(index);
}
