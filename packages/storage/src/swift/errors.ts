/** What Swift's answers mean (OpenStack, "Object Storage API"). */
import type { IncomingMessage } from 'node:http';
import { NoSuchBucketError, NoSuchKeyError, quote, StorageError, type StorageErrorCode } from '../errors.ts';
import { isNetworkError } from '../network/retry.ts';

/** The service's no. */
export class SwiftRefusal extends Error {
  override readonly name = 'SwiftRefusal';
  readonly statusCode: number;
  /** By which the service's own logs know the request. */
  readonly requestId: string | undefined;

  constructor({ statusCode = 0, statusMessage = '', headers }: IncomingMessage, text: string) {
    // An answer's text is a small page of HTML, or a line.
    const said = text
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    super(`${statusCode} ${statusMessage}${said === '' ? '' : `: ${said.slice(0, 200)}`}`);
    this.statusCode = statusCode;
    const id = headers['x-openstack-request-id'] ?? headers['x-trans-id'];
    this.requestId = typeof id === 'string' ? id : undefined;
  }
}

export interface SwiftPlace {
  /** Of the service, and whose credentials are used there. */
  readonly address: string;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
}

const CODES: Readonly<Record<number, StorageErrorCode>> = {
  400: 'bad-argument',
  401: 'bad-config',
  403: 'bad-config',
  408: 'busy',
  409: 'busy',
  411: 'bad-argument',
  412: 'bad-argument',
  413: 'bad-argument',
  416: 'bad-range',
  // The sum that was sent with the bytes is not theirs.
  422: 'corrupt',
  429: 'busy',
  498: 'busy',
  501: 'unsupported',
  503: 'busy',
  // Swift's own: no space left.
  507: 'busy',
};

/** The error as one of this package. Our own, and those of a signal, stay as they are. */
export function swiftError(cause: unknown, place: SwiftPlace, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof StorageError) return cause;
  const { bucket, key } = place;
  const status = statusOf(cause);
  // Drivers ask which of the two is missing; a bucket that has gone in between is missing first.
  if (status === 404 && bucket !== undefined)
    return key === undefined
      ? new NoSuchBucketError(bucket, { cause })
      : new NoSuchKeyError(bucket, key, { cause });
  const code = (status !== undefined && CODES[status]) || codeOf(status, cause);
  const said = cause instanceof Error ? cause.message : String(cause);
  const failed = code === 'io' ? 'failed at' : 'refused';
  return new StorageError(
    code,
    `the swift storage at ${place.address}, ${failed} ${whatOf(place)}: ${said}`,
    {
      ...{ bucket, key, cause },
    },
  );
}

export function statusOf(error: unknown): number | undefined {
  const service = error instanceof StorageError ? error.cause : error;
  return service instanceof SwiftRefusal ? service.statusCode : undefined;
}

function codeOf(status: number | undefined, cause: unknown): StorageErrorCode {
  if (isNetworkError(cause)) return 'io';
  return status !== undefined && status >= 400 && status < 500 ? 'bad-argument' : 'io';
}

function whatOf({ bucket, key }: SwiftPlace): string {
  if (bucket === undefined) return 'the account';
  return key === undefined ? `bucket ${quote(bucket)}` : `${quote(key)} in bucket ${quote(bucket)}`;
}
