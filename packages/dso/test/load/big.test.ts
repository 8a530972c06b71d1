/** Big values, many objects and clients that do not read: nobody else has to wait for them. */
import { connect as connectSocket, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchNode, type StartedNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';
import { greeting } from './raw-client.ts';

const MIB = 2 ** 20;
/** The worst that a counter may take beside a big value, milliseconds; it takes a few on a machine of its own. */
const WORST_MS = 3000;

let node: StartedNode;
beforeAll(async () => {
  node = await launchNode({ limits: { maxMemoryBytes: 4096 * MIB } });
});
afterAll(() => node.kill());

describe('while 64 MiB come and go', () => {
  test.each(['the same connection', 'another connection'])(
    'a counter on %s is answered',
    async (which) => {
      await using dso = await separate(node.url);
      await using other = await separate(node.url);
      const counter = (which === 'the same connection' ? dso : other).counter('hits');
      await counter.increment();
      const bytes = new Uint8Array(64 * MIB).fill(7);
      const blob = dso.blob(which);
      let moving = true;
      const moved = (async () => {
        for (let round = 0; round < 2; round++) {
          await blob.set(bytes);
          expect((await blob.get())?.length).toBe(bytes.length);
        }
      })().finally(() => {
        moving = false;
      });
      let worst = 0;
      let count = 0;
      while (moving) {
        const began = performance.now();
        await counter.increment();
        worst = Math.max(worst, performance.now() - began);
        count++;
      }
      await moved;
      expect(count).toBeGreaterThan(3);
      expect(worst).toBeLessThan(WORST_MS);
      await blob.set(new Uint8Array(0));
    },
    60_000,
  );
});

test('200,000 objects and a map of 200,000 entries are held, and found again', async () => {
  await using dso = await separate(node.url);
  const MANY = 200_000;
  for (let at = 0; at < MANY; at += 10_000) {
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => dso.counter(`c${at + i}`).increment(at + i)));
  }
  const map = dso.map<string, number>('entries');
  for (let at = 0; at < MANY; at += 10_000) {
    await map.setMany(Array.from({ length: 10_000 }, (_, i) => [`k${at + i}`, at + i] as const));
  }
  expect(await map.size()).toBe(MANY);
  for (const i of [0, 1, 123_456, 199_999]) {
    expect(await dso.counter(`c${i}`).tally()).toBe(i);
    expect(await map.get(`k${i}`)).toBe(i);
  }
  const [stats] = await dso.stats();
  expect(stats?.objects).toBeGreaterThanOrEqual(MANY + 1);
  await dso.clear();
  expect((await dso.stats())[0]?.bytes).toBe(0);
}, 120_000);

/** A client that asks for the whole of a list of 1 MiB, again and again, and does not read. */
function deaf(reads: number): Socket {
  const port = Number(/:(\d+)$/.exec(node.url)?.[1]);
  const socket = connectSocket(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.pause();
  socket.on('error', () => {});
  for (const part of greeting(reads)) socket.write(part);
  return socket;
}

describe('a client that does not read', () => {
  beforeAll(async () => {
    await using dso = await separate(node.url);
    // In pieces, so that each answer is made anew.
    const list = dso.list<string>('long');
    for (let i = 0; i < 16; i++) await list.push('x'.repeat(65_536));
  });

  test('does not fill the memory of the node', async () => {
    await using dso = await separate(node.url);
    const before = await node.ask('memory');
    // 4 GiB in all, asked for in 52 kB.
    deaf(4000);
    // The node has taken what it takes when it has answered others for a while.
    for (let i = 0; i < 300; i++) await dso.counter('hits').increment();
    const grown = (await node.ask('memory')) - before;
    expect(grown).toBeLessThan(300 * MIB);
  });

  test('gets everything when it reads', async () => {
    await using dso = await separate(node.url);
    const socket = deaf(100);
    for (let i = 0; i < 100; i++) await dso.counter('hits').increment();
    let bytes = 0;
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > 100 * MIB) resolve();
      });
      socket.resume();
    });
    expect(bytes).toBeLessThan(102 * MIB);
  });
});
