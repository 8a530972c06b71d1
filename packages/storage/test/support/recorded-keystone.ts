/**
 * Keystone's one request that a client of Swift makes, as OpenStack's "Identity API v3" has it (password authentication
 * with scoped authorization, authenticating with an application credential): the real one has no place in a test.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedKeystone {
  /** Such as 'http://127.0.0.1:41234/v3'. */
  readonly authUrl: string;
  /** What was asked, most recent last. */
  readonly requests: readonly unknown[];
  close(): Promise<void>;
}

/**
 * @param accepts whether an identity is right
 * @param session the address of an account of Swift, and a token for it, new at each request
 */
export async function startRecordedKeystone(
  accepts: (auth: unknown) => boolean,
  session: () => Promise<{ readonly url: string; readonly token: string }>,
): Promise<RecordedKeystone> {
  const requests: unknown[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (request.method !== 'POST' || request.url !== '/v3/auth/tokens') {
        response.writeHead(404).end();
        return;
      }
      const { auth } = JSON.parse(Buffer.concat(chunks).toString()) as { auth: unknown };
      requests.push(auth);
      if (!accepts(auth)) {
        const error = {
          code: 401,
          message: 'The request you have made requires authentication.',
          title: 'Unauthorized',
        };
        response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
        return;
      }
      const { url, token } = await session();
      const endpoint = (which: string, region: string, at: string): object => ({
        ...{ id: `${which}-${region}`, interface: which, region, region_id: region, url: at },
      });
      const catalog = [
        {
          type: 'identity',
          name: 'keystone',
          endpoints: [endpoint('public', 'RegionOne', 'http://elsewhere/v3')],
        },
        {
          type: 'object-store',
          name: 'swift',
          endpoints: [
            endpoint('internal', 'RegionOne', 'http://inside/v1/AUTH_test'),
            endpoint('public', 'RegionOne', url),
            endpoint('public', 'RegionTwo', 'http://127.0.0.1:1/v1/AUTH_test'),
          ],
        },
      ];
      response.writeHead(201, { 'content-type': 'application/json', 'x-subject-token': token });
      response.end(
        JSON.stringify({ token: { methods: ['password'], expires_at: '2030-01-01T00:00:00Z', catalog } }),
      );
    };
    answer().catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    authUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
