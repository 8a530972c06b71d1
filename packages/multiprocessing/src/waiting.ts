/** How long things are waited for: Python's `block` and `timeout`. */
import { TimeoutError as NotInTime } from '@skein/dso/handles';
import { badArgument, checkOptions } from './errors.ts';

export interface TimeoutOptions {
  /** Milliseconds; 0 or less: not at all. @default for ever */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface BlockOptions extends TimeoutOptions {
  /** `false`: not to wait at all. @default true */
  readonly block?: boolean | undefined;
}

/** What a shared object is asked with. */
export interface Limit {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The longest that a timer of JavaScript takes, milliseconds. A longer one would be over at once. */
const LONGEST_MS = 2 ** 31 - 1;

const KNOWN = ['block', 'timeoutMs', 'signal'];

export function checkWaiting(options: BlockOptions): void {
  checkOptions('how to wait', KNOWN, options);
}

/** How long to wait; `undefined`: not at all. */
export function limitOf(options: BlockOptions = {}): Limit | undefined {
  checkWaiting(options);
  const { block = true, timeoutMs, signal } = options;
  if (typeof block !== 'boolean') throw badArgument('block', 'true or false', block);
  if (timeoutMs !== undefined && (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs)))
    throw badArgument('timeoutMs', 'a number of milliseconds', timeoutMs);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badArgument('signal', 'an AbortSignal', signal);
  if (!block || (timeoutMs !== undefined && timeoutMs <= 0)) return undefined;
  return { timeoutMs: timeoutMs ?? Number.POSITIVE_INFINITY, ...(signal === undefined ? {} : { signal }) };
}

/** Whether something came about in time. */
export async function inTime(waiting: Promise<unknown>): Promise<boolean> {
  try {
    await waiting;
    return true;
  } catch (error) {
    if (error instanceof NotInTime) return false;
    throw error;
  }
}

/** What comes first: the value, `false` when the time is up, or the signal's reason, thrown. */
export function within(settled: Promise<boolean>, { timeoutMs, signal }: Limit): Promise<boolean> {
  if (timeoutMs === Number.POSITIVE_INFINITY && signal === undefined) return settled;
  return new Promise<boolean>((resolve, reject) => {
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(resolve, Math.min(timeoutMs, LONGEST_MS), false)
      : undefined;
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) {
      aborted();
      return;
    }
    signal?.addEventListener('abort', aborted, { once: true });
    void settled.then((value) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      resolve(value);
    });
  });
}
