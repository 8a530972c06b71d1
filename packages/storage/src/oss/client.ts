/**
 * Alibaba Cloud's client library as this driver uses it: its methods make, sign and read requests. Connections are
 * ours, by its option `urllib`: its own can neither be ended by a signal nor be told of a refusal's code everywhere.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type OSS from 'ali-oss';
import { StorageError } from '../errors.ts';
import { HttpConnections, textOf } from '../network/http.ts';
import { DEFAULTS } from '../network/kind.ts';
import { isRetryable } from '../network/read.ts';
import { retry } from '../network/retry.ts';
import { loadSdk } from '../network/sdk.ts';
import { errorName, s3Error } from '../s3/errors.ts';
import { findOssCredentials, type OssCredentials } from './credentials.ts';
import { type OssOptions, ossKind, regionOf } from './options.ts';

/** The service's no. Its code is OSS's, or 'HTTP 404' and the like where the answer had none. */
export class OssRefusal extends Error {
  override readonly name = 'OssRefusal';
  readonly code: string;
  readonly statusCode: number;
  readonly requestId: string | undefined;

  constructor({ statusCode = 0, headers }: IncomingMessage, text: string) {
    const inXml = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1];
    super(inXml('Message') ?? '');
    this.code = inXml('Code') ?? `HTTP ${statusCode}`;
    this.statusCode = statusCode;
    const id = headers['x-oss-request-id'];
    this.requestId = typeof id === 'string' ? id : undefined;
  }
}

/** One use of the library: what it does not pass on to the transport, and what it does not pass back. */
interface Call {
  readonly signal: AbortSignal | undefined;
  failure?: unknown;
}

/** What the library asks its transport for. */
interface UrllibParams {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly content?: Uint8Array | string | undefined;
  readonly stream?: AsyncIterable<Uint8Array> | undefined;
  /** The library wants the answer itself, and reads its body. */
  readonly customResponse?: boolean | undefined;
}

interface UrllibResult {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly data: Buffer | undefined;
  readonly res: IncomingMessage;
}

export class OssWire {
  readonly #options: OssOptions;
  readonly #credentials: OssCredentials;
  readonly #sdk: typeof OSS;
  readonly #connections: HttpConnections;
  readonly #attempts: number;
  readonly #calls: AsyncLocalStorage<Call> = new AsyncLocalStorage();
  /** A client of the library has one bucket. */
  readonly #clients = new Map<string, OSS>();

  private constructor(options: OssOptions, sdk: typeof OSS) {
    this.#options = options;
    this.#credentials = findOssCredentials(options, process.env);
    this.#sdk = sdk;
    this.#connections = new HttpConnections(options.timeoutMs ?? DEFAULTS.timeoutMs);
    this.#attempts = options.attempts ?? DEFAULTS.attempts;
  }

  static async open(options: OssOptions): Promise<OssWire> {
    const { default: sdk } = await loadSdk<{ readonly default: typeof OSS }>('oss', 'ali-oss');
    return new OssWire(options, sdk);
  }

  /**
   * Uses the library. Tries again what may succeed later.
   *
   * @throws {OssRefusal} or an error of the network: see {@link error}
   */
  run<T>(bucket: string, signal: AbortSignal | undefined, work: (client: OSS) => Promise<T>): Promise<T> {
    return retry(() => this.once(bucket, signal, work), {
      attempts: this.#attempts,
      retryable: (error) => isRetryable(this.error(error, bucket, undefined, signal)),
      signal,
    });
  }

  /** As {@link run}, but not again. */
  async once<T>(
    bucket: string,
    signal: AbortSignal | undefined,
    work: (client: OSS) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const client = this.#clientOf(bucket);
    const call: Call = { signal };
    try {
      return await this.#calls.run(call, () => work(client));
    } catch (error) {
      throw call.failure ?? error;
    }
  }

  /** An error as one of this package. */
  error(cause: unknown, bucket: string, key: string | undefined, signal: AbortSignal | undefined): unknown {
    const address = `${ossKind.address(this.#options)}, asked with ${this.#credentials.found},`;
    return s3Error(cause, { kind: 'oss', address, bucket, key }, signal);
  }

  close(): void {
    this.#connections.close();
  }

  #clientOf(bucket: string): OSS {
    const known = this.#clients.get(bucket);
    if (known !== undefined) return known;
    const { accessKeyId, accessKeySecret, stsToken } = this.#credentials;
    const settings = {
      ...{ bucket, accessKeyId, accessKeySecret, region: regionOf(this.#options) ?? '' },
      endpoint: ossKind.address(this.#options),
      secure: ossKind.address(this.#options).startsWith('https:'),
      authorizationV4: true,
      // Else it prints that a token should be renewed, which is for those who gave it.
      ...(stsToken !== undefined && { stsToken, refreshSTSTokenInterval: 300_000 }),
      urllib: { request: this.#request },
    };
    try {
      const client = new this.#sdk(settings);
      this.#clients.set(bucket, client);
      return client;
    } catch (cause) {
      // It knows the rules for names, and throws at those that break them.
      throw new StorageError('bad-argument', `oss storage: ${(cause as Error).message}`, { bucket, cause });
    }
  }

  /** In place of the library's transport. It throws nothing that the library would make another error of. */
  readonly #request = async (address: string, params: UrllibParams): Promise<UrllibResult> => {
    const call = this.#calls.getStore();
    try {
      const { method, headers, content, stream, customResponse = false } = params;
      const url = new URL(address);
      const answer = await this.#connections.send({
        ...{ method, url, path: address.slice(url.origin.length), signal: call?.signal },
        headers: textHeaders(headers),
        body: content !== undefined ? [bytesOf(content)] : stream === undefined ? [] : await piecesOf(stream),
      });
      const { statusCode: status = 0 } = answer;
      if (status < 200 || status >= 300) throw new OssRefusal(answer, await refusalText(answer));
      const data = customResponse ? undefined : Buffer.from(await textOf(answer));
      return { status, headers: answer.headers, data, res: answer };
    } catch (error) {
      if (call !== undefined) call.failure = error;
      throw error;
    }
  };
}

/** Answers to HEAD have no body: their refusals are in a header. */
async function refusalText(answer: IncomingMessage): Promise<string> {
  const text = await textOf(answer);
  const header = answer.headers['x-oss-err'];
  return text === '' && typeof header === 'string' ? Buffer.from(header, 'base64').toString() : text;
}

function textHeaders(headers: UrllibParams['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      // Told by the body.
      .filter(([name]) => !/^content-length$/i.test(name))
      .map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

async function piecesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

/** A refusal because of what is there already, under the header `x-oss-forbid-overwrite`. */
export function isTaken(error: unknown): boolean {
  return errorName(error) === 'FileAlreadyExists' || errorName(error) === 'ObjectAlreadyExists';
}
