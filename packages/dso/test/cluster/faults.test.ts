/**
 * D1–D5 on three real members of a cluster, two of which hold each object: they stand still, are cut from each other, lose etcd, and
 * come back where they were. Two clients ask all the while: none of their calls fails, and what they are told is linearizable.
 *
 * The seed of what they ask is printed with a failure; SKEIN_SEED asks the same again.
 */
import { expect, onTestFinished, test } from 'vitest';
import { findEtcd, startEtcd } from '../../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../../tools/servers/for-tests.ts';
import type { Dso } from '../../src/dso.ts';
import { separate } from '../support/separate.ts';
import { type Histories, histories } from './histories.ts';
import { type Members, startMembers } from './members.ts';

const SEED = Number(process.env['SKEIN_SEED'] ?? Math.floor(Math.random() * 1e9));
/** Operations on each object, before and after each fault. */
const SOME = 5;

const etcd = serverForTests(findEtcd, startEtcd);
let starting: Promise<Members> | undefined;

/** One cluster for all: it is whole again after each fault. */
function cluster(): Promise<Members> {
  starting ??= startMembers(etcd(), 3, 2);
  return starting;
}

interface Scene extends Members {
  readonly work: Histories;
  readonly dso: Dso;
}

/** Every object has two copies, and is being used. */
async function scene(name: string): Promise<Scene> {
  const all = await cluster();
  await all.settled();
  const clients = await Promise.all([separate(all.url), separate(all.url)]);
  onTestFinished(async () => {
    for (const dso of clients) await dso.close();
  });
  const work = histories(clients, name, SEED);
  await work.more(SOME);
  return { ...all, work, dso: clients[0]! };
}

test('a member stands still for a moment, then for longer than its lease: others go on, and it says nothing old', async () => {
  const { members, work } = await scene('paused');
  const [victim] = members;
  victim!.signal('SIGSTOP');
  const before = work.acknowledged;
  await expect.poll(() => work.acknowledged).toBeGreaterThan(before + SOME);
  victim!.signal('SIGCONT');
  await work.more(SOME);
  victim!.signal('SIGSTOP');
  // Of each object: those that it answered for, too.
  await work.more(SOME);
  victim!.signal('SIGCONT');
  await work.more(SOME);
  await work.check();
}, 300_000);

test('two members are cut from each other, while both reach etcd and clients reach both', async () => {
  const { members, wires, settled, work } = await scene('cut');
  wires.cut(members[0]!.address, members[1]!.address);
  await work.more(2 * SOME);
  expect(wires.swallowed).toBeGreaterThan(0);
  wires.heal();
  await settled();
  await work.more(SOME);
  await work.check();
}, 300_000);

test('etcd is silent for longer than the leases: nobody answers, nothing is lost, and all go on', async () => {
  const { members, work, dso } = await scene('outage');
  await etcd().freeze();
  const areReady = async (): Promise<boolean[]> =>
    Promise.all(members.map(async (member) => (await member.view()).isReady));
  await expect.poll(areReady, { timeout: 20_000 }).toEqual([false, false, false]);
  const before = work.acknowledged;
  await expect(dso.counter('outage 0').tally({ timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
  expect(work.acknowledged).toBe(before);
  etcd().thaw();
  await work.more(SOME);
  await work.check();
}, 300_000);

test('a member is killed, and another life of it is at its address before its lease is over', async () => {
  const { members, settled, work, dso } = await scene('reborn');
  const locks = Array.from({ length: 8 }, (_, i) => dso.lock(`held ${i}`));
  const tokens = await Promise.all(locks.map((lock) => lock.acquire()));
  await members[2]!.killAndRestart();
  await work.more(SOME);
  await settled();
  await work.more(SOME);
  await work.check();
  // Whoever held a lock holds it through all of this.
  await Promise.all(locks.map((lock, i) => lock.release(tokens[i]!)));
}, 300_000);
