/** Metrics and health by HTTP, for Prometheus and for the probes of Kubernetes. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface Pages {
  /** `undefined` until there are any. */
  readonly metrics: () => Registry | undefined;
  /** Whether clients may be sent here. */
  readonly isReady: () => boolean;
}

export function healthPages({ metrics, isReady }: Pages): Server {
  return createServer((request, response) => {
    const answer = (code: number, text: string, type = 'text/plain; charset=utf-8'): void =>
      end(response, request.method === 'HEAD', code, text, type);
    const [path] = (request.url ?? '/').split('?');
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'only GET\n');
    else if (path === '/healthz') answer(200, 'alive\n');
    else if (path === '/readyz') answer(isReady() ? 200 : 503, isReady() ? 'ready\n' : 'not ready\n');
    else if (path === '/metrics') {
      const registry = metrics();
      if (registry === undefined) answer(503, 'not ready\n');
      else
        registry.metrics().then(
          (text) => answer(200, text, registry.contentType),
          (error: unknown) => answer(500, `${String(error)}\n`),
        );
    } else answer(404, 'there are /metrics, /healthz and /readyz\n');
  });
}

function end(response: ServerResponse, isHead: boolean, code: number, text: string, type: string): void {
  // Connections that are kept would be in the way of the server's end.
  response.writeHead(code, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(isHead ? undefined : text);
}
