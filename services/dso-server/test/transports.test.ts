/** One server, one port, the same objects by whatever transport. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, inject, test } from 'vitest';
import { authority } from './support/certificates.ts';
import { client } from './support/client.ts';
import { folder } from './support/folder.ts';
import { startProgram } from './support/server.ts';

test('dso:, grpc: and dso+unix: reach the same counter', async () => {
  const server = await startProgram(['--unix', join(folder(), 'server.sock')]);
  const counts: number[] = [];
  for (const scheme of ['dso:', 'grpc:', 'dso+unix:']) {
    const dso = await client(server.url(scheme));
    counts.push(await dso.counter('visits').increment());
    expect(await dso.members()).toEqual([server.address]);
  }
  expect(counts).toEqual([1, 2, 3]);
});

test('the socket protocol and gRPC share a port, by TLS too', async () => {
  const { ca, issue } = authority('authority');
  const { cert, key } = issue('server');
  const server = await startProgram(['--tls-cert', cert, '--tls-key', key]);
  expect(server.url('dsos:').slice('dsos'.length)).toBe(server.url('grpcs:').slice('grpcs'.length));
  const counts: number[] = [];
  for (const scheme of ['dsos:', 'grpcs:']) {
    const dso = await client(server.url(scheme), { caFile: ca });
    counts.push(await dso.counter('visits').increment(), await dso.counter('visits').increment());
  }
  expect(counts).toEqual([1, 2, 3, 4]);
});

test('gRPC can have a port of its own, and be off', async () => {
  const apart = await startProgram([
    '--grpc',
    '127.0.0.1:0',
    '--listen',
    'off',
    '--unix',
    join(folder(), 's'),
  ]);
  const dso = await client(apart.url('grpc:'));
  expect(await dso.counter('visits').increment()).toBe(1);

  const without = await startProgram(['--grpc', 'off']);
  const url = without.url('dso:').replace('dso:', 'grpc:');
  await expect(client(url)).rejects.toThrow(/cannot reach 127\.0\.0\.1/);
  expect(await (await client(without.url('dso:'))).counter('visits').increment()).toBe(1);
});

test('large values survive either way, in both directions', async () => {
  const server = await startProgram();
  const value = new Uint8Array(5 * 2 ** 20).map((_, i) => i % 251);
  for (const scheme of ['dso:', 'grpc:']) {
    const bytes = (await client(server.url(scheme))).atomicByteArray(`of ${scheme}`);
    await bytes.set(value);
    expect(Buffer.compare(await bytes.get(), value)).toBe(0);
  }
});

test.each(['dso:', 'grpc:'])('an idle connection by %s does not keep a process running', async (scheme) => {
  const server = await startProgram();
  const source = `
    import { connect } from '@skein/dso';
    const dso = await connect('${server.url(scheme)}');
    const counter = dso.counter('visits');
    await counter.increment();
    // Awaited with nothing else that keeps the process: the answer has to come.
    console.log(await counter.increment());
  `;
  const child = spawn(process.execPath, [...inject('nodeFlags'), '--input-type=module', '--eval', source], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = text(child.stdout);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await said).toBe('2\n');
});

test('a server that is not there is named at once, with the reason', async () => {
  const server = await startProgram();
  await server.end();
  for (const scheme of ['dso:', 'grpc:']) {
    await expect(client(server.url(scheme))).rejects.toThrow(/cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  }
});
