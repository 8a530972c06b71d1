/** The tier in Redis by TLS: a real Redis behind an end of TLS, as managed ones are. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { Cache } from '@skein/cache';
import { expect, onTestFinished, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { crew, race } from './support/crew.ts';
import { temporaryDirectory } from './support/directory.ts';
import { anyNamespace, urlOf } from './support/redis.ts';

const server = serverForTests(findRedis, startRedis);

/** For localhost, signed by itself. @returns paths */
function certificate(): { readonly key: string; readonly cert: string } {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(temporaryDirectory(), name)) as [
    string,
    string,
  ];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  return { key, cert };
}

async function endOfTls({ key, cert }: ReturnType<typeof certificate>): Promise<number> {
  const sockets = new Set<TLSSocket>();
  const end = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (client) => {
    sockets.add(client);
    const redis = connect(server().port, '127.0.0.1');
    client.on('error', () => {}).pipe(redis);
    redis.on('error', () => {}).pipe(client);
  });
  await once(end.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    end.close();
  });
  return (end.address() as AddressInfo).port;
}

test('who trusts the certificate keeps values by TLS; who does not is told so, and loads', async () => {
  const own = certificate();
  const url = `rediss://localhost:${await endOfTls(own)}`;
  const namespace = anyNamespace();
  const [member] = await crew(1, { NODE_EXTRA_CA_CERTS: own.cert });
  const cache = { namespace, tiers: ['redis'], redis: { url } } as const;
  const [taken] = await race<string>([member!], { name: 'take', directory: temporaryDirectory(), cache });
  expect(taken).toBe(`by ${member!.pid}`);
  const bare = new Cache({ ...cache, redis: { url: urlOf(server().port) } });
  const distrustful = new Cache(cache);
  onTestFinished(async () => {
    await Promise.all([bare.close(), distrustful.close()]);
  });
  expect(await bare.get('model')).toBe(taken);
  expect(await distrustful.getOrSet('model', () => 'loaded')).toBe('loaded');
  await expect(distrustful.delete('model')).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(
      /^delete did not reach the redis tier.*redis at rediss:\/\/localhost:\d+\/?: self-signed/,
    ),
  });
});
