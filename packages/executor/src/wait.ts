import { ExecutorError, WaitTimeoutError } from './errors.ts';
import { onAbort } from './on-abort.ts';
import type { WaitOptions } from './types.ts';

/** Bounds a wait. What is waited for is not touched when the wait ends early. */
export function within<T>(promise: Promise<T>, options: WaitOptions, what: () => string): Promise<T> {
  const { timeoutMs, signal } = checkWaitOptions(options);
  if (timeoutMs === undefined && signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(
            () => reject(new WaitTimeoutError(`${what()} was not done after ${timeoutMs} ms`)),
            timeoutMs,
          );
    const stopListening = onAbort(signal, () => reject(signal?.reason));
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      stopListening();
    });
  });
}

/** The longest delay that a Node timer keeps. */
const LONGEST_MS = 2 ** 31 - 1;

export function checkWaitOptions({ timeoutMs, signal }: WaitOptions): WaitOptions {
  if (timeoutMs !== undefined && !(timeoutMs >= 0))
    throw new ExecutorError(
      'invalid-argument',
      `timeoutMs is a number of milliseconds, 0 or more; got ${timeoutMs}`,
    );
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new ExecutorError('invalid-argument', 'signal is an AbortSignal');
  return {
    ...(timeoutMs !== undefined && timeoutMs <= LONGEST_MS && { timeoutMs }),
    ...(signal !== undefined && { signal }),
  };
}
