import { createHmac } from 'node:crypto';
import type { Azurite } from '../../../servers/azurite.ts';

/**
 * A request without a body, signed by Azure's shared key: no test of a server should depend on an SDK.
 * Source: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
 */
export function askAzure(server: Azurite, method: string, path: string): Promise<Response> {
  const url = new URL(`${server.endpoint}${path}`);
  const headers = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2021-12-02' };
  const own = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const parameters = [...url.searchParams].sort().map(([name, value]) => `\n${name}:${value}`);
  // Between the method and these are eleven standard headers, of which none is sent.
  const signed = `${method}${'\n'.repeat(12)}${own.join('')}/${server.account}${url.pathname}${parameters.join('')}`;
  const signature = createHmac('sha256', Buffer.from(server.key, 'base64')).update(signed).digest('base64');
  return fetch(url, {
    method,
    headers: { ...headers, authorization: `SharedKey ${server.account}:${signature}` },
  });
}
