/**
 * Swift's REST protocol. The clients on npm are old: they know no segments, no conditions and no signals, and the
 * protocol is small.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { HttpConnections, textOf } from '../network/http.ts';
import { DEFAULTS } from '../network/kind.ts';
import { isRetryable } from '../network/read.ts';
import { retry } from '../network/retry.ts';
import { openSession, type SwiftSession } from './auth.ts';
import { findSwiftCredentials, type SwiftCredentials } from './credentials.ts';
import { SwiftRefusal, swiftError } from './errors.ts';
import { type SwiftOptions, swiftKind } from './options.ts';

export interface SwiftRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** None: the account is asked. */
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: readonly Uint8Array[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class SwiftWire {
  readonly #authUrl: string;
  readonly #options: SwiftOptions;
  readonly #credentials: SwiftCredentials;
  readonly #connections: HttpConnections;
  readonly #attempts: number;
  #session: Promise<SwiftSession> | undefined;

  constructor(options: SwiftOptions) {
    this.#authUrl = swiftKind.address(options);
    this.#options = options;
    this.#credentials = findSwiftCredentials(this.#authUrl, options, process.env);
    this.#connections = new HttpConnections(options.timeoutMs ?? DEFAULTS.timeoutMs);
    this.#attempts = options.attempts ?? DEFAULTS.attempts;
  }

  /**
   * A good answer, whose body must be read or destroyed. Tries again what may succeed later.
   *
   * @throws {SwiftRefusal} or an error of the network: see {@link error}
   */
  send(request: SwiftRequest): Promise<IncomingMessage> {
    const { bucket, key, signal } = request;
    return retry(() => this.once(request), {
      attempts: this.#attempts,
      retryable: (error) => isRetryable(this.error(error, bucket, key, signal)),
      signal,
    });
  }

  /** As {@link send}, but not again, unless the token was too old. */
  async once(request: SwiftRequest): Promise<IncomingMessage> {
    request.signal?.throwIfAborted();
    const session = await this.#open(request.signal);
    let answer = await this.#ask(session, request);
    if (answer.statusCode === 401) {
      answer.resume();
      answer = await this.#ask(await this.#open(request.signal, session), request);
    }
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300) return answer;
    throw new SwiftRefusal(answer, await textOf(answer));
  }

  /** As {@link send}; all of the answer's body. */
  async text(request: SwiftRequest): Promise<string> {
    return textOf(await this.send(request));
  }

  /** As {@link send}, when nothing but the headers of the answer matters. */
  async headers(request: SwiftRequest): Promise<IncomingHttpHeaders> {
    const answer = await this.send(request);
    answer.resume();
    return answer.headers;
  }

  /** An error as one of this package. */
  error(
    cause: unknown,
    bucket: string | undefined,
    key: string | undefined,
    signal: AbortSignal | undefined,
  ): unknown {
    const address = `${this.#authUrl}, asked as ${this.#credentials.found}`;
    return swiftError(cause, { address, bucket, key }, signal);
  }

  close(): void {
    this.#connections.close();
  }

  #ask({ account, token }: SwiftSession, request: SwiftRequest): Promise<IncomingMessage> {
    const { method, bucket, key, query, headers, body, signal } = request;
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    return this.#connections.send({
      ...{ method, url: account, path: pathOf(account, bucket, key) + search },
      headers: { ...headers, 'x-auth-token': token },
      ...{ body, signal },
    });
  }

  /** One session for all requests. A caller who does not want to wait any longer leaves the others theirs. */
  #open(signal: AbortSignal | undefined, refused?: SwiftSession): Promise<SwiftSession> {
    this.#session ??= this.#begin();
    const opening = this.#session;
    const current = opening.then((session) => {
      if (session !== refused) return session;
      if (this.#session === opening) this.#session = this.#begin();
      return this.#session ?? this.#begin();
    });
    if (signal === undefined) return current;
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      current.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  #begin(): Promise<SwiftSession> {
    const { region = process.env['OS_REGION_NAME'] || undefined, interface: which = 'public' } =
      this.#options;
    const place = { authUrl: this.#authUrl, region, interface: which };
    const begun = openSession(this.#connections, this.#credentials, place);
    begun.catch(() => {
      if (this.#session === begun) this.#session = undefined;
    });
    return begun;
  }
}

/** Every character of a key as itself, and '..' left alone. */
function pathOf(account: URL, bucket: string | undefined, key: string | undefined): string {
  const base = account.pathname.replace(/\/$/, '');
  if (bucket === undefined) return base;
  const container = `${base}/${encodeURIComponent(bucket)}`;
  return key === undefined ? container : `${container}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
