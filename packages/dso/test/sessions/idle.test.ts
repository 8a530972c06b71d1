/** A connection on which nothing is asked is as good as one on which much is. */
import { expect, test, vi } from 'vitest';
import { startNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

test('a lock that is held while nothing is asked outlives the connection', async () => {
  const node = await startNode();
  const proxy = await startProxy(node.url);
  await using dso = await separate(proxy.url, { sessionTtlMs: 60_000 });
  await using other = await separate(node.url);
  const token = await dso.lock('till').acquire();
  await vi.waitFor(() => expect(proxy.connections).toBe(2), { timeout: 10_000 });
  // Its first sign of life, which counts for a minute, is not to come after the cut.
  for (let i = 0; i < 50; i++) await dso.counter('asked').tally();
  // The other one, of its signs of life, stays: a session whose connection broke lives on for 2 s.
  proxy.cutFirst();
  await expect(other.lock('till').acquire({ timeoutMs: 4000 })).rejects.toMatchObject({ code: 'timeout' });
  await dso.lock('till').release(token);
}, 30_000);

test('a host that is gone without a word is noticed while all that is asked only waits', async () => {
  const node = await startNode();
  const proxy = await startProxy(node.url);
  await using dso = await separate(proxy.url);
  await using other = await separate(node.url);
  const waits = dso.queue<string>('mail').take();
  await dso.counter('asked').tally();
  // What is there takes nothing any more; what is new works.
  proxy.freeze();
  await other.queue<string>('mail').put('hello');
  expect(await waits).toBe('hello');
}, 40_000);
