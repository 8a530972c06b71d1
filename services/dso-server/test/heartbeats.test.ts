/** A process that computes holds what it holds: a thread of its own says that it lives. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, inject, test } from 'vitest';
import { authority } from './support/certificates.ts';
import { client } from './support/client.ts';
import { file } from './support/folder.ts';
import { startProgram } from './support/server.ts';

const TTL_MS = 1000;

test.each(['dso:', 'grpc:', 'dsos:', 'grpcs:'])('%s: by this transport too', async (scheme) => {
  const { ca, issue } = authority('own');
  const { cert, key } = issue('server');
  const tls = scheme.endsWith('s:') ? ['--tls-cert', cert, '--tls-key', key] : [];
  const token = file('token', 'open sesame');
  const server = await startProgram([...tls, '--auth-token-file', token]);
  const options = { tokenFile: token, ...(tls.length === 0 ? {} : { caFile: ca }) };
  const source = `
    import { connect } from '@skein/dso';
    const options = { ...${JSON.stringify(options)}, sessionTtlMs: ${TTL_MS} };
    const dso = await connect('${server.url(scheme)}', options);
    const lock = dso.lock('lock');
    const fence = await lock.acquire();
    console.log('held');
    const end = Date.now() + ${TTL_MS * 3};
    while (Date.now() < end);
    // Refused if the lock had been another's meanwhile.
    await dso.counter('visits').increment(1, { fence });
    await lock.release();
    console.log('released');
    await dso.close();
  `;
  const child = spawn(process.execPath, [...inject('nodeFlags'), '--input-type=module', '--eval', source], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect(await lines.next()).toMatchObject({ value: 'held' });
  const dso = await client(server.url(scheme), options);
  const other = dso.lock('lock');
  // If the lock were free before, this would be the higher token, by which the other process would be refused.
  const fence = await other.acquire();
  await dso.counter('visits').increment(1, { fence });
  await other.release();
  expect(await lines.next()).toMatchObject({ value: 'released' });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
