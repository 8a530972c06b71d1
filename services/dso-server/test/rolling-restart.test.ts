/**
 * Servers are ended and started anew, one after another, as soon as the one before is ready. There is one copy of each object:
 * whatever survives was handed over, and clients see nothing of it.
 */
import { expect, test } from 'vitest';
import { client } from './support/client.ts';
import { clusters, increment } from './support/cluster.ts';
import { metric } from './support/metrics.ts';

const cluster = clusters();
const NAMES = Array.from({ length: 12 }, (_, i) => `counter ${i}`);

test('no call fails, every count is exact, and who waits goes on waiting', async () => {
  const { addresses, start } = await cluster({
    servers: 3,
    replicas: 1,
    flags: ['--drain-timeout-ms', '120000'],
  });
  const servers = await Promise.all(addresses.map((address) => start(address)));
  // Each has some of the objects, which are far more than three.
  for (const { metrics } of servers)
    await expect
      .poll(() => metric(metrics, 'skein_dso_slots{role="primary"}'), { timeout: 60_000, interval: 100 })
      .toBeGreaterThan(1000);
  const dso = await client(`dso://${addresses.join(',')}`);
  const token = await dso.lock('held').acquire();
  const taken = NAMES.map((name) => dso.queue<string>(`queue of ${name}`).take());
  const work = increment(dso, NAMES);
  await work.more(100);

  for (const server of servers) {
    expect(await server.end('SIGTERM')).toBe(0);
    await work.more(50);
    await start(server.address);
    await work.more(50);
  }

  const acknowledged = await work.stop();
  expect(await Promise.all(NAMES.map((name) => dso.counter(name).tally()))).toEqual(acknowledged);
  for (const name of NAMES) await dso.queue<string>(`queue of ${name}`).put(name);
  expect(await Promise.all(taken)).toEqual(NAMES);
  await dso.lock('held').release(token);
}, 400_000);
