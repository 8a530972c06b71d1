import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, messageOf, PartitionError } from '../errors.ts';
import { requestOf, type WebAddress } from './web-address.ts';

const ATTEMPTS = 4;
/** Between attempts, milliseconds; doubled each time. */
const FIRST_PAUSE = 100;
/** Answers that another attempt may better. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

export interface WebRequest {
  readonly method: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a server, again where it was not reached or is busy. Whatever it answers at last is for the caller to judge, who reads
 * or cancels the body.
 *
 * @throws {PartitionError} `unreadable`, when it was not reached
 */
export async function webRequest(address: WebAddress, request: WebRequest): Promise<Response> {
  const { url, headers } = requestOf(address);
  const { method, signal } = request;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    let failure: unknown;
    try {
      const response = await fetch(url, {
        method,
        // What is packed on its way has another length, and no ranges of what is meant.
        headers: { 'accept-encoding': 'identity', ...headers, ...request.headers },
        ...(signal && { signal }),
      });
      if (!PASSING.has(response.status) || attempt === ATTEMPTS) return response;
      await discard(response);
    } catch (error) {
      signal?.throwIfAborted();
      failure = error;
    }
    if (attempt === ATTEMPTS) throw unreached(address.url, failure);
    await pause(FIRST_PAUSE * 2 ** (attempt - 1), undefined, signal && { signal });
  }
}

/** Lets go of an answer whose body nobody reads. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel();
}

/** An answer that is none. */
export function refusedBy(url: string, { status, statusText }: Response): PartitionError {
  const what = `${url}: the server answers ${status} ${statusText}`.trimEnd();
  return new PartitionError(status === 404 || status === 410 ? 'gone' : 'unreadable', what, { object: url });
}

export function unreached(url: string, cause: unknown): PartitionError {
  // What fetch says is 'fetch failed'; its cause knows why. Neither may name the whole URL.
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  const why = typeof codeOf(inner) === 'string' ? `${codeOf(inner)}` : messageOf(inner);
  return new PartitionError('unreadable', `${url} cannot be read: ${why}`, { object: url });
}

/** The version that an answer is of: its entity tag, else when it was changed; undefined where the server tells neither. */
export function versionOf(response: Response): string | undefined {
  return response.headers.get('etag') ?? response.headers.get('last-modified') ?? undefined;
}

/** Bytes of the whole, from `content-range: bytes 0-0/1234`. */
export function totalOf(response: Response): number | undefined {
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

/** The position of an answer's first byte, from the same; undefined where it is not told. */
export function startOf(response: Response): number | undefined {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}
