/** What a process holds is let go when it dies or is silent for too long, and kept while it only computes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dso } from '../../src/dso.ts';
import { launchNode, runClient, type StartedNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

const PARTIES = new URL('parties.ts', import.meta.url).href;

let node: StartedNode;
let dso: Dso;
beforeAll(async () => {
  node = await launchNode();
  dso = await separate(node.url);
});
beforeEach(() => dso.clear());
afterAll(async () => {
  await dso.close();
  await node.kill();
});

/** How long something takes that waits, milliseconds. */
async function timed<T>(work: Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const began = performance.now();
  const result = await work;
  return { ms: performance.now() - began, result };
}

describe('a process that is killed', () => {
  test('frees its lock long before its session would run out', async () => {
    const holder = runClient<number>(PARTIES, 'holder', { url: node.url, sessionTtlMs: 60_000 });
    const token = await holder.next();
    const waits = timed(dso.lock('till').acquire());
    await holder.kill();
    const { ms, result } = await waits;
    expect(result).toBeGreaterThan(token);
    expect(ms).toBeLessThan(20_000);
    await dso.lock('till').release(result);
  });

  test('gives its permits back', async () => {
    const taker = runClient(PARTIES, 'taker', { url: node.url, sessionTtlMs: 60_000 });
    const seats = dso.semaphore('seats', { permits: 2 });
    expect(await seats.available()).toBe(2);
    await taker.next();
    expect(await seats.available()).toBe(0);
    await taker.kill();
    await seats.acquire(2, { timeoutMs: 20_000 });
    await seats.release(2);
  });

  test('breaks the barrier at which it waits, for all', async () => {
    await dso.barrier('start', { parties: 4 }).waiting();
    const parties = [1, 2, 3].map(() =>
      runClient<string>(PARTIES, 'party', { url: node.url, sessionTtlMs: 60_000 }),
    );
    await Promise.all(parties.map((one) => one.next()));
    const [victim, ...others] = parties;
    await victim?.kill();
    expect(await Promise.all(others.map((one) => one.next()))).toEqual(['broken-barrier', 'broken-barrier']);
    await expect(dso.barrier('start').wait()).rejects.toMatchObject({ code: 'broken-barrier' });
  });
});

describe('a process that is stopped', () => {
  test('loses its lock when its session runs out, and its late write is refused by the token', async () => {
    const holder = runClient<number | string[]>(PARTIES, 'holder', { url: node.url, sessionTtlMs: 1500 });
    const old = (await holder.next()) as number;
    holder.signal('SIGSTOP');
    const token = await dso.lock('till').acquire({ timeoutMs: 25_000 });
    expect(token).toBeGreaterThan(old);
    const ledger = dso.atomicReference<string>('ledger');
    await ledger.set('new', { fence: token });
    holder.signal('SIGCONT');
    holder.tell('write');
    const codes = (await holder.next()) as string[];
    // It learns that its session is over, or the object tells it by the token; and then always the latter.
    expect(codes[0]).toMatch(/^(session-lost|stale-fence)$/);
    expect(codes[1]).toBe('stale-fence');
    expect(await ledger.get()).toBe('new');
    await dso.lock('till').release(token);
  });
});

describe('a process that computes for three times as long as its session lives', () => {
  test('keeps its lock', async () => {
    const computer = runClient<string | boolean>(PARTIES, 'computer', {
      url: node.url,
      sessionTtlMs: 1500,
      computeMs: 4500,
    });
    await computer.next();
    const waits = dso.lock('till').acquire();
    expect(await computer.next()).toBe(true);
    // Nobody has had it meanwhile: the token is the next one.
    expect(await waits).toBe(2);
    await dso.lock('till').release(2);
  });
});
