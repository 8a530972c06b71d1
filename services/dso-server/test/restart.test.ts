/** A server that is killed: its objects are gone, and clients are told so, never given new ones in their place. */
import { expect, test } from 'vitest';
import { client, failure } from './support/client.ts';
import { startProgram } from './support/server.ts';

test.each(['dso:', 'grpc:'])('%s: clients reconnect; what was lost is called lost', async (scheme) => {
  const first = await startProgram();
  const dso = await client(first.url(scheme));
  const used = dso.counter('used');
  expect(await used.increment()).toBe(1);
  const waits = failure(dso.latch('never', { count: 1 }).wait());
  await used.increment();
  await first.end('SIGKILL');

  const { host } = new URL(first.url('dso:'));
  const second = await startProgram(['--listen', host]);
  expect(second.address).toBe(first.address);
  // What was on its way when the server died may have been done or not.
  expect(await waits).toMatchObject({ name: 'OutcomeUnknownError', code: 'outcome-unknown' });
  // What the client has used is gone with its server.
  expect(await failure(used.increment())).toMatchObject({ name: 'ObjectLostError', code: 'object-lost' });
  expect(await failure(used.tally())).toMatchObject({ code: 'object-lost' });
  // What it has not used is made, and what it deletes is made anew.
  expect(await dso.counter('fresh').increment()).toBe(1);
  await dso.delete(used);
  expect(await used.increment()).toBe(1);
});

test.each(['dso:', 'grpc:'])(
  '%s: a read, and a write that was not sent, wait for the server',
  async (scheme) => {
    const first = await startProgram();
    const dso = await client(first.url(scheme));
    await dso.members();
    const { host } = new URL(first.url('dso:'));
    await first.end('SIGKILL');
    const early = [dso.counter('fresh').increment(), dso.counter('other').tally()];
    await startProgram(['--listen', host]);
    expect(await Promise.all(early)).toEqual([1, 0]);
  },
);
