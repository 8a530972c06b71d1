/** A process that was silent for too long has lost its session, and goes on with another one. */
import { describe, expect, test } from 'vitest';
import { startNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

/** Stands still, as a long computation does. */
function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('a process that computed for longer than its session lives', () => {
  test('goes on counting, if it held nothing', async () => {
    const node = await startNode();
    await using dso = await separate(node.url, { sessionTtlMs: 400 });
    const counter = dso.counter('hits');
    expect(await counter.increment()).toBe(1);
    compute(1500);
    expect(await counter.increment()).toBe(2);
    expect(await counter.increment()).toBe(3);
  });

  test.each(['acquire', 'tryAcquire'] as const)('keeps a lock that it got by %s', async (way) => {
    const node = await startNode();
    await using dso = await separate(node.url, { sessionTtlMs: 2000 });
    await using other = await separate(node.url);
    const lock = dso.lock('till');
    const token = await lock[way]();
    // At once: a function that computes does not wait for the thread that gives its signs of life.
    compute(4500);
    expect(await other.lock('till').tryAcquire()).toBeUndefined();
    await lock.release(token);
  });
});

describe('a session', () => {
  test('lives on when its old connection ends late, for it has a new one', async () => {
    const node = await startNode();
    const proxy = await startProxy(node.url);
    await using dso = await separate(proxy.url, { sessionTtlMs: 30_000 });
    await using other = await separate(node.url);
    expect(await dso.semaphore('one', { permits: 1 }).tryAcquire()).toBe(true);
    const late = proxy.leaveNode();
    const before = await dso.counter('hits').increment();
    expect(before).toBe(1);
    late.cut();
    // The grace of a session whose connection ended is 2 s: a little later it would be gone.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await other.semaphore('one').available()).toBe(0);
    await dso.semaphore('one').release();
  });

  test('that is over is said so once, to who held something; then there is another one', async () => {
    const node = await startNode();
    const proxy = await startProxy(node.url);
    await using dso = await separate(proxy.url, { sessionTtlMs: 500 });
    await using other = await separate(node.url);
    const lock = dso.lock('till');
    const token = await lock.acquire();
    // Neither requests nor signs of life arrive, as if this process had been stopped.
    proxy.refuse(true);
    proxy.freeze();
    expect(await other.lock('till').acquire()).toBeGreaterThan(token);
    proxy.refuse(false);
    proxy.cut();
    // On its way when the connection broke, or not yet sent: both may be.
    await expect(lock.release(token)).rejects.toMatchObject({
      code: expect.stringMatching(/^(session-lost|outcome-unknown)$/),
    });
    expect(await dso.counter('hits').increment()).toBe(1);
  });
});
