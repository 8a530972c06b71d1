/** Thousands that wait for one object are served, all of them and in their order; thousands of timeouts fall due at once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dso } from '../../src/dso.ts';
import { DsoError } from '../../src/errors.ts';
import { launchNode, type StartedNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

const WAITERS = 2000;

let node: StartedNode;
let dso: Dso;
let other: Dso;
beforeAll(async () => {
  node = await launchNode();
  dso = await separate(node.url);
  other = await separate(node.url);
});
beforeEach(() => dso.clear());
afterAll(async () => {
  await dso.close();
  await other.close();
  await node.kill();
});

describe(`${WAITERS} that wait`, () => {
  test('for a permit get it in the order in which they came', async () => {
    const permits = dso.semaphore('gate', { permits: 0, owned: false });
    const served: number[] = [];
    const all = Array.from({ length: WAITERS }, (_, i) => permits.acquire().then(() => served.push(i)));
    await dso.counter('asked').tally();
    const gate = other.semaphore('gate');
    await Promise.all(Array.from({ length: WAITERS }, () => gate.release()));
    await Promise.all(all);
    expect(served).toEqual(Array.from({ length: WAITERS }, (_, i) => i));
  });

  test('for items of a queue get them in the order in which they came', async () => {
    const queue = dso.queue<number>('work');
    const all = Array.from({ length: WAITERS }, () => queue.take());
    await dso.counter('asked').tally();
    const giver = other.queue<number>('work');
    await Promise.all(Array.from({ length: WAITERS }, (_, i) => giver.put(i)));
    expect(await Promise.all(all)).toEqual(Array.from({ length: WAITERS }, (_, i) => i));
  });

  test('for a latch pass all at once', async () => {
    const latch = dso.latch('start', { count: 1 });
    const all = Array.from({ length: WAITERS }, () => latch.wait());
    await dso.counter('asked').tally();
    await other.latch('start').countDown();
    await Promise.all(all);
  });

  test('for a lock hold it one after another', async () => {
    const lock = dso.lock('till');
    let holders = 0;
    const tokens: number[] = [];
    await Promise.all(
      Array.from({ length: WAITERS }, () =>
        lock.use((token) => {
          holders++;
          expect(holders).toBe(1);
          tokens.push(token);
          holders--;
        }),
      ),
    );
    expect(tokens).toEqual(Array.from({ length: WAITERS }, (_, i) => i + 1));
  });
});

test('10,000 timeouts at once are told, and nothing is left at the node', async () => {
  const queue = dso.queue<number>('empty');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10_000 }, () => queue.take({ timeoutMs: 300 })),
  );
  const codes = new Set(
    outcomes.map((one) =>
      one.status === 'rejected' && one.reason instanceof DsoError ? one.reason.code : one.status,
    ),
  );
  expect(codes).toContain('timeout');
  // A machine that stands still for the two seconds of grace leaves the client without the node's word for some.
  for (const code of codes) expect(['timeout', 'outcome-unknown']).toContain(code);
  expect((await dso.stats())[0]?.waiting).toBe(0);
  await other.queue<number>('empty').put(1);
  expect(await queue.take()).toBe(1);
}, 60_000);
