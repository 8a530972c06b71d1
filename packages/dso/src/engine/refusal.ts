import type { Value } from '../value/value.ts';

/** Why an operation was not done, as a closed set that crosses the wire by name. */
export type RefusalCode =
  // The caller's to correct.
  | 'bad-argument'
  | 'config-mismatch'
  | 'stale-fence'
  | 'not-holder'
  | 'released-too-often'
  | 'too-many-done'
  | 'nested-call'
  | 'user-code-refused'
  | 'user-code-failed'
  | 'no-such-operation'
  | 'no-such-type'
  | 'too-large'
  | 'out-of-memory'
  | 'not-authorized'
  // What happened meanwhile.
  | 'timeout'
  | 'cancelled'
  | 'broken-barrier'
  | 'end-of-channel'
  | 'broken-channel'
  | 'object-deleted'
  | 'object-lost'
  | 'not-made'
  | 'session-lost'
  | 'lease-ended'
  | 'outcome-unknown'
  // The system's.
  | 'need-code'
  | 'moved'
  | 'stale-epoch'
  | 'draining'
  | 'disk-full'
  | 'protocol'
  | 'internal';

/** Details of a `session-lost`: the session was over when the operation came. */
export const UNDONE = 'undone';

/** Details of a `session-lost`: the session was over when the operation came; if it came before, it may have been done. */
export const UNKNOWN = 'unknown';

/** The answer to an operation that was not done. Nothing of it has happened, unless the code says otherwise. */
export class Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** What a program may want to know besides; by code. */
  readonly details: Value;

  constructor(code: RefusalCode, message: string, details?: Value) {
    this.code = code;
    this.message = message;
    this.details = details;
  }
}
