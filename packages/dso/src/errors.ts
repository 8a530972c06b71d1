/** Errors are API: programs look at `code` or at the class; across processes only `code` and `name` are sure. */
import { knowByName } from '@skein/codec';
import type { RefusalCode } from './engine/refusal.ts';

/** What went wrong, as a closed set that programs may switch on. */
export type DsoErrorCode = RefusalCode | 'not-connected' | 'closed' | 'aborted';

/** Codes that are worth another attempt with the same arguments. */
const RETRYABLE: ReadonlySet<DsoErrorCode> = new Set<DsoErrorCode>([
  'timeout',
  'not-made',
  'not-connected',
  'draining',
  'disk-full',
  'moved',
]);

/** The base of every error of this package. */
export class DsoError extends Error {
  override name = 'DsoError';
  readonly code: DsoErrorCode;

  constructor(code: DsoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same call may succeed later; everything else is the caller's to correct. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

/** It was not done in time, and will not be. */
export class TimeoutError extends DsoError {
  override name = 'TimeoutError';
  constructor(message: string, options?: ErrorOptions) {
    super('timeout', message, options);
  }
}

/** The barrier was broken, by a party that timed out, was cancelled or died, or by `reset` or `abort`. */
export class BrokenBarrierError extends DsoError {
  override name = 'BrokenBarrierError';
  constructor(message: string, options?: ErrorOptions) {
    super('broken-barrier', message, options);
  }
}

/** The other end of the channel is gone, and all that it has sent was received. */
export class EndOfChannelError extends DsoError {
  override name = 'EndOfChannelError';
  constructor(message: string, options?: ErrorOptions) {
    super('end-of-channel', message, options);
  }
}

/** An end of the channel is gone, so that what was to be sent would reach nobody: the other one, or the caller's own. */
export class BrokenChannelError extends DsoError {
  override name = 'BrokenChannelError';
  constructor(message: string, options?: ErrorOptions) {
    super('broken-channel', message, options);
  }
}

/** The session ended by silence: what it held is another's now. */
export class SessionLostError extends DsoError {
  override name = 'SessionLostError';
  constructor(message: string, options?: ErrorOptions) {
    super('session-lost', message, options);
  }
}

/** The object is gone with its lease: its program has closed it, or was not heard of for too long. */
export class LeaseEndedError extends DsoError {
  override name = 'LeaseEndedError';
  constructor(message: string, options?: ErrorOptions) {
    super('lease-ended', message, options);
  }
}

/** It may have been done or not, and nobody can tell any more. */
export class OutcomeUnknownError extends DsoError {
  override name = 'OutcomeUnknownError';
  constructor(message: string, options?: ErrorOptions) {
    super('outcome-unknown', message, options);
  }
}

/** The object was lost with the servers that held it. */
export class ObjectLostError extends DsoError {
  override name = 'ObjectLostError';
  constructor(message: string, options?: ErrorOptions) {
    super('object-lost', message, options);
  }
}

/** The server has no room on its disk, and has done nothing. */
export class DiskFullError extends DsoError {
  override name = 'DiskFullError';
  constructor(message: string, options?: ErrorOptions) {
    super('disk-full', message, options);
  }
}

/** A method of a shared object called another one, which would lead to dead-locks and to effects that happen twice. */
export class NestedCallError extends DsoError {
  override name = 'NestedCallError';
  constructor(message: string, options?: ErrorOptions) {
    super('nested-call', message, options);
  }
}

/** The object exists, and was made with other arguments. */
export class ConfigMismatchError extends DsoError {
  override name = 'ConfigMismatchError';
  constructor(message: string, options?: ErrorOptions) {
    super('config-mismatch', message, options);
  }
}

/** A write showed a fencing token that is lower than one that the object has seen: its lock is another's by now. */
export class StaleFenceError extends DsoError {
  override name = 'StaleFenceError';
  constructor(message: string, options?: ErrorOptions) {
    super('stale-fence', message, options);
  }
}

/** The object was deleted while an operation waited at it. */
export class ObjectDeletedError extends DsoError {
  override name = 'ObjectDeletedError';
  constructor(message: string, options?: ErrorOptions) {
    super('object-deleted', message, options);
  }
}

/** No server could be reached, or it refused the connection. */
export class ConnectionError extends DsoError {
  override name = 'ConnectionError';
}

/** User code could not be run to its end: it took too long, ended its thread, or is not allowed. */
export class UserCodeError extends DsoError {
  override name = 'UserCodeError';
  /**
   * `'refused'`, or why it failed: such as 'time-limit', 'crashed', 'out-of-memory', 'no-such-method', 'unencodable'. It
   * is 'threw' where an error of the user's own cannot be read.
   */
  readonly reason: string;

  constructor(
    code: 'user-code-failed' | 'user-code-refused',
    reason: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.reason = reason;
  }
}

knowByName(
  DsoError,
  new Map<unknown, string>([
    [TimeoutError, 'TimeoutError'],
    [BrokenBarrierError, 'BrokenBarrierError'],
    [EndOfChannelError, 'EndOfChannelError'],
    [BrokenChannelError, 'BrokenChannelError'],
    [SessionLostError, 'SessionLostError'],
    [LeaseEndedError, 'LeaseEndedError'],
    [OutcomeUnknownError, 'OutcomeUnknownError'],
    [ObjectLostError, 'ObjectLostError'],
    [DiskFullError, 'DiskFullError'],
    [NestedCallError, 'NestedCallError'],
    [ConfigMismatchError, 'ConfigMismatchError'],
    [StaleFenceError, 'StaleFenceError'],
    [ObjectDeletedError, 'ObjectDeletedError'],
    [ConnectionError, 'ConnectionError'],
    [UserCodeError, 'UserCodeError'],
    [DsoError, 'DsoError'],
  ]),
);

/** The error of a refusal. */
export function errorOf(code: RefusalCode, message: string, reason?: string): DsoError {
  switch (code) {
    case 'timeout':
      return new TimeoutError(message);
    case 'broken-barrier':
      return new BrokenBarrierError(message);
    case 'end-of-channel':
      return new EndOfChannelError(message);
    case 'broken-channel':
      return new BrokenChannelError(message);
    case 'session-lost':
      return new SessionLostError(message);
    case 'lease-ended':
      return new LeaseEndedError(message);
    case 'outcome-unknown':
      return new OutcomeUnknownError(message);
    case 'object-lost':
      return new ObjectLostError(message);
    case 'object-deleted':
      return new ObjectDeletedError(message);
    case 'disk-full':
      return new DiskFullError(message);
    case 'nested-call':
      return new NestedCallError(message);
    case 'config-mismatch':
      return new ConfigMismatchError(message);
    case 'stale-fence':
      return new StaleFenceError(message);
    case 'not-authorized':
      return new ConnectionError(code, message);
    case 'user-code-failed':
      return new UserCodeError(code, reason ?? 'threw', message);
    case 'user-code-refused':
      return new UserCodeError(code, reason ?? 'refused', message);
    default:
      return new DsoError(code, message);
  }
}
