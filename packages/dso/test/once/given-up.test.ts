/** What a client gives up leaves no hole behind it: operations that come later are done. */
import { describe, expect, test } from 'vitest';
import { startNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

describe('an operation that was given up while the server was away', () => {
  test('does not hold up those after it', async () => {
    const node = await startNode();
    const proxy = await startProxy(node.url);
    // Signs of life for longer than the test: the session lives on.
    await using dso = await separate(proxy.url, { sessionTtlMs: 60_000 });
    await using direct = await separate(node.url);
    const counter = dso.counter('hits');
    expect(await counter.increment()).toBe(1);
    // Starts signs of life on another connection, which keep the session when its own is gone.
    await dso.lock('alive').acquire();
    proxy.freeze();
    const lost = counter.increment(1, { timeoutMs: 100 });
    await expect(lost).rejects.toThrow(/not known|not answered/);
    proxy.cut();
    expect(await counter.increment(10, { timeoutMs: 5000 })).toBe(11);
    expect(await direct.counter('hits').tally()).toBe(11);
  });
});

describe('an answer that nobody waited for any more', () => {
  test('is acknowledged all the same: the node keeps nothing for it, nor for what came after', async () => {
    const node = await startNode();
    const proxy = await startProxy(node.url);
    await using dso = await separate(proxy.url);
    const counter = dso.counter('hits');
    await counter.increment();
    proxy.delay(1500);
    await expect(counter.increment(1, { timeoutMs: 10 })).rejects.toThrow();
    proxy.delay(0);
    for (let i = 0; i < 2000; i++) await counter.increment();
    expect(await node.ask('replies')).toBeLessThan(600);
  });

  test('within the grace after a deadline, what the server says counts', async () => {
    const node = await startNode();
    const proxy = await startProxy(node.url);
    await using dso = await separate(proxy.url);
    const counter = dso.counter('hits');
    await counter.increment();
    proxy.delay(350);
    // It has been done, and the answer comes after the deadline and before the grace is over.
    expect(await counter.increment(1, { timeoutMs: 100 })).toBe(2);
  });
});
