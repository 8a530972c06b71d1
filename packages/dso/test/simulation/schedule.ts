/** One schedule: clients at work while everything goes wrong that may, then a look at what has become of it. */
import { codesOf } from '../../src/objects/catalog.ts';
import { slotOf } from '../../src/ring/hash.ts';
import type { Value } from '../../src/value/value.ts';
import { check } from '../linearizability/checker.ts';
import type { Json } from '../linearizability/history.ts';
import type { RunnableModel } from '../linearizability/model.ts';
import { counterModel, queueModel, registerModel } from '../linearizability/models.ts';
import { contentOf } from '../replication/replicas.ts';
import { SimulatedClient, type Wish } from './client.ts';
import { SimulatedCluster } from './cluster.ts';
import { watchInvariants } from './invariants.ts';
import { World } from './world.ts';

type AnyModel = RunnableModel<NonNullable<unknown>, Json, Json>;

const COUNTER = codesOf('counter');
const REFERENCE = codesOf('reference');
const QUEUE = codesOf('queue');

const KINDS = [
  { typeName: 'counter', key: 'c', config: [0], model: counterModel() as unknown as AnyModel },
  { typeName: 'reference', key: 'r', config: [null], model: registerModel() as unknown as AnyModel },
  { typeName: 'queue', key: 'q', config: [undefined], model: queueModel() as unknown as AnyModel },
] as const;

export interface Schedule {
  readonly seed: number;
  readonly nodes: number;
  readonly replicas: number;
  readonly clients: number;
  /** Whether what nodes hold outlives them. */
  readonly isDurable: boolean;
  /** How long things go wrong, milliseconds. */
  readonly ms: number;
}

export interface Played {
  readonly operations: number;
  readonly unknown: number;
  readonly events: number;
  /** What went wrong, and how often. */
  readonly faults: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

export function playSchedule({
  seed,
  nodes: count,
  replicas,
  clients: clientCount,
  isDurable,
  ms,
}: Schedule): Played {
  const world = new World(seed);
  const { random } = world;
  const addresses = Array.from({ length: count }, (_, i) => `n${i}`);
  const cluster = new SimulatedCluster(
    world,
    replicas,
    KINDS.map(({ typeName, key }) => slotOf(typeName, key)),
    isDurable,
  );
  const problems: string[] = [];
  watchInvariants(cluster, problems);
  for (const address of addresses) cluster.start(address);
  const clients: SimulatedClient[] = [];
  const dead: SimulatedClient[] = [];
  let names = 0;
  let isOver = false;
  const work = (client: SimulatedClient): void => {
    if (isOver || client.isDead) return;
    client.ask(someWish(random, client.name), () =>
      world.after(world.between(0, 60), client, () => work(client)),
    );
  };
  const hire = (): void => {
    const client = new SimulatedClient(cluster, `c${names++}`, addresses);
    clients.push(client);
    world.after(world.between(0, 50), client, () => work(client));
  };
  for (let i = 0; i < clientCount; i++) hire();

  // Most of it goes well for a while: who dies before anything is there is nobody's loss.
  world.run(1500);
  const faults = new Map<string, number>();
  const { network } = cluster;
  const parties = [...addresses, 'etcd'];
  const some = <T>(items: readonly T[]): T => items[random(items.length)]!;
  const acts: Readonly<Record<string, () => boolean>> = {
    crash() {
      if (cluster.alive.length < 2) return false;
      const victim = some(cluster.alive);
      if (!cluster.survives(victim)) return false;
      victim.die(world.between(50, 5000));
      return true;
    },
    'crash of a primary'() {
      const { primary } = cluster.record(some(cluster.slots)) ?? {};
      const victim = primary === undefined ? undefined : cluster.nodes.get(primary);
      if (victim === undefined || victim.isDead || cluster.alive.length < 2 || !cluster.survives(victim))
        return false;
      victim.die(world.between(50, 1000));
      return true;
    },
    blackout() {
      if (!isDurable || !world.chance(0.3)) return false;
      for (const victim of cluster.alive) victim.die(world.between(50, world.chance(0.5) ? 500 : 5000));
      return true;
    },
    'full disk'() {
      const victim = some(addresses);
      if (!cluster.fill(victim)) return false;
      world.after(world.between(300, 4000), undefined, () => cluster.makeRoom(victim));
      return true;
    },
    pause() {
      if (cluster.alive.length === 0) return false;
      const victim = some(cluster.alive);
      victim.pausedUntil =
        world.now + (world.chance(0.5) ? world.between(20, 500) : world.between(1000, 6000));
      return true;
    },
    cut() {
      const [one, other] = [some(parties), some(parties)];
      if (one === other) return false;
      network.cut(one, other);
      if (world.chance(0.7)) network.cut(other, one);
      return true;
    },
    isolate() {
      const victim = some(addresses);
      const apart = world.chance(0.5) ? ['etcd'] : parties;
      for (const other of apart) {
        network.cut(victim, other);
        network.cut(other, victim);
      }
      return true;
    },
    heal() {
      network.heal();
      return true;
    },
    outage() {
      if (cluster.store.isDown) return false;
      cluster.store.isDown = true;
      world.after(world.between(200, 5000), undefined, () => {
        cluster.store.isDown = false;
        if (world.chance(0.7)) cluster.store.extendAll();
      });
      return true;
    },
    weather() {
      network.loss = some([0, 0, 0.01, 0.1]);
      network.twice = some([0, 0, 0.05]);
      network.slow = some([0, 0.01, 0.1]);
      return true;
    },
    drain() {
      if (cluster.alive.length === 0) return false;
      const { member } = some(cluster.alive);
      member.drain(!member.isDraining);
      return true;
    },
    'client dies'() {
      const victim = some(clients);
      clients.splice(clients.indexOf(victim), 1);
      victim.die();
      dead.push(victim);
      hire();
      return true;
    },
    'client apart'() {
      const victim = some(clients);
      const address = some(addresses);
      network.cut(victim.name, address);
      network.cut(address, victim.name);
      return true;
    },
  };
  const gap = some([100, 300, 800]);
  network.latency = some([1, 5, 30, 80]);
  const end = world.now + ms;
  while (world.now < end) {
    world.run(world.now + world.between(10, gap));
    const name = some(Object.keys(acts));
    if (acts[name]!()) faults.set(name, (faults.get(name) ?? 0) + 1);
    if (world.chance(0.3)) network.heal();
  }

  // Everything is well again: all have to get on.
  network.heal();
  network.latency = 2;
  network.loss = 0;
  network.twice = 0;
  network.slow = 0;
  cluster.store.isDown = false;
  for (const address of addresses) cluster.makeRoom(address);
  world.run(world.now + 1500);
  for (const address of addresses) if (cluster.at(address) === undefined) cluster.start(address);
  for (const { member } of cluster.alive) member.drain(false);
  isOver = true;
  const finished = (): boolean => clients.every(({ isIdle }) => isIdle);
  world.run(world.now + 30_000, finished);
  if (!finished()) problems.push('a client has no answer 30 s after all was well again');
  for (let left = 60; left > 0 && !isWhole(cluster); left--) world.run(world.now + 250);
  checkEnd(cluster, problems);
  let operations = 0;
  let unknown = 0;
  for (const [object, kind] of KINDS.entries()) {
    const all = [...clients, ...dead];
    const history = all.flatMap((client) =>
      client.history.filter((one) => one.object === object).map(({ operation }) => operation),
    );
    operations += history.length;
    unknown += history.filter((one) => one.return === undefined).length;
    const verdict = check(kind.model, history, { timeoutMs: 5000, maxStates: 300_000 });
    if (verdict.linearizable === false) problems.push(`${kind.typeName}: ${verdict.explanation}`);
  }
  for (const client of [...clients, ...dead]) problems.push(...client.faults);
  for (const node of cluster.alive) node.engine.close();
  return { operations, unknown, events: world.events, faults, problems };
}

function isWhole(cluster: SimulatedCluster): boolean {
  const copies = Math.min(cluster.replicas, cluster.alive.length);
  return cluster.slots.every((slot) => {
    const { inSync, learners, primary } = cluster.record(slot)!;
    const leader = cluster.nodes.get(primary)?.member.replica(slot)?.primary;
    const isLevel = (id: string): boolean =>
      id === primary || cluster.nodes.get(id)?.member.replica(slot)?.follower.committed === leader?.last;
    return (
      inSync.length === copies && learners.length === 0 && leader?.isSettled === true && inSync.every(isLevel)
    );
  });
}

/** All copies are the same, there are as many as there should be, and one of them answers. */
function checkEnd(cluster: SimulatedCluster, problems: string[]): void {
  for (const slot of cluster.slots) {
    const record = cluster.record(slot)!;
    const copies = Math.min(cluster.replicas, cluster.alive.length);
    if (record.inSync.length !== copies || record.learners.length > 0)
      problems.push(`slot ${slot} is not whole again: ${JSON.stringify(record)}`);
    const contents = new Set<string>();
    for (const id of record.inSync) {
      const node = cluster.nodes.get(id);
      const replica = node?.member.replica(slot);
      const state = id === record.primary ? node?.engine.slot(slot) : replica?.follower.state?.slot;
      contents.add(state === undefined ? `nothing at ${id}` : contentOf(state));
    }
    if (contents.size > 1)
      problems.push(`copies of slot ${slot} differ: ${[...contents].join('\n---\n').slice(0, 4000)}`);
  }
}

let values = 0;

function someWish(random: (below: number) => number, client: string): Wish {
  const object = random(KINDS.length);
  const { typeName, key, config } = KINDS[object]!;
  const common = {
    object,
    typeName,
    key,
    slot: slotOf(typeName, key),
    config: config as readonly Value[],
    remainingMs: Number.POSITIVE_INFINITY,
  };
  const asIs = (value: Value): Json => (value === undefined ? null : (value as Json));
  const nothing = (): Json => null;
  if (typeName === 'counter') {
    if (random(3) === 0)
      return {
        ...common,
        operation: COUNTER.tally,
        args: [],
        isRead: true,
        input: { op: 'tally' },
        output: asIs,
      };
    return {
      ...common,
      operation: COUNTER.add,
      args: [1],
      isRead: false,
      input: { op: 'increment', by: 1 },
      output: asIs,
    };
  }
  if (typeName === 'reference') {
    const value = `${client}/${values++}`;
    switch (random(3)) {
      case 0:
        return {
          ...common,
          operation: REFERENCE.get,
          args: [],
          isRead: true,
          input: { op: 'get' },
          output: asIs,
        };
      case 1:
        return {
          ...common,
          operation: REFERENCE.set,
          args: [value],
          isRead: false,
          input: { op: 'set', value },
          output: nothing,
        };
      default:
        return {
          ...common,
          operation: REFERENCE.getAndSet,
          args: [value],
          isRead: false,
          input: { op: 'getAndSet', value },
          output: asIs,
        };
    }
  }
  const value = `${client}/${values++}`;
  if (random(2) === 0)
    return {
      ...common,
      operation: QUEUE.offer,
      args: [value],
      isRead: false,
      input: { op: 'offer', value },
      output: asIs,
    };
  return {
    ...common,
    operation: QUEUE.take,
    args: [],
    isRead: false,
    input: { op: 'take' },
    output: asIs,
    remainingMs: 200,
  };
}
