/** What one call of a worker holds ends with the call, also when the node cannot be told at that moment. */
import { createSite, processSite, type SiteCall, setProcessSite } from '@skein/codec';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchNode, type StartedNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

let node: StartedNode;
/** The call that runs now, as a worker's site would say. */
let running: SiteCall | undefined;
const before = processSite();
beforeAll(async () => {
  setProcessSite(createSite({ call: () => running }));
  node = await launchNode();
});
afterAll(async () => {
  setProcessSite(before);
  await node.kill();
});

/** Does something within a call; the answer ends the call. */
async function within(work: () => Promise<unknown>): Promise<AbortController> {
  const ending = new AbortController();
  running = { signal: ending.signal };
  await work();
  running = undefined;
  return ending;
}

describe('a call', () => {
  test('that ends lets go its lock, and not what its process or another call holds', async () => {
    await using dso = await separate(node.url);
    await using other = await separate(node.url);
    const process = await dso.lock('process').acquire();
    const one = await within(() => dso.lock('one').acquire());
    const two = await within(() => dso.lock('two').acquire());
    one.abort();
    await other.lock('one').acquire({ timeoutMs: 10_000 });
    expect(await other.lock('two').isHeld()).toBe(true);
    expect(await other.lock('process').isHeld()).toBe(true);
    two.abort();
    await other.lock('two').acquire({ timeoutMs: 10_000 });
    await dso.lock('process').release(process);
  });

  test('that ends while the connection is broken lets go its lock once there is one again', async () => {
    const proxy = await startProxy(node.url);
    await using dso = await separate(proxy.url);
    await using other = await separate(node.url);
    // Its process goes on holding something: its session lives on, by signs of life on another connection.
    await dso.lock('mine').acquire();
    const call = await within(() => dso.lock('its').acquire());
    proxy.refuse(true);
    proxy.cut();
    // The client has to have noticed, so that it cannot just say so.
    await new Promise((resolve) => setTimeout(resolve, 200));
    call.abort();
    proxy.refuse(false);
    await other.lock('its').acquire({ timeoutMs: 10_000 });
    expect(await other.lock('mine').isHeld()).toBe(true);
  });

  test('that is one of very many costs no more signs of life than one', async () => {
    await using dso = await separate(node.url, { sessionTtlMs: 300 });
    const gate = dso.semaphore('gate', { permits: 5 });
    for (let i = 0; i < 300; i++) (await within(() => gate.acquire())).abort();
    await gate.acquire(5, { timeoutMs: 10_000 });
    // They are told to the node by a thread, three times in the life of a session: it would be busy with nothing else.
    const [before] = await dso.stats();
    expect(before?.sessions).toBeLessThan(20);
  });
});
