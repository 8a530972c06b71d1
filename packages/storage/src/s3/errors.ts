/** What the errors of services that speak S3 mean (AWS, "Error responses", and what MinIO, Ceph and others answer). */
import { NoSuchBucketError, NoSuchKeyError, quote, StorageError, type StorageErrorCode } from '../errors.ts';
import { isNetworkError } from '../network/retry.ts';

/** Where an operation was about to happen. */
export interface S3Place {
  /** The kind in configuration: 's3', 'minio', … */
  readonly kind: string;
  /** Of the service, as a URL. */
  readonly address: string;
  readonly bucket: string;
  readonly key?: string | undefined;
}

const CODES: Readonly<Record<string, StorageErrorCode>> = {
  BucketNotEmpty: 'busy',
  ConditionalRequestConflict: 'busy',
  OperationAborted: 'busy',
  RequestTimeout: 'busy',
  ServiceUnavailable: 'busy',
  SlowDown: 'busy',
  Throttling: 'busy',
  ThrottlingException: 'busy',
  TooManyRequests: 'busy',
  InternalError: 'io',
  BadDigest: 'corrupt',
  InvalidDigest: 'corrupt',
  XAmzContentChecksumMismatch: 'corrupt',
  AccessDenied: 'bad-config',
  AllAccessDisabled: 'bad-config',
  AuthorizationHeaderMalformed: 'bad-config',
  CredentialsProviderError: 'bad-config',
  ExpiredToken: 'bad-config',
  Forbidden: 'bad-config',
  InvalidAccessKeyId: 'bad-config',
  PermanentRedirect: 'bad-config',
  SignatureDoesNotMatch: 'bad-config',
  UnauthorizedAccess: 'bad-config',
  BucketAlreadyExists: 'bad-argument',
  InvalidArgument: 'bad-argument',
  InvalidBucketName: 'bad-argument',
  InvalidObjectName: 'bad-argument',
  InvalidURI: 'bad-argument',
  KeyTooLongError: 'bad-argument',
  MetadataTooLarge: 'bad-argument',
  // Servers that keep objects as files: a name is one or a folder.
  DirectoryObjectContainsData: 'bad-argument',
  ExistingObjectIsDirectory: 'bad-argument',
  ObjectParentIsFile: 'bad-argument',
  XMinioInvalidObjectName: 'bad-argument',
  XMinioObjectExistsAsDirectory: 'bad-argument',
  XMinioInvalidResourceName: 'bad-argument',
  XMinioParentIsObject: 'bad-argument',
  NotImplemented: 'unsupported',
};

/** What is kept of a service's error. The SDK's own holds the whole request, with its signature. */
class ServiceError extends Error {
  readonly statusCode: number | undefined;
  readonly requestId: string | undefined;

  constructor(name: string, message: string, statusCode: number | undefined, requestId: string | undefined) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    this.requestId = requestId;
  }
}

/** The error as one of this package. Our own, and those of a signal, stay as they are. */
export function s3Error(raw: unknown, place: S3Place, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (raw instanceof StorageError) return raw;
  const { bucket, key } = place;
  const name = errorName(raw);
  const status = statusOf(raw);
  const message = raw instanceof Error ? raw.message : String(raw);
  const cause = new ServiceError(name, message, status, requestIdOf(raw));
  if (name === 'NoSuchBucket') return new NoSuchBucketError(bucket, { cause });
  if (name === 'NoSuchKey' && key !== undefined) return new NoSuchKeyError(bucket, key, { cause });
  const code = CODES[name] ?? codeOfStatus(status, raw);
  const what = key === undefined ? `bucket ${quote(bucket)}` : `${quote(key)} in bucket ${quote(bucket)}`;
  const said = message === '' || message === name ? '' : `: ${message}`;
  const who = `the ${place.kind} storage at ${place.address}`;
  const failed = code === 'io' ? 'failed at' : 'refused';
  return new StorageError(code, `${who} ${failed} ${what}: ${name}${said}`, { bucket, key, cause });
}

/** The service's error, where ours was made of one. */
function serviceErrorOf(error: unknown): unknown {
  return error instanceof StorageError && error.cause !== undefined ? error.cause : error;
}

/** The service's own word for it. */
export function errorName(error: unknown): string {
  const { name, code, Code } = serviceErrorOf(error) as { name?: unknown; code?: unknown; Code?: unknown };
  for (const word of [Code, code, name]) {
    if (typeof word === 'string' && word !== '' && word !== 'Error' && word !== 'S3Error') return word;
  }
  return 'Error';
}

export function statusOf(error: unknown): number | undefined {
  const { $metadata, statusCode } = serviceErrorOf(error) as {
    $metadata?: { httpStatusCode?: number };
    statusCode?: number;
  };
  return $metadata?.httpStatusCode ?? statusCode;
}

function requestIdOf(error: unknown): string | undefined {
  const { $metadata, requestId } = error as { $metadata?: { requestId?: string }; requestId?: string };
  return $metadata?.requestId ?? requestId;
}

function codeOfStatus(status: number | undefined, cause: unknown): StorageErrorCode {
  if (isNetworkError(cause) || errorName(cause) === 'TimeoutError') return 'io';
  if (status === 401 || status === 403) return 'bad-config';
  if (status === 429 || status === 503) return 'busy';
  if (status === 501) return 'unsupported';
  return status !== undefined && status >= 400 && status < 500 ? 'bad-argument' : 'io';
}
