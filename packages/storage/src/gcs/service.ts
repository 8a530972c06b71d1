/**
 * Requests to Cloud Storage. Google's storage library takes no signal, has no end for a silent connection,
 * and tells a conditional write that succeeded, but whose answer was lost, as refused; so only its credentials are used.
 */
import type { IncomingMessage } from 'node:http';
import { HttpConnections, textOf } from '../network/http.ts';
import { DEFAULTS } from '../network/kind.ts';
import { retry } from '../network/retry.ts';
import { ANONYMOUS, type GcsCredentials, openCredentials } from './credentials.ts';
import { GcsRefusal, isPassing } from './errors.ts';
import { type GcsOptions, gcsKind } from './options.ts';

export interface GcsRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the service's address, its parts encoded; or an address that the service gave, which needs no credentials. */
  readonly to: string | URL;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: readonly Uint8Array[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One service, as one account. */
export class GcsService {
  readonly attempts: number;
  readonly #address: string;
  readonly #timeoutMs: number;
  readonly #connections: HttpConnections;
  readonly #credentials: GcsCredentials;

  private constructor(address: string, options: GcsOptions, credentials: GcsCredentials) {
    this.attempts = options.attempts ?? DEFAULTS.attempts;
    this.#address = address;
    this.#timeoutMs = options.timeoutMs ?? DEFAULTS.timeoutMs;
    this.#connections = new HttpConnections(this.#timeoutMs);
    this.#credentials = credentials;
  }

  /** Connects to nothing yet. */
  static async open(options: GcsOptions): Promise<GcsService> {
    const address = gcsKind.address(options);
    const credentials = address.startsWith('http:') ? ANONYMOUS : await openCredentials(options);
    return new GcsService(address, options, credentials);
  }

  /** Which credentials are used, for messages. */
  get credentials(): string {
    return this.#credentials.told;
  }

  project(): Promise<string> {
    return this.#credentials.project(AbortSignal.timeout(this.#timeoutMs));
  }

  /** The answer, its body not yet read. One try. @throws {GcsRefusal} when it is no success */
  async ask(request: GcsRequest): Promise<IncomingMessage> {
    const { method, to, query = {}, headers, body, signal } = request;
    const url = typeof to === 'string' ? new URL(this.#address + to) : to;
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, value);
    const identity = typeof to === 'string' ? await this.#identity(signal) : {};
    const answer = await this.#connections.send({
      method,
      url,
      headers: { ...headers, ...identity },
      body,
      signal,
    });
    const { statusCode = 0 } = answer;
    if ((statusCode >= 200 && statusCode < 300) || statusCode === RESUME) return answer;
    throw new GcsRefusal(statusCode, await textOf(answer));
  }

  /** What the service answers as JSON, tried again where that may help. */
  call<T>(request: GcsRequest): Promise<T> {
    const work = async (): Promise<T> => {
      const text = await textOf(await this.ask(request));
      return (text === '' ? undefined : JSON.parse(text)) as T;
    };
    return this.again(work, request.signal);
  }

  again<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return retry(work, { attempts: this.attempts, retryable: isPassing, signal });
  }

  close(): void {
    this.#connections.close();
  }

  #identity(signal: AbortSignal | undefined): Promise<Readonly<Record<string, string>>> {
    const end = AbortSignal.timeout(this.#timeoutMs);
    return this.#credentials.headers(signal ? AbortSignal.any([signal, end]) : end);
  }
}

/** "Resume Incomplete": how an upload in chunks is answered until its last one. */
export const RESUME = 308;

export function bucketPath(bucket: string): string {
  return `/storage/v1/b/${encodeURIComponent(bucket)}`;
}

export function objectPath(bucket: string, name: string): string {
  return `${bucketPath(bucket)}/o/${encodeURIComponent(name)}`;
}

/** Of the XML API. */
export function downloadPath(bucket: string, name: string): string {
  return `/${encodeURIComponent(bucket)}/${encodeURIComponent(name)}`;
}
