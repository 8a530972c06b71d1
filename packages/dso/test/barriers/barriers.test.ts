/** B1, B2: nobody passes a barrier early, however many they are and wherever; and when one dies, all are told. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dso } from '../../src/dso.ts';
import { launchNode, runClient, type StartedNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';
import type { ManyOptions } from './many.ts';

const MANY = new URL('many.ts', import.meta.url).href;

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

describe.each([
  { all: 2, processes: 2, connections: 1, generations: 100 },
  { all: 3, processes: 3, connections: 1, generations: 60 },
  { all: 7, processes: 2, connections: 3, generations: 40 },
  { all: 50, processes: 2, connections: 5, generations: 12 },
  { all: 100, processes: 2, connections: 1, generations: 8 },
  { all: 200, processes: 2, connections: 20, generations: 5 },
])('$all parties of $processes processes, $connections connections each', (shape) => {
  const { all, processes, connections, generations } = shape;
  test(`pass together, ${generations} times`, async () => {
    const clients = Array.from({ length: processes }, (_, i) => {
      const parties = Math.floor(all / processes) + (i < all % processes ? 1 : 0);
      const options: ManyOptions = { url: node.url, parties, all, generations, connections };
      return runClient<string | number>(MANY, 'many', options);
    });
    await Promise.all(clients.map((client) => client.next()));
    for (const client of clients) client.tell('go');
    const missing = await Promise.all(clients.map((client) => client.next()));
    expect(missing).toEqual(clients.map(() => 0));
    expect(await dso.counter('arrived').tally()).toBe(all * generations);
    expect(await dso.barrier('many').generation()).toBe(generations);
    await Promise.all(clients.map(({ done }) => done));
  }, 60_000);
});

test('a process that dies with 20 of 100 parties breaks it for the other 79, none of which passes', async () => {
  await dso.barrier('many', { parties: 100 }).waiting();
  const options: ManyOptions = { url: node.url, parties: 20, all: 100, generations: 1, connections: 1 };
  const client = runClient<string>(MANY, 'victims', options);
  await client.next();
  const others = Array.from({ length: 79 }, () => dso.barrier('many').wait());
  const outcomes = Promise.allSettled(others);
  expect(await dso.barrier('many').waiting()).toBe(99);
  await client.kill();
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'broken-barrier' } });
});
