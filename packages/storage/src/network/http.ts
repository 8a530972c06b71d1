/**
 * HTTP for drivers whose library has no good one of its own: kept connections, an end to silence, an end on demand, and
 * refusals that are heard before a large body is sent.
 */
import * as http from 'node:http';
import * as https from 'node:https';

/** Connections of one store. More requests than these wait for one. */
const SOCKETS = 128;

/**
 * Bodies from this size on wait for the server's word to go on (`Expect: 100-continue`, RFC 9110, section 10.1.1). A server
 * that refuses early closes the connection when much is on its way, which would look like a failure of the network;
 * programs in Go read 256 KiB before they do.
 */
const ASK_FROM_BYTES = 256 * 1024;
/** A server that says nothing to that gets the body all the same. */
const ASK_MS = 1_000;

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Path and query as they go out, where those of a URL would not be the same: it takes '..' out. @default the URL's */
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: readonly Uint8Array[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Neither side has said anything for too long. */
class SilenceError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(timeoutMs: number, host: string | undefined) {
    super(`${host ?? 'the server'} has said nothing for ${timeoutMs} ms`);
  }
}

/** The connections of one store. */
export class HttpConnections {
  readonly #timeoutMs: number;
  readonly #http: http.Agent;
  readonly #https: https.Agent;

  /** @param timeoutMs how long a connection may be silent, or be made */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const options = { keepAlive: true, maxSockets: SOCKETS };
    this.#http = new http.Agent(options);
    this.#https = new https.Agent(options);
  }

  /** As `http.request` of Node: for libraries that take one. The body comes by one call of `end`. */
  open(
    options: http.RequestOptions,
    signal: AbortSignal | undefined,
    onResponse: (response: http.IncomingMessage) => void,
  ): http.ClientRequest {
    const secure = options.protocol === 'https:';
    const bytes = Number((options.headers as http.OutgoingHttpHeaders | undefined)?.['content-length'] ?? 0);
    const ask = bytes >= ASK_FROM_BYTES;
    const request = (secure ? https : http).request({
      ...options,
      agent: secure ? this.#https : this.#http,
      headers: { ...(options.headers as http.OutgoingHttpHeaders), ...(ask && { expect: '100-continue' }) },
      timeout: this.#timeoutMs,
      ...(signal && { signal }),
    });
    this.#endSilence(request, options.hostname ?? options.host ?? undefined);
    request.once('response', onResponse);
    if (ask) sendWhenAsked(request);
    return request;
  }

  /** The answer, whatever its status; its body must be read or destroyed. */
  send({ method, url, path, headers, body = [], signal }: HttpRequest): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const length = body.reduce((sum, part) => sum + part.byteLength, 0);
      const request = this.open(
        {
          ...{
            method,
            protocol: url.protocol,
            hostname: url.hostname.replace(/^\[|\]$/g, ''),
            port: url.port,
          },
          path: path ?? url.pathname + url.search,
          headers: {
            ...headers,
            ...((length > 0 || method === 'PUT' || method === 'POST') && {
              'content-length': String(length),
            }),
          },
        },
        signal,
        resolve,
      );
      request.on('error', reject);
      request.end(body.length === 1 ? body[0] : Buffer.concat(body, length));
    });
  }

  /** Ends all connections, those in use too. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  /** A connection that is silent because its reader is slow is left alone. */
  #endSilence(request: http.ClientRequest, host: string | undefined): void {
    let response: http.IncomingMessage | undefined;
    request.once('response', (one) => {
      response = one;
    });
    request.on('timeout', () => {
      if (response !== undefined && response.readableLength > 0) request.setTimeout(this.#timeoutMs);
      else request.destroy(new SilenceError(this.#timeoutMs, host));
    });
  }
}

function sendWhenAsked(request: http.ClientRequest): void {
  const end = request.end.bind(request) as (body: unknown) => http.ClientRequest;
  request.end = ((body: unknown) => {
    const go = (): void => {
      stop();
      end(body);
    };
    const timer = setTimeout(go, ASK_MS);
    const stop = (): void => {
      clearTimeout(timer);
      request.off('continue', go);
    };
    request.once('continue', go);
    // Refused before the body: the connection is in the middle of a request and of no further use.
    request.once('response', (response) => {
      stop();
      if (!request.writableEnded) response.once('close', () => request.destroy());
    });
    request.once('close', stop);
    return request;
  }) as typeof request.end;
}

/** All of a body that is known to be small, such as that of an error. */
export async function textOf(response: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
