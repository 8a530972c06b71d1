/** Infinispan's REST API, version 2: https://infinispan.org/docs/stable/titles/rest/rest.html */
import type { IncomingMessage } from 'node:http';
import { type Account, DigestChallenge } from '@skein/codec/node';
import { NoSuchBucketError, StorageError } from '../errors.ts';
import { HttpConnections, textOf } from '../network/http.ts';
import { DEFAULTS } from '../network/kind.ts';
import { isNetworkError, retry } from '../network/retry.ts';
import { endpointsOf, type InfinispanOptions } from './options.ts';
import { Turns } from './turns.ts';

export interface RestRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** After '/rest/v2/'. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For messages. */
  readonly bucket?: string | undefined;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Statuses that a server which starts, stops or has too much to do answers with. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Requests under way at a time. Each needs a nonce of its own, which costs one that is refused. */
const REQUESTS = 64;
/** What Infinispan says of a cache that is not there; of a missing entry it says nothing. */
const NO_CACHE = /ISPN012010|Cache with name/;
/** A node has not heard yet of a cache that is being made, by which that fails for a moment. */
const NOT_YET = /ISPN000436/;

/** One server or cluster by REST. Requests are tried again, at the next node when one is gone. */
export class InfinispanRest {
  readonly #http: HttpConnections;
  readonly #endpoints: readonly [URL, ...URL[]];
  readonly #attempts: number;
  readonly #account: Account | undefined;
  readonly #user: string;
  /** Challenges that no request is answering now: a server takes each nonce's counts in their order only. */
  readonly #challenges: DigestChallenge[] = [];
  readonly #turns = new Turns(REQUESTS);
  #basic = false;
  #current = 0;

  constructor(options: InfinispanOptions) {
    const { username, password, timeoutMs = DEFAULTS.timeoutMs, attempts = DEFAULTS.attempts } = options;
    this.#http = new HttpConnections(timeoutMs);
    this.#endpoints = endpointsOf(options);
    this.#attempts = attempts;
    this.#account = username !== undefined && password !== undefined ? { username, password } : undefined;
    this.#user = this.#account === undefined ? 'no user' : `user ${username}`;
  }

  /** The answer with its body, in memory. Statuses that mean a failure of the server are errors. */
  async send(request: RestRequest): Promise<RestAnswer> {
    return this.#again(request, () =>
      this.#turns.take(request.signal, async () => {
        const response = await this.#ask(request);
        return { status: response.statusCode ?? 0, body: await bodyOf(response) };
      }),
    );
  }

  /** The answer while it arrives; only what comes before its body is tried again. */
  async open(request: RestRequest): Promise<IncomingMessage> {
    return this.#again(request, () => this.#ask(request));
  }

  /** An error that comes out of a body that was opened. */
  failure(cause: unknown, { bucket, signal }: Pick<RestRequest, 'bucket' | 'signal'>): unknown {
    if (signal?.aborted || cause instanceof StorageError) return signal?.aborted ? signal.reason : cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = (cause as { readonly code?: unknown } | undefined)?.code;
    const reason = message === '' ? String(code) : message;
    return new StorageError('io', `infinispan at ${this.#endpoint.origin}: ${reason}`, { bucket, cause });
  }

  close(): void {
    this.#http.close();
  }

  get #endpoint(): URL {
    return this.#endpoints[this.#current % this.#endpoints.length]!;
  }

  async #again<T>(request: RestRequest, work: () => Promise<T>): Promise<T> {
    return retry(
      async () => {
        const asked = this.#current;
        try {
          return await work();
        } catch (error) {
          if (isNetworkError(error) && this.#current === asked) this.#current++;
          throw this.failure(error, request);
        }
      },
      {
        attempts: this.#attempts,
        signal: request.signal,
        retryable: (error) => error instanceof StorageError && error.retryable,
      },
    );
  }

  /** One request, and once more when the server wants to know who asks. */
  async #ask(request: RestRequest): Promise<IncomingMessage> {
    const { method, path, headers, body, signal, bucket } = request;
    const url = new URL(`/rest/v2/${path}`, this.#endpoint);
    let challenge = this.#basic ? undefined : this.#challenges.pop();
    for (let fresh = false; ; fresh = true) {
      const authorization = this.#authorization(method, url, challenge);
      const response = await this.#http.send({
        method,
        url,
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
        body: body && [body],
        signal,
      });
      const status = response.statusCode ?? 0;
      if (status !== 401) {
        if (challenge) this.#challenges.push(challenge);
        if (status < 400 || status === 404 || status === 409) return response;
        throw await this.#refusal(response, request);
      }
      await textOf(response);
      // A nonce may be too old by now; one that was made for this request is not.
      if (this.#account === undefined || fresh) break;
      challenge = this.#choose(url, response);
      if (challenge === undefined && !this.#basic) break;
    }
    const text = `infinispan at ${url.origin} refused access with ${this.#user}`;
    throw new StorageError('bad-config', `${text}: status 401`, { bucket });
  }

  #authorization(method: string, url: URL, challenge: DigestChallenge | undefined): string | undefined {
    if (this.#account === undefined) return undefined;
    if (challenge) return challenge.answer(method, url.pathname + url.search, this.#account);
    if (!this.#basic) return undefined;
    const { username, password } = this.#account;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /** A proof rather than the password, unless that is encrypted on its way: there it saves a trip. */
  #choose(url: URL, { headers }: IncomingMessage): DigestChallenge | undefined {
    const offers = headers['www-authenticate'] ?? '';
    const offersBasic = /(?:^|,\s*)basic\b/i.test(offers);
    const digest = DigestChallenge.parse(offers);
    this.#basic = offersBasic && (digest === undefined || url.protocol === 'https:');
    return this.#basic ? undefined : digest;
  }

  async #refusal(response: IncomingMessage, { bucket, path }: RestRequest): Promise<StorageError> {
    const status = response.statusCode ?? 0;
    const said = (await textOf(response)).trim().split('\n', 1)[0]!.slice(0, 300);
    const what = `infinispan at ${this.#endpoint.origin} answered ${status}${said === '' ? '' : `: ${said}`}`;
    if (status === 403) {
      const details = `infinispan at ${this.#endpoint.origin} does not allow it to ${this.#user}: ${said || path}`;
      return new StorageError('bad-config', details, { bucket });
    }
    if (NO_CACHE.test(said) && bucket !== undefined) return new NoSuchBucketError(bucket);
    if (BUSY.has(status) || NOT_YET.test(said)) return new StorageError('busy', what, { bucket });
    if (status === 413) {
      const limit = 'a part is larger than its max-content-length: choose a smaller partSize';
      return new StorageError('bad-config', `${what}: ${limit}`, { bucket });
    }
    return new StorageError(status >= 500 ? 'io' : 'bad-argument', what, { bucket });
  }
}

/** Whether an answer 404 is about the cache and not about an entry of it. */
export function saysNoCache({ status, body }: RestAnswer): boolean {
  return status === 404 && NO_CACHE.test(body.toString());
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
