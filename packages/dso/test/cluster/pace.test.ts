/** How soon slots are where they belong, in simulated time: with hundreds of slots nothing may be done one after another. */
import { expect, test } from 'vitest';
import { SimulatedCluster } from '../simulation/cluster.ts';
import { World } from '../simulation/world.ts';

const SLOTS = Array.from({ length: 600 }, (_, i) => i);
const ADDRESSES = ['a', 'b', 'c'];

/** Whether so many members share all slots, and no copy is on its way. */
function areShared(cluster: SimulatedCluster, count: number): boolean {
  const records = SLOTS.map((slot) => cluster.record(slot));
  const isWhole = records.every(
    (record) => record?.inSync.length === cluster.replicas && record.learners.length === 0,
  );
  return isWhole && new Set(records.map((record) => record!.primary)).size === count;
}

/** Plays until they are, and gives how long that takes, milliseconds. */
function timeUntilShared(cluster: SimulatedCluster, count: number): number {
  const { world } = cluster;
  const began = world.now;
  let ms = 0;
  for (; !areShared(cluster, count) && ms < 60_000; ms += 50) world.run(began + ms);
  return ms;
}

function started(replicas: number, addresses: readonly string[]): SimulatedCluster {
  const cluster = new SimulatedCluster(new World(1), replicas, SLOTS);
  for (const address of addresses) cluster.start(address);
  expect(timeUntilShared(cluster, addresses.length)).toBeLessThan(2000);
  return cluster;
}

test.each([1, 2])(
  'a third member gets its share within a second of having settled (%i copies)',
  (replicas) => {
    const cluster = started(replicas, ['a', 'b']);
    cluster.start('c');
    expect(timeUntilShared(cluster, 3)).toBeLessThan(1500);
  },
);

test('answers to hundreds of snapshots that are lost are asked for again at once for all', () => {
  const cluster = started(1, ['a', 'b']);
  const { world, network } = cluster;
  const joined = cluster.start('c');
  const isLearner = (): boolean => SLOTS.some((slot) => cluster.record(slot)!.learners.includes(joined.id));
  world.run(world.now + 5000, isLearner);
  // As when its own connections are not open yet.
  for (const other of ['a', 'b']) network.cut('c', other);
  world.run(world.now + 200);
  network.heal();
  expect(timeUntilShared(cluster, 3)).toBeLessThan(1500);
});

test.each([1, 2])(
  'a member that drains has given all away within a second of that (%i copies)',
  (replicas) => {
    const cluster = started(replicas, ADDRESSES);
    const { world } = cluster;
    const [leaving] = cluster.alive;
    leaving!.member.drain(true);
    const began = world.now;
    world.run(began + 60_000, () => leaving!.member.isEmpty);
    expect(world.now - began).toBeLessThan(1500);
  },
);
