/** What callers are told when the node does not say it. */
import type { Refusal } from '../engine/refusal.ts';
import { ConnectionError, DsoError, errorOf, OutcomeUnknownError, TimeoutError } from '../errors.ts';
import { objectName } from '../object-name.ts';
import { withCaller } from './caller.ts';
import type { Pending } from './pending.ts';
import type { ClientTarget } from './target.ts';

export function nameOf({ type, key }: ClientTarget): string {
  return objectName(type, key);
}

/** @param apart why there is no connection, if there is none */
export function timedOut({ target, timeoutMs }: Pending, apart: Error | string | undefined): TimeoutError {
  const why = apart === undefined ? '' : `: ${typeof apart === 'string' ? apart : apart.message}`;
  return new TimeoutError(
    `${nameOf(target)} was not answered within ${timeoutMs} ms${why}`,
    apart instanceof Error ? { cause: apart } : undefined,
  );
}

export function unknown({ target }: Pending, why: string, cause: Error | undefined): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `whether the operation on ${nameOf(target)} was done is not known: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

export function notConnected(address: string, why: string): ConnectionError {
  return new ConnectionError('not-connected', `cannot reach ${address}: ${why}`);
}

export function tooLarge({ target }: Pending, bytes: number, most: number): DsoError {
  return new DsoError(
    'too-large',
    `the arguments for ${nameOf(target)} take ${bytes} bytes, and this server takes ${most} at most in one message (--max-message-bytes)`,
  );
}

/** The error of a node's answer. */
export function refused(pending: Pending, { code, message, details }: Refusal): unknown {
  if (code === 'cancelled' && pending.cancelled === 'signal') return pending.signal!.reason;
  if (code === 'cancelled' && pending.cancelled === 'timeout')
    return withCaller(timedOut(pending, undefined), pending.caller);
  const reason = typeof details === 'string' ? details : undefined;
  return withCaller(errorOf(code, message, reason), pending.caller, details);
}
