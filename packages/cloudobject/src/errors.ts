/** What went wrong, as a closed set that programs may switch on. */
export type CloudObjectErrorCode =
  | 'cleaned'
  | 'replaced'
  | 'expired'
  | 'damaged'
  | 'bad-argument'
  | 'unsupported'
  | 'contended';

/** The base of every error of this package. Programs in other processes look at `code`, never at the class. */
export class CloudObjectError extends Error {
  override name = 'CloudObjectError';
  readonly code: CloudObjectErrorCode;
  /** Where the object is or was, if it is one's error. */
  readonly bucket: string | undefined;
  readonly key: string | undefined;

  constructor(
    code: CloudObjectErrorCode,
    message: string,
    details: {
      readonly bucket?: string | undefined;
      readonly key?: string | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.bucket = details.bucket;
    this.key = details.key;
  }
}

/** The object that a handle stands for is there no more; `code` says what has become of it. */
export class CloudObjectGoneError extends CloudObjectError {
  override name = 'CloudObjectGoneError';
}

export function badArgument(what: string, expected: string, came: unknown): CloudObjectError {
  const shown =
    typeof came === 'string'
      ? JSON.stringify(came.length > 80 ? `${came.slice(0, 80)}…` : came)
      : typeof came === 'number' || typeof came === 'boolean' || came === undefined || came === null
        ? String(came)
        : Array.isArray(came)
          ? 'an array'
          : `a value of type ${typeof came}`;
  return new CloudObjectError('bad-argument', `${what} must be ${expected}; got ${shown}`);
}

/** The code of any error, also of one of another copy of a package. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** There is no such object, or nothing of what it was kept in. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'no-such-key' || code === 'no-such-bucket';
}
