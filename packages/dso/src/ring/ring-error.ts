/** What is wrong with a ring's members, or with what it was asked. Always the caller's to correct. */
export type RingErrorCode =
  | 'no-members'
  | 'duplicate-member'
  | 'empty-address'
  | 'too-many-members'
  | 'no-such-slot'
  | 'no-such-member'
  | 'bad-count';

/** A {@link Ring} could not be built, or asked that. */
export class RingError extends Error {
  readonly code: RingErrorCode;

  constructor(code: RingErrorCode, message: string) {
    super(message);
    this.name = 'RingError';
    this.code = code;
  }
}
