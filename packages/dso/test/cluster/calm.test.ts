/** What it costs those who call that members come and go, in simulated time: what is not needed now waits, and is little. */
import { expect, test } from 'vitest';
import type { Put } from '../../src/cluster/coordinator.ts';
import { decodeRecord } from '../../src/cluster/record.ts';
import { codesOf } from '../../src/objects/catalog.ts';
import { slotOf } from '../../src/ring/hash.ts';
import { type Answer, SimulatedCluster, type SimulatedNode } from '../simulation/cluster.ts';
import { World } from '../simulation/world.ts';

const SLOTS = Array.from({ length: 600 }, (_, i) => i);
const COUNTER = codesOf('counter');
/** As many as may be changed at a time where nobody waits for it. */
const FEW = 16;

function areWhole(cluster: SimulatedCluster): boolean {
  const isAlive = (id: string): boolean => cluster.nodes.get(id)?.isDead === false;
  return SLOTS.every((slot) => {
    const record = cluster.record(slot);
    return record?.inSync.length === 2 && record.learners.length === 0 && record.inSync.every(isAlive);
  });
}

/** Three members, two copies of each slot, and nothing that is to be done. */
function atRest(): SimulatedCluster {
  const cluster = new SimulatedCluster(new World(1), 2, SLOTS);
  for (const address of ['a', 'b', 'c']) cluster.start(address);
  const { world } = cluster;
  world.run(5000);
  expect(areWhole(cluster)).toBe(true);
  return cluster;
}

/** What is written to records from now on, a transaction each: the slots. */
function written(cluster: SimulatedCluster): number[][] {
  const all: number[][] = [];
  const { store } = cluster;
  const transact = store.transact.bind(store);
  store.transact = (conditions, writes: readonly Put[]) => {
    const outcome = transact(conditions, writes);
    const slots = writes.map(({ key }) => Number(/^p\/slot\/(\d+)$/.exec(key)?.[1] ?? -1));
    if (outcome.kind === 'done' && slots[0] !== -1) all.push(slots);
    return outcome;
  };
  return all;
}

function kill(victim: SimulatedNode): void {
  victim.isDead = true;
}

/** The slots of which a member is the primary, or has a copy. */
function slotsOf(cluster: SimulatedCluster, { id }: SimulatedNode, part: 'primary' | 'backup'): number[] {
  return SLOTS.filter((slot) => {
    const { primary, inSync } = cluster.record(slot)!;
    return part === 'primary' ? primary === id : primary !== id && inSync.includes(id);
  });
}

test('while a member gets its share, no member closes more than a few slots to calls at a time', () => {
  const cluster = atRest();
  const { world, alive } = cluster;
  const transactions = written(cluster);
  const joined = cluster.start('d');
  let most = 0;
  const look = (): void => {
    for (const { member } of alive) {
      const closed = SLOTS.filter((slot) => member.replica(slot)?.primary?.isLeaving === true);
      most = Math.max(most, closed.length);
    }
    world.after(1, undefined, look);
  };
  look();
  world.run(world.now + 5000);
  expect(areWhole(cluster)).toBe(true);
  expect(slotsOf(cluster, joined, 'primary').length).toBeGreaterThan(100);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(FEW);
  expect(Math.max(...transactions.map(({ length }) => length))).toBeLessThanOrEqual(FEW);
});

test('slots that are asked for are taken over before all others, and none moves before all are', () => {
  const cluster = atRest();
  const { world } = cluster;
  const [victim, ...others] = cluster.alive;
  const lost = new Set(slotsOf(cluster, victim!, 'primary'));
  const asked = [...lost].slice(-4);
  const transactions = written(cluster);
  kill(victim!);
  const unaware = new Set(others);
  world.run(world.now + 5000, () => {
    for (const node of unaware) {
      if (node.member.isAlive(victim!.id)) continue;
      unaware.delete(node);
      for (const slot of asked) node.member.elsewhere(slot);
    }
    return unaware.size === 0;
  });
  world.run(world.now + 30_000, () => areWhole(cluster));
  const all = transactions.flat();
  expect(new Set(all.slice(0, lost.size))).toEqual(lost);
  expect(all.length).toBeGreaterThan(lost.size);
  // Each of both may have some on their way when it is asked.
  expect(lost.size).toBeGreaterThan(12 * FEW);
  for (const slot of asked) expect(all.indexOf(slot)).toBeLessThan(8 * FEW);
});

test('a copy that is lost costs a slot two changes, a primary three: who is gone goes with what comes in its place', () => {
  const cluster = atRest();
  const { world } = cluster;
  const [victim] = cluster.alive;
  const [primary, backup] = [slotsOf(cluster, victim!, 'primary'), slotsOf(cluster, victim!, 'backup')];
  const transactions = written(cluster);
  kill(victim!);
  world.run(world.now + 30_000, () => areWhole(cluster));
  expect(areWhole(cluster)).toBe(true);
  expect(transactions.flat().length).toBe(3 * primary.length + 2 * backup.length);
});

test('a write does not wait for a backup at whose address nobody listens, nor is another slot touched for that', () => {
  const cluster = atRest();
  const { world } = cluster;
  const [victim] = cluster.alive;
  const backups = new Set(slotsOf(cluster, victim!, 'backup'));
  const key = Array.from({ length: 10_000 }, (_, i) => `${i}`).find((one) =>
    backups.has(slotOf('counter', one)),
  )!;
  const slot = slotOf('counter', key);
  const primary = cluster.nodes.get(cluster.record(slot)!.primary)!;
  const transactions = written(cluster);
  kill(victim!);
  primary.member.refused(victim!.id);
  let answer: Answer | undefined;
  primary.ask(
    {
      session: 's',
      target: { slot, typeName: 'counter', key, config: [0], mode: 'create', seenIn: undefined },
      operation: COUNTER.add,
      args: [1],
      sequence: 1,
      acked: 0,
      remainingMs: 60_000,
    },
    1,
    (given) => {
      answer = given;
    },
  );
  const asked = world.now;
  world.run(asked + 100, () => answer !== undefined);
  expect(answer?.reply).toBe(1);
  expect(transactions).toEqual([[slot]]);
  expect(decodeRecord(cluster.store.get(`p/slot/${slot}`)!).inSync).toEqual([primary.id]);
});

test('a member is none before it knows where all slots are: calls that are taken to it can be told', () => {
  const cluster = atRest();
  const { world } = cluster;
  const coordinatorOf = cluster.coordinatorOf.bind(cluster);
  cluster.coordinatorOf = (node) => {
    const coordinator = coordinatorOf(node);
    return {
      ...coordinator,
      watch: (prefix, changed) =>
        coordinator.watch(prefix, (changes) => void world.after(400, node, () => changed(changes))),
    };
  };
  const joined = cluster.start('d');
  const isMember = (): boolean => cluster.store.get(`p/node/${joined.id}`) !== undefined;
  world.run(world.now + 5000, isMember);
  expect(isMember()).toBe(true);
  for (const slot of SLOTS) expect(joined.member.elsewhere(slot).details).toMatch(/^[abc]$/);
});
