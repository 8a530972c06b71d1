/** What went wrong, as a closed set that programs may switch on. */
export type CacheErrorCode = 'bad-argument' | 'closed' | 'unsupported' | 'unreachable' | 'timeout';

/** The base of every error of this package. Programs in other processes look at `code`, never at the class. */
export class CacheError extends Error {
  override name = 'CacheError';
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
  }
}

export function badArgument(what: string, expected: string, came: unknown): CacheError {
  return new CacheError('bad-argument', `${what} must be ${expected}; got ${shown(came)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (value === null || ['number', 'boolean', 'undefined', 'bigint'].includes(typeof value))
    return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

/** The code of any error, also of one of another copy of a package. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
