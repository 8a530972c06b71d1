/** The SDK's requests on our connections, which end where they are silent; its own wait for ever. */
import type { HttpOperationResponse, IHttpClient, WebResource } from '@azure/storage-blob';
import { type HttpConnections, textOf } from '../network/http.ts';
import type { Sdk } from './service.ts';

export function httpClientOn(connections: HttpConnections, { RestError }: Sdk): IHttpClient {
  return {
    async sendRequest(request: WebResource): Promise<HttpOperationResponse> {
      const { method, url, body, headers: sent, abortSignal, streamResponseStatusCodes } = request;
      const signal = abortSignal as AbortSignal | undefined;
      try {
        const answer = await connections.send({
          ...{ method, url: new URL(url), headers: sent.toJson(), signal },
          body: body === undefined || body === null ? [] : [bytesOf(body)],
        });
        const status = answer.statusCode ?? 0;
        const headers = sent.clone();
        for (const name of headers.headerNames()) headers.remove(name);
        for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
        const streamed =
          streamResponseStatusCodes?.has(status) || streamResponseStatusCodes?.has(Number.POSITIVE_INFINITY);
        if (!streamed) return { request, status, headers, bodyAsText: await textOf(answer) };
        answer.on('error', () => {}); // the SDK's stream stops listening before the last one
        return { request, status, headers, readableStreamBody: answer };
      } catch (cause) {
        const { message, code } = cause as NodeJS.ErrnoException;
        throw signal?.aborted
          ? cause
          : new RestError(message, { code: code ?? RestError.REQUEST_SEND_ERROR });
      }
    },
  };
}

/** This package sends bytes; the SDK sends what it makes itself as text. */
function bytesOf(body: unknown): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError(`the body of a request must be bytes or text, not ${typeof body}`);
}
