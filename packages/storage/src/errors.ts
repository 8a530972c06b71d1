/** What went wrong, as a closed set that programs may switch on. */
export type StorageErrorCode =
  | 'no-such-key'
  | 'no-such-bucket'
  | 'precondition-failed'
  | 'unsupported'
  | 'bad-config'
  | 'bad-argument'
  | 'bad-range'
  | 'changed'
  | 'busy'
  | 'corrupt'
  | 'io';

/** Where and why: what every storage error carries besides its message. */
export interface StorageErrorDetails {
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly cause?: unknown;
}

/** Codes that are worth another attempt with the same arguments. */
const RETRYABLE: ReadonlySet<StorageErrorCode> = new Set<StorageErrorCode>(['busy', 'changed', 'io']);

/** The base of every error of this package. Programs in other processes look at `code`, never at the class. */
export class StorageError extends Error {
  override name = 'StorageError';
  readonly code: StorageErrorCode;
  readonly bucket: string | undefined;
  readonly key: string | undefined;

  constructor(code: StorageErrorCode, message: string, details: StorageErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.bucket = details.bucket;
    this.key = details.key;
  }

  /** Whether the same call may succeed later; everything else is the caller's to correct. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

/** The object is not there. */
export class NoSuchKeyError extends StorageError {
  override name = 'NoSuchKeyError';

  constructor(bucket: string, key: string, details: { readonly cause?: unknown } = {}) {
    super('no-such-key', `no object ${quote(key)} in bucket ${quote(bucket)}`, { ...details, bucket, key });
  }
}

/** The bucket is not there; nothing but `createBucket` makes one. */
export class NoSuchBucketError extends StorageError {
  override name = 'NoSuchBucketError';

  constructor(bucket: string, details: { readonly cause?: unknown } = {}) {
    super('no-such-bucket', `no bucket ${quote(bucket)}: make it with createBucket(${quote(bucket)})`, {
      ...details,
      bucket,
    });
  }
}

/** A conditional write found another state than it was promised. Nothing was written. */
export class PreconditionFailedError extends StorageError {
  override name = 'PreconditionFailedError';
  /** The etag of the object that was found; undefined when there is none or the store does not tell. */
  readonly found: string | undefined;

  constructor(
    bucket: string,
    key: string,
    condition: { readonly ifNoneMatch?: '*' | undefined; readonly ifMatch?: string | undefined },
    found?: string | undefined,
  ) {
    const what =
      condition.ifMatch === undefined
        ? 'ifNoneMatch: "*" found that it exists'
        : `ifMatch: ${quote(condition.ifMatch)} found ${found === undefined ? 'no such object' : `etag ${quote(found)}`}`;
    super('precondition-failed', `${quote(key)} in bucket ${quote(bucket)} was not written: ${what}`, {
      bucket,
      key,
    });
    this.found = found;
  }
}

/** The object was replaced or deleted while it was read in several requests, which read one version or none. */
export function changedError(bucket: string, key: string, cause?: unknown): StorageError {
  return new StorageError(
    'changed',
    `${quote(key)} in bucket ${quote(bucket)} was replaced or deleted while it was read: read it again`,
    { bucket, key, cause },
  );
}

/** The driver cannot do what was asked. Nothing was done. */
export class UnsupportedCapabilityError extends StorageError {
  override name = 'UnsupportedCapabilityError';
  readonly capability: string;

  constructor(driver: string, capability: string, details: StorageErrorDetails = {}) {
    super('unsupported', `the ${driver} storage driver lacks the capability ${quote(capability)}`, details);
    this.capability = capability;
  }
}

/** A key, bucket or other text inside a message: quoted, escaped and bounded. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 100)}… (${text.length} characters)` : text);
}

/** What came, in a few words, for "expected … but got …". */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `a function${value.name ? ` ${value.name}` : ''}`;
    case 'object': {
      const name: unknown = value.constructor?.name;
      return typeof name === 'string' && name !== 'Object' ? `an instance of ${name}` : 'a plain object';
    }
    default:
      return `a ${typeof value}`;
  }
}

/** An argument of the wrong kind: what was expected and what came. */
export function badArgument(
  what: string,
  expected: string,
  came: unknown,
  details: StorageErrorDetails = {},
): StorageError {
  return new StorageError('bad-argument', `${what} must be ${expected}, not ${describe(came)}`, details);
}
