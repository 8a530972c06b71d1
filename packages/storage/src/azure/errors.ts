/** What the answers of Azure mean ("Blob Storage error codes" and "Common REST API error codes" of its documentation). */
import { NoSuchBucketError, NoSuchKeyError, quote, StorageError, type StorageErrorCode } from '../errors.ts';
import { isNetworkError } from '../network/retry.ts';

/** An answer that is no success. The SDK's own error holds the request with its signature, and is not kept. */
export class AzureRefusal extends Error {
  override name = 'AzureRefusal';
  readonly statusCode: number;
  /** The service's word for it, such as 'BlobNotFound'. */
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

const CODES: Readonly<Record<string, StorageErrorCode>> = {
  AccountBeingCreated: 'busy',
  ContainerBeingDeleted: 'busy',
  LeaseIdMissing: 'busy',
  OperationTimedOut: 'busy',
  ServerBusy: 'busy',
  Md5Mismatch: 'corrupt',
  NoAuthenticationInformation: 'bad-config',
  ResourceNotFound: 'bad-argument',
};

/** The SDK's error as ours: an answer, or a failure of the network that keeps its code. */
export function refusalOf(error: unknown): unknown {
  const { name, statusCode, code, details, message } = error as {
    readonly name?: string;
    readonly statusCode?: number;
    readonly code?: string;
    readonly details?: { readonly errorCode?: string };
    readonly message?: string;
  };
  if (name !== 'RestError') return error;
  // Further lines hold ids and times of the request.
  const said = String(message).split('\n', 1)[0] ?? '';
  if (statusCode !== undefined)
    return new AzureRefusal(statusCode, details?.errorCode ?? code ?? 'Error', said);
  return Object.assign(new Error(said), { code });
}

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof StorageError) return error.retryable;
  if (!(error instanceof AzureRefusal)) return isNetworkError(error);
  return [408, 429, 500, 502, 503, 504].includes(error.statusCode);
}

/** The condition of a write does not hold. A lease that somebody else holds has the same status. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AzureRefusal && /^(?:ConditionNotMet|BlobAlreadyExists)$/.test(error.code);
}

/** Where an operation was about to happen, and as whom. */
export interface AzureErrorPlace {
  readonly address: string;
  readonly credentials: string;
  readonly bucket: string;
  readonly key?: string | undefined;
}

/** The error as one of this package. Our own, and those of a signal, stay as they are. */
export function azureError(cause: unknown, place: AzureErrorPlace, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  const { bucket, key } = place;
  if (cause instanceof StorageError) {
    if (cause.bucket !== undefined) return cause;
    return new StorageError(cause.code, cause.message, { bucket, key, cause: cause.cause });
  }
  const what = key === undefined ? `bucket ${quote(bucket)}` : `${quote(key)} in bucket ${quote(bucket)}`;
  const said = cause instanceof Error ? cause.message : String(cause);
  const details = { bucket, key, cause };
  if (!(cause instanceof AzureRefusal)) {
    if (isIdentityError(cause)) {
      const advice = "give accountKey or sasToken, set AZURE_STORAGE_CONNECTION_STRING, or 'az login'";
      const message = `azure storage at ${place.address} found no identity by ${place.credentials}: ${advice}`;
      return new StorageError('bad-config', message, details);
    }
    return new StorageError('io', `azure storage at ${place.address} failed at ${what}: ${said}`, details);
  }
  if (cause.code === 'ContainerNotFound') return new NoSuchBucketError(bucket, { cause });
  if (cause.code === 'BlobNotFound' && key !== undefined) return new NoSuchKeyError(bucket, key, { cause });
  const code = CODES[cause.code] ?? codeOf(cause.statusCode);
  const who = code === 'bad-config' ? ` to ${place.credentials}` : '';
  const message = `azure storage at ${place.address} refused ${what}${who}: ${cause.code}: ${said}`;
  return new StorageError(code, message, details);
}

function isIdentityError(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(?:AggregateAuthentication|Authentication|CredentialUnavailable)/.test(error.name)
  );
}

function codeOf(status: number): StorageErrorCode {
  if (status === 401 || status === 403) return 'bad-config';
  if (status === 408 || status === 409 || status === 429 || status === 503) return 'busy';
  return status >= 500 ? 'io' : 'bad-argument';
}
