import { beforeAll, expect, test } from 'vitest';
import { client, failure } from './support/client.ts';
import { file } from './support/folder.ts';
import { metric } from './support/metrics.ts';
import { authorized, operator } from './support/operator.ts';
import { type StartedServer, startProgram } from './support/server.ts';

let server: StartedServer;
beforeAll(async () => {
  server = await startProgram(['--auth-token-file', file('token', 'open sesame\n')]);
});

async function unauthorized(): Promise<number> {
  return (await metric(server.metrics, 'skein_dso_refused_connections_total{reason="unauthorized"}')) ?? 0;
}

test.each(['dso:', 'grpc:'])('%s: the token lets in; another, or none, does not', async (scheme) => {
  const url = server.url(scheme);
  const dso = await client(url, { token: 'open sesame' });
  expect(await dso.counter(scheme).increment()).toBe(1);
  const before = await unauthorized();

  const wrong = await failure(client(url, { token: 'open barley' }));
  expect(wrong).toMatchObject({ name: 'ConnectionError' });
  expect(wrong.message).toMatch(/asks for a token \(--auth-token-file\), and the token is another/);
  expect((await failure(client(url))).message).toMatch(/no token was given/);
  expect(await unauthorized()).toBe(before + 2);
  expect(await dso.counter(scheme).increment()).toBe(2);
});

test('a token may come from a file', async () => {
  const dso = await client(server.url('dso:'), { tokenFile: file('token', 'open sesame') });
  expect(await dso.counter('visits').increment()).toBe(1);
});

test('operators give it as metadata', async () => {
  const ask = operator(server.url('grpc:'));
  expect(await ask('Members', {}, authorized('open sesame'))).toMatchObject({ members: [server.address] });
  for (const metadata of [undefined, authorized('open barley')]) {
    for (const method of ['Members', 'Ring', 'Objects', 'Stats', 'Beat'] as const) {
      const refused = await failure(ask(method, {}, metadata));
      expect(refused.message).toMatch(/UNAUTHENTICATED.*authorization: Bearer/);
    }
  }
});
