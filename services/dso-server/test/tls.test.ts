import { expect, test } from 'vitest';
import { authority } from './support/certificates.ts';
import { client } from './support/client.ts';
import { startProgram } from './support/server.ts';

const SCHEMES = ['dsos:', 'grpcs:'] as const;

test('a certificate of another authority is refused by the client, and the server goes on', async () => {
  const own = authority('own');
  const other = authority('other');
  const { cert, key } = own.issue('server');
  const server = await startProgram(['--tls-cert', cert, '--tls-key', key]);
  for (const scheme of SCHEMES) {
    await expect(client(server.url(scheme), { caFile: other.ca })).rejects.toThrow(
      /certificate|unable to verify|self-signed/i,
    );
    const dso = await client(server.url(scheme), { caFile: own.ca });
    expect(await dso.counter(scheme).increment()).toBe(1);
  }
});

test('with --tls-client-ca, clients show a certificate of that authority, or do not come in', async () => {
  const own = authority('own');
  const other = authority('other');
  const { cert, key } = own.issue('server');
  const mine = own.issue('client');
  const strange = other.issue('stranger');
  const server = await startProgram(['--tls-cert', cert, '--tls-key', key, '--tls-client-ca', own.ca]);
  for (const scheme of SCHEMES) {
    const url = server.url(scheme);
    const dso = await client(url, { caFile: own.ca, certFile: mine.cert, keyFile: mine.key });
    expect(await dso.counter(scheme).increment()).toBe(1);
    await dso.close();
    await expect(client(url, { caFile: own.ca })).rejects.toThrow('cannot reach');
    await expect(
      client(url, { caFile: own.ca, certFile: strange.cert, keyFile: strange.key }),
    ).rejects.toThrow('cannot reach');
  }
});

test('a client that speaks no TLS is not understood', async () => {
  const { issue } = authority('own');
  const { cert, key } = issue('server');
  const server = await startProgram(['--tls-cert', cert, '--tls-key', key]);
  for (const scheme of SCHEMES) {
    const plain = server.url(scheme).replace(/s:/, ':');
    await expect(client(plain)).rejects.toThrow('cannot reach');
  }
});
