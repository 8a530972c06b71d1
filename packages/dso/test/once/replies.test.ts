/** D3: a node keeps the answers that a client may ask for again, and no others. */
import { expect, test } from 'vitest';
import { startNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

test('100,000 answers are let go although one operation of the same object waits all the time', async () => {
  const node = await startNode();
  await using dso = await separate(node.url);
  const semaphore = dso.semaphore('one', { permits: 0, owned: false });
  const waits = semaphore.acquire();
  let most = 0;
  for (let round = 0; round < 20; round++) {
    // Of the same object, so of the same slot.
    await Promise.all(Array.from({ length: 5000 }, () => semaphore.tryAcquire()));
    most = Math.max(most, await node.ask('replies'));
  }
  // Those that a client has are told of 256 at a time.
  expect(most).toBeLessThan(6000);
  const other = await separate(node.url);
  await other.semaphore('one').release();
  await waits;
  await semaphore.tryAcquire();
  expect(await node.ask('replies')).toBeLessThan(600);
  await other.close();
}, 60_000);

test('one by one, no more than a handful are ever kept', async () => {
  const node = await startNode();
  await using dso = await separate(node.url);
  const counter = dso.counter('hits');
  for (let i = 0; i < 2000; i++) await counter.increment();
  expect(await node.ask('replies')).toBeLessThanOrEqual(1);
});
