import { setTimeout as delay } from 'node:timers/promises';

export interface RetryOptions {
  /** How often it is tried in all. */
  readonly attempts: number;
  /** Whether another attempt may succeed where this error came. */
  readonly retryable: (error: unknown) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** The most that is waited after the first failure, milliseconds; doubles with each. @default 50 */
  readonly baseMs?: number | undefined;
  /** @default 5000 */
  readonly capMs?: number | undefined;
}

/**
 * Tries again after a random time between 0 and a bound that doubles ("full jitter", AWS Architecture Blog,
 * "Exponential Backoff And Jitter"), so that the many clients of a store that was away do not come back together.
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  { attempts, retryable, signal, baseMs = 50, capMs = 5_000 }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !retryable(error)) throw error;
      const bound = Math.min(capMs, baseMs * 2 ** (attempt - 1));
      await delay(Math.random() * bound, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** The service could not be reached, or went away in the middle; it may be back. Looks at causes too. */
export function isNetworkError(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && NETWORK.has(code)) return true;
    if (at instanceof AggregateError && at.errors.some(isNetworkError)) return true;
  }
  return false;
}
