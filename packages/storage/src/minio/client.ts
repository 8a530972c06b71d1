/**
 * MinIO's client library as this driver uses it: addresses, signatures and changing credentials are the library's, by its
 * method for any request. Its methods for objects know no conditions, no signals and no refusal within a good answer; and
 * its retries print to the console. Connections are ours, by its option `transport`, which has neither.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Client, ClientOptions } from 'minio';
import { HttpConnections, textOf } from '../network/http.ts';
import { DEFAULTS } from '../network/kind.ts';
import { isRetryable } from '../network/read.ts';
import { retry } from '../network/retry.ts';
import { loadSdk } from '../network/sdk.ts';
import { s3Error } from '../s3/errors.ts';
import { findMinioCredentials } from './credentials.ts';
import { type MinioOptions, minioKind } from './options.ts';
import { textIn } from './xml.ts';

export interface MinioRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The server's no. Its code is S3's, or 'HTTP 404' and the like where the answer had none. */
export class MinioRefusal extends Error {
  override readonly name = 'MinioRefusal';
  readonly code: string;
  readonly statusCode: number;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}

export const DEFAULT_REGION = 'us-east-1';

export class MinioWire {
  readonly region: string;
  readonly #client: Client;
  readonly #connections: HttpConnections;
  readonly #attempts: number;
  /** Of the service, and whose credentials are used there: for messages. */
  readonly #address: string;
  /** The library passes nothing of a caller's on to the transport. */
  readonly #signals: AsyncLocalStorage<AbortSignal | undefined> = new AsyncLocalStorage();

  private constructor(options: MinioOptions, sdk: typeof import('minio')) {
    const { found, keys } = findMinioCredentials(options, process.env);
    const { protocol, hostname, port } = new URL(options.endpoint ?? '');
    this.region = options.region ?? DEFAULT_REGION;
    this.#address = `${minioKind.address(options)}, asked with ${found},`;
    this.#attempts = options.attempts ?? DEFAULTS.attempts;
    this.#connections = new HttpConnections(options.timeoutMs ?? DEFAULTS.timeoutMs);
    this.#client = new sdk.Client({
      endPoint: hostname.replace(/^\[|\]$/g, ''),
      ...(port !== '' && { port: Number(port) }),
      useSSL: protocol === 'https:',
      region: this.region,
      transport: { request: this.#request as Transport['request'] },
      retryOptions: { disableRetry: true },
      ...(keys === undefined
        ? { credentialsProvider: new sdk.IamAwsProvider({}) }
        : { accessKey: keys.accessKey, secretKey: keys.secretKey }),
      ...(keys?.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
    });
  }

  static async open(options: MinioOptions): Promise<MinioWire> {
    return new MinioWire(options, await loadSdk<typeof import('minio')>('minio', 'minio'));
  }

  /** Whether bodies are signed with their digest, which the server verifies. The library does without where TLS is. */
  get signsBodies(): boolean {
    return this.#client.enableSHA256;
  }

  /**
   * A good answer, whose body must be read or destroyed. Tries again what may succeed later.
   *
   * @throws {MinioRefusal} or an error of the network: see {@link error}
   */
  send(request: MinioRequest): Promise<IncomingMessage> {
    const { bucket, key, signal } = request;
    return retry(() => this.once(request), {
      attempts: this.#attempts,
      retryable: (error) => isRetryable(this.error(error, bucket, key, signal)),
      signal,
    });
  }

  /** As {@link send}, but not again. */
  async once({
    method,
    bucket,
    key,
    query,
    headers,
    body = '',
    signal,
  }: MinioRequest): Promise<IncomingMessage> {
    signal?.throwIfAborted();
    const request = {
      method,
      bucketName: bucket,
      ...(key !== undefined && { objectName: key }),
      ...(query !== undefined && { query: queryText(query) }),
      headers: { ...headers },
    };
    const payload =
      typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return this.#signals.run(signal, () =>
      this.#client.makeRequestAsync(request, payload, GOOD, this.region),
    );
  }

  /** As {@link send}; all of the answer's body. */
  async text(request: MinioRequest): Promise<string> {
    return textOf(await this.send(request));
  }

  /** As {@link send}, when nothing but the headers of the answer matters. */
  async headers(request: MinioRequest): Promise<IncomingHttpHeaders> {
    const answer = await this.send(request);
    answer.resume();
    return answer.headers;
  }

  /** A URL that is its own credential. */
  presign(method: 'GET' | 'PUT', bucket: string, key: string, seconds: number): Promise<string> {
    return this.#client.presignedUrl(method, bucket, key, seconds);
  }

  /** An error as one of this package. */
  error(cause: unknown, bucket: string, key: string | undefined, signal: AbortSignal | undefined): unknown {
    return s3Error(cause, { kind: 'minio', address: this.#address, bucket, key }, signal);
  }

  close(): void {
    this.#connections.close();
  }

  /** The library is given good answers only: it would leave the others' bodies unread, and their codes out. */
  readonly #request = (
    options: Parameters<HttpConnections['open']>[0],
    onResponse: (response: IncomingMessage) => void,
  ): ReturnType<HttpConnections['open']> => {
    const request = this.#connections.open(options, this.#signals.getStore(), (response) => {
      const { statusCode = 0 } = response;
      if (GOOD.includes(statusCode)) return onResponse(response);
      const fail = (error: unknown): boolean => request.emit('error', error);
      textOf(response).then((text) => fail(refusal(statusCode, response, text)), fail);
    });
    return request;
  };
}

type Transport = NonNullable<ClientOptions['transport']>;

const GOOD = [200, 204, 206];

function refusal(status: number, { headers }: IncomingMessage, text: string): MinioRefusal {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const code = textIn(text, 'Code') ?? header('x-minio-error-code') ?? `HTTP ${status}`;
  return new MinioRefusal(status, code, textIn(text, 'Message') ?? header('x-minio-error-desc') ?? '');
}

/** Escaped as signatures want it. */
function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => (value === '' ? name : `${name}=${escapeQuery(value)}`))
    .join('&');
}

function escapeQuery(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
