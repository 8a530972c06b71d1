/** What the answers of Cloud Storage mean ("HTTP status and error codes for JSON" of its reference). */
import { quote, StorageError, type StorageErrorCode } from '../errors.ts';
import { isNetworkError } from '../network/retry.ts';

/** An answer that is no success. */
export class GcsRefusal extends Error {
  override name = 'GcsRefusal';
  readonly statusCode: number;

  constructor(statusCode: number, text: string) {
    super(messageIn(text) || `status ${statusCode}`);
    this.statusCode = statusCode;
  }
}

/** "Retry strategy" of the reference; 401 is not among them, as the library renews tokens before they end. */
const RETRYABLE: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof GcsRefusal) return RETRYABLE.has(error.statusCode);
  return error instanceof StorageError ? error.retryable : isNetworkError(error);
}

/** Where an operation was about to happen, and as whom. */
export interface GcsPlace {
  readonly address: string;
  readonly credentials: string;
  readonly bucket: string;
  readonly key?: string | undefined;
}

/** The error as one of this package. Our own, and those of a signal, stay as they are. */
export function gcsError(cause: unknown, place: GcsPlace, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  const { bucket, key } = place;
  if (cause instanceof StorageError) {
    if (cause.bucket !== undefined) return cause;
    return new StorageError(cause.code, cause.message, { bucket, key, cause: cause.cause });
  }
  const what = key === undefined ? `bucket ${quote(bucket)}` : `${quote(key)} in bucket ${quote(bucket)}`;
  const said = cause instanceof Error ? cause.message : String(cause);
  const details = { bucket, key, cause };
  if (!(cause instanceof GcsRefusal)) {
    return new StorageError('io', `gcs storage at ${place.address} failed at ${what}: ${said}`, details);
  }
  const code = codeOf(cause.statusCode);
  const who = code === 'bad-config' ? ` to ${place.credentials}` : '';
  return new StorageError(code, `gcs storage at ${place.address} refused ${what}${who}: ${said}`, details);
}

function codeOf(status: number): StorageErrorCode {
  if (status === 401 || status === 403) return 'bad-config';
  if (status === 408 || status === 409 || status === 429 || status === 503) return 'busy';
  return status >= 500 ? 'io' : 'bad-argument';
}

/** `{ error: { message } }`; downloads say theirs as plain text, which stays short. */
function messageIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === 'string') return error.message;
  } catch {
    // No JSON.
  }
  return text.slice(0, 200).trim();
}
