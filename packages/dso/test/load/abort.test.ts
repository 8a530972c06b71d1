/** A signal ends a wait: before it is sent, while it waits, or as the answer comes. Nothing is granted to nobody. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dso } from '../../src/dso.ts';
import { seeded } from '../linearizability/simulate.ts';
import { launchNode, type StartedNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

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

class Enough extends Error {}

describe('a signal', () => {
  test('that was given before sends nothing', async () => {
    const reason = new Enough();
    await expect(dso.lock('till').acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const sent = dso.lock('till').acquire({ signal: controller.signal });
    // In the same turn: it has not left yet.
    controller.abort(reason);
    await expect(sent).rejects.toBe(reason);
    expect(await dso.lock('till').isHeld()).toBe(false);
  });

  test('while it waits takes it out of the line, and those behind it are served', async () => {
    const token = await other.lock('till').acquire();
    const controller = new AbortController();
    const reason = new Enough();
    const first = dso.lock('till').acquire({ signal: controller.signal });
    const second = dso.lock('till').acquire();
    await dso.counter('asked').tally();
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    await other.lock('till').release(token);
    await dso.lock('till').release(await second);
    expect(await dso.lock('till').isHeld()).toBe(false);
  });

  const seed = Math.floor(Math.random() * 1e6);
  test(`that races with the answer leaves the lock free, or the call has it (seed ${seed})`, async () => {
    const random = seeded(seed);
    const outcomes = { got: 0, aborted: 0 };
    for (let i = 0; i < 300; i++) {
      const token = await other.lock('till').acquire();
      const controller = new AbortController();
      const waits = dso.lock('till').acquire({ signal: controller.signal });
      waits.catch(() => {});
      await dso.counter('asked').tally();
      const released = other.lock('till').release(token);
      // Somewhere between the release's leaving and the grant's coming.
      for (let turns = random(6); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(new Enough());
      await released;
      try {
        await dso.lock('till').release(await waits);
        outcomes.got++;
      } catch (error) {
        expect(error).toBeInstanceOf(Enough);
        outcomes.aborted++;
      }
      expect(await other.lock('till').isHeld()).toBe(false);
    }
    expect(outcomes.got + outcomes.aborted).toBe(300);
  }, 60_000);
});
