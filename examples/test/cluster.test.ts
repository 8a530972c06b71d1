/**
 * Programs on shared objects run unchanged on a cluster of three servers, two of which hold each object. One that is at work for a
 * program is killed in its midst.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Cluster, clusters } from '../../services/dso-server/test/support/cluster.ts';
import { metric } from '../../services/dso-server/test/support/metrics.ts';
import type { StartedServer } from '../../services/dso-server/test/support/server.ts';
import { played, programs } from './applications.ts';

const open = clusters();
let cluster: Cluster | undefined;
const servers = new Map<string, StartedServer>();

/** So many make a server one that is at work. */
const WRITES = 10;
const LOOK_MS = 20;
/** An object's methods and barriers, beings that wait for each other by twenties, sums that depend on who has what rank. */
const applications = programs.filter(({ file }) => /^1[146]-/.test(file));

test.each(applications)(
  '$file: $claim',
  async ({ file, prints }) => {
    cluster ??= await open({ servers: 3, replicas: 2, flags: ['--user-code-time-limit-ms', '60000'] });
    const { addresses, start, settled } = cluster;
    await Promise.all(
      addresses
        .filter((address) => !servers.has(address))
        .map(async (address) => servers.set(address, await start(address))),
    );
    await settled();
    const before = await writes();
    let isOver = false;
    const run = played(file, { SKEIN_DSO: `dso://${addresses.join(',')}` }).finally(() => {
      isOver = true;
    });
    run.catch(() => {}); // it is told below
    let victim: string | undefined;
    for (; !isOver && victim === undefined; await delay(LOOK_MS))
      for (const [address, count] of await writes())
        if (count - before.get(address)! >= WRITES) victim = address;
    if (victim === undefined) await run;
    expect(victim, 'a server that is at work').toBeDefined();
    expect(await servers.get(victim!)!.end('SIGKILL')).toBe('SIGKILL');
    expect(isOver).toBe(false);
    servers.delete(victim!);
    expect((await run).prints).toBe(prints);
  },
  200_000,
);

/** Of each server, since it has started. */
async function writes(): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const [address, { metrics }] of servers)
    found.set(address, (await metric(metrics, 'skein_dso_operations_total{kind="write"}')) ?? 0);
  return found;
}
