/**
 * D1–D5 on three real servers, two of which hold each object: they stand still, are cut from each other, lose etcd, and come back
 * where they were. Two clients ask all the while: none of their calls fails, and what they are told is linearizable.
 *
 * The seed of what they ask is printed with a failure; SKEIN_SEED asks the same again.
 */
import type { Dso } from '@skein/dso';
import { expect, test } from 'vitest';
import { client, failure } from './support/client.ts';
import { type Cluster, clusters } from './support/cluster.ts';
import { type Histories, histories } from './support/histories.ts';
import { metric } from './support/metrics.ts';
import type { StartedServer } from './support/server.ts';
import { type Wires, wires } from './support/wires.ts';

const SEED = Number(process.env['SKEIN_SEED'] ?? Math.floor(Math.random() * 1e9));
/** Of each object, before and after each fault. */
const SOME = 5;

interface Shared {
  readonly cluster: Cluster;
  readonly between: Wires;
  readonly servers: readonly StartedServer[];
  start(server: number): Promise<StartedServer>;
}

const cluster = clusters();
let starting: Promise<Shared> | undefined;

/** One cluster for all: it is whole again after each fault. */
function shared(): Promise<Shared> {
  starting ??= (async () => {
    const made = await cluster({ servers: 3, replicas: 2, leaseMs: 2000 });
    const { addresses } = made;
    const between = await wires(addresses);
    const start = (i: number): Promise<StartedServer> =>
      made.start(addresses[i]!, ['--advertise', between.advertised[i]!]);
    const servers = await Promise.all([start(0), start(1), start(2)]);
    return { cluster: made, between, servers, start };
  })();
  return starting;
}

interface Scene extends Shared {
  readonly work: Histories;
  readonly dso: Dso;
}

/** Every object has two copies, and is being used. */
async function scene(name: string): Promise<Scene> {
  const all = await shared();
  await all.cluster.settled();
  const url = `dso://${all.between.advertised.join(',')}`;
  const [one, other] = [await client(url), await client(url, { sessionTtlMs: 9000 })];
  const work = histories([one, other], name, SEED);
  await work.more(SOME);
  return { ...all, work, dso: one };
}

test('a server stands still for a moment, then for longer than its lease: others go on, and it says nothing old', async () => {
  const { servers, work } = await scene('paused');
  const { child } = servers[0]!;
  child.kill('SIGSTOP');
  const before = work.acknowledged;
  await expect.poll(() => work.acknowledged).toBeGreaterThan(before + SOME);
  child.kill('SIGCONT');
  await work.more(SOME);
  child.kill('SIGSTOP');
  // Of each object: those that it answered for, too.
  await work.more(SOME);
  child.kill('SIGCONT');
  await work.more(SOME);
  await work.check();
}, 300_000);

test('two servers are cut from each other, while both reach etcd and clients reach both', async () => {
  const { cluster, between, work } = await scene('cut');
  const [one, other] = between.advertised;
  between.cut(one!, other!);
  await work.more(2 * SOME);
  between.heal();
  await cluster.settled();
  await work.more(SOME);
  await work.check();
}, 300_000);

test('etcd is silent for longer than the leases: nobody answers, nothing is lost, and all go on', async () => {
  const { cluster, servers, work, dso } = await scene('outage');
  await cluster.etcd.freeze();
  for (const { metrics } of servers)
    await expect.poll(() => metric(metrics, 'skein_dso_ready'), { timeout: 20_000 }).toBe(0);
  const before = work.acknowledged;
  const late = await failure(dso.counter('outage 0').tally({ timeoutMs: 300 }));
  expect(late).toMatchObject({ code: 'timeout' });
  expect(work.acknowledged).toBe(before);
  cluster.etcd.thaw();
  await work.more(SOME);
  await work.check();
}, 300_000);

test('a server is killed, and another life of it is at its address before its lease is over', async () => {
  const { cluster, servers, start, work, dso } = await scene('reborn');
  const locks = Array.from({ length: 8 }, (_, i) => dso.lock(`held ${i}`));
  const tokens = await Promise.all(locks.map((lock) => lock.acquire()));
  await servers[2]!.end('SIGKILL');
  await start(2);
  await work.more(SOME);
  await cluster.settled();
  await work.more(SOME);
  await work.check();
  // Whoever held a lock holds it through all of this.
  await Promise.all(locks.map((lock, i) => lock.release(tokens[i]!)));
}, 300_000);
