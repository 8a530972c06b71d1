/** A cluster in a made-up world: real engines and real members, and between them what may go wrong. */

import type { Coordinator } from '../../src/cluster/coordinator.ts';
import { Member } from '../../src/cluster/member.ts';
import { MemoryStore } from '../../src/cluster/memory-coordinator.ts';
import { readPeerMessage, writePeerMessage } from '../../src/cluster/messages.ts';
import { decodeRecord, durableId, type SlotRecord } from '../../src/cluster/record.ts';
import { Journal } from '../../src/durable/journal.ts';
import { JournalLog } from '../../src/durable/journal-log.ts';
import { replayLog } from '../../src/durable/recovery.ts';
import { Replay } from '../../src/durable/replay.ts';
import type { Clock } from '../../src/engine/clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Refusal } from '../../src/engine/refusal.ts';
import type { Target } from '../../src/engine/request.ts';
import { TYPES } from '../../src/objects/types.ts';
import { Reader } from '../../src/value/reader.ts';
import type { Value } from '../../src/value/value.ts';
import { Writer } from '../../src/value/writer.ts';
import { MemoryDisk } from '../durable/memory-disk.ts';
import { FakeTasks } from '../objects/fake-tasks.ts';
import { Network, type Owner, type World } from './world.ts';

export interface Asked {
  readonly session: string;
  readonly target: Omit<Target, 'cell'>;
  readonly operation: number;
  readonly args: readonly Value[];
  readonly sequence: number;
  readonly acked: number;
  readonly remainingMs: number;
}

export interface Answer {
  readonly reply: Value | Refusal;
  readonly life: string | undefined;
}

const TTL_MS = 2000;
export const SESSION_MS = 4000;
/** After so long a request to the coordinator counts as unanswered, milliseconds. */
const REQUEST_MS = 400;
const ETCD = 'etcd';
/** What a member says leaves so much later, milliseconds: with all else that it says to that one in the turn. */
const LEAVES_MS = 0.1;
const writer = new Writer();

export class SimulatedNode implements Owner {
  readonly name: string;
  readonly id: string;
  isDead = false;
  pausedUntil = 0;
  readonly engine: Engine;
  readonly member: Member;
  readonly #cluster: SimulatedCluster;
  readonly #disk: MemoryDisk | undefined;
  /** To whom something has not left yet. */
  readonly #sending = new Set<string>();

  constructor(cluster: SimulatedCluster, address: string, life: number) {
    const { world, network } = cluster;
    this.name = address;
    const disk = cluster.disks?.get(address);
    this.#cluster = cluster;
    this.#disk = disk;
    this.id = disk === undefined ? `${address}#${life}` : durableId(address, 'sim');
    const clock = world.clockOf(this, world.between(-30, 30));
    const log = disk && this.#recover(world, clock, disk);
    this.member = new Member({
      id: this.id,
      replicas: cluster.replicas,
      coordinator: cluster.coordinatorOf(this),
      prefix: 'p/',
      clock,
      leaseClock: {
        moment: () => ({ monotonic: world.now, wall: 0 }),
        since: ({ monotonic }) => world.now - monotonic,
      },
      types: TYPES,
      log,
      maxEntries: cluster.maxEntries,
      send: (to, message) => {
        const other = cluster.nodes.get(to);
        if (other === undefined) return;
        // Nobody listens there any more; now and then, where somebody is about to.
        if (world.chance(other.isDead ? 0.2 : 1e-4)) world.after(1, this, () => this.member.refused(to));
        writePeerMessage(writer, message);
        const bytes = Buffer.concat(writer.take());
        if (!this.#sending.has(to)) {
          this.#sending.add(to);
          world.after(LEAVES_MS, this, () => this.#sending.delete(to));
        }
        network.send(this.name, other.name, other, () =>
          other.member.receive(this.id, readPeerMessage(new Reader(bytes, true))),
        );
      },
      hasSent: (id) => !this.#sending.has(id),
      defer: (work) => void world.after(0, this, work),
      newLife: () => `life ${cluster.lives++}`,
      onMembers() {},
      slots: cluster.slots,
      ttlMs: TTL_MS,
      lostAfterMs: 60_000,
    });
    this.engine = new Engine({
      types: TYPES,
      clock,
      incarnation: this.id,
      limits: { maxObjectBytes: 2 ** 26, maxMemoryBytes: 2 ** 28 },
      tasks: new FakeTasks(),
      print() {},
      elsewhere: (slot) => this.member.elsewhere(slot),
      mayLog: () => (log?.isFull === true ? new Refusal('disk-full', 'no room') : undefined),
    });
    this.member.start(this.engine);
  }

  /** Goes on from its disk. What it logs is there a little later. */
  #recover(world: World, clock: Clock, disk: MemoryDisk): JournalLog {
    disk.later = (answer) =>
      void world.after(world.chance(0.02) ? world.between(5, 400) : world.between(0.1, 3), this, answer);
    const { replay, segments } = replayLog(disk, new Replay(TYPES), 1);
    const journal = new Journal({
      disk,
      fsync: { kind: 'always' },
      clock,
      defer: (work) => void world.after(0, this, work),
      salt: () => world.random(2 ** 31),
      segments,
      onFailure(error) {
        throw error;
      },
      segmentBytes: 64 * 1024,
      aheadBytes: 16 * 1024,
      // With little of it, what has been let in has no place either when the room ends.
      reserveBytes: world.chance(0.5) ? 4096 : 64,
    });
    journal.open((error) => {
      // Without room to begin, a server says so and ends.
      if (error !== undefined) this.die(1000);
    });
    return new JournalLog(journal, new Map(replay.slots));
  }

  /** Its machine ends, and starts again unless somebody has started it before. */
  die(backAfterMs: number): void {
    const cluster = this.#cluster;
    this.isDead = true;
    this.engine.close();
    this.#disk?.crash();
    cluster.world.after(backAfterMs, undefined, () => {
      if (cluster.at(this.name) === undefined) cluster.start(this.name);
    });
  }

  /** A request of a client that has arrived. */
  ask(asked: Asked, order: number, answer: (answer: Answer) => void): void {
    const { slot } = asked.target;
    const session = this.engine.sessions.open(asked.session, SESSION_MS, undefined, false);
    if (session instanceof Refusal) {
      answer({ reply: session, life: undefined });
      return;
    }
    this.engine.sessions.renew(session);
    this.engine.submit({
      port: {
        order,
        earlyBytes: 0,
        reply: (_id, reply) => {
          // A death says nothing.
          if (!this.isDead) answer({ reply, life: this.engine.lifeOf(slot) });
        },
      },
      callId: 1,
      session,
      target: { ...asked.target, cell: undefined },
      operation: asked.operation,
      sequence: asked.sequence,
      acked: asked.acked,
      epoch: 0,
      fence: 0,
      remainingMs: asked.remainingMs,
      args: asked.args,
    });
  }
}

export class SimulatedCluster {
  readonly world: World;
  readonly network: Network;
  readonly replicas: number;
  readonly slots: readonly number[];
  readonly store: MemoryStore;
  /** By address, where the data of nodes outlives them. */
  readonly disks: Map<string, MemoryDisk> | undefined;
  /** Every life of every node. */
  readonly nodes = new Map<string, SimulatedNode>();
  /** Of a message: with few, what a new primary brings takes many, between which it may end. */
  readonly maxEntries: number;
  lives = 0;
  #nodeLives = 0;
  readonly #records = new Map<string, SlotRecord>();

  constructor(world: World, replicas: number, slots: readonly number[], isDurable = false) {
    this.disks = isDurable ? new Map() : undefined;
    this.world = world;
    this.network = new Network(world);
    this.replicas = replicas;
    this.slots = slots;
    this.maxEntries = world.chance(0.5) ? 1 : 1000;
    this.store = new MemoryStore({
      now: () => world.now,
      after: (ms, work) => world.after(ms, undefined, work),
    });
  }

  start(address: string): SimulatedNode {
    if (this.disks?.has(address) === false) this.disks.set(address, new MemoryDisk());
    this.makeRoom(address);
    const node = new SimulatedNode(this, address, this.#nodeLives++);
    this.nodes.set(node.id, node);
    // One that comes back under its name has new connections to all.
    for (const other of this.alive)
      if (other !== node)
        this.world.after(this.world.between(1, 100), other, () => other.member.reconnected(node.id));
    return node;
  }

  /** Nothing more can be written there. */
  fill(address: string): boolean {
    const disk = this.disks?.get(address);
    if (disk === undefined) return false;
    disk.room = disk.used;
    return true;
  }

  makeRoom(address: string): void {
    const disk = this.disks?.get(address);
    if (disk !== undefined) disk.room = Number.POSITIVE_INFINITY;
  }

  /** The node that listens at an address now. */
  at(address: string): SimulatedNode | undefined {
    for (const node of this.nodes.values()) if (node.name === address && !node.isDead) return node;
    return undefined;
  }

  get alive(): SimulatedNode[] {
    return [...this.nodes.values()].filter(({ isDead }) => !isDead);
  }

  record(slot: number): SlotRecord | undefined {
    const text = this.store.get(`p/slot/${slot}`);
    if (text === undefined) return undefined;
    const known = this.#records.get(text) ?? decodeRecord(text);
    this.#records.set(text, known);
    return known;
  }

  /** Whether all slots survive the death of a node: somebody else holds what was acknowledged. */
  survives(death: SimulatedNode): boolean {
    if (this.disks !== undefined) return true;
    return this.slots.every((slot) => {
      const record = this.record(slot);
      // Of a single copy nobody else has anything; whoever is getting it may be about to be named.
      if (this.replicas === 1) return record?.inSync.concat(record.learners).includes(death.id) === false;
      return record?.inSync.some((id) => id !== death.id && this.nodes.get(id)?.isDead === false) === true;
    });
  }

  coordinatorOf(node: SimulatedNode): Coordinator {
    const { world, network, store } = this;
    const request = <T>(work: () => T, done: (answer: T | undefined) => void): void => {
      let isDone = false;
      const end = (answer: T | undefined): void => {
        if (isDone) return;
        isDone = true;
        done(answer);
      };
      const arrives = (): void => {
        // Whoever is dead has sent nothing: so that the death of one whose change is on its way leaves somebody in sync.
        if (store.isDown || node.isDead) return;
        const answer = work();
        network.send(ETCD, node.name, node, () => end(answer));
      };
      network.send(node.name, ETCD, undefined, arrives);
      world.after(REQUEST_MS, node, () => end(undefined));
    };
    return {
      maxOperations: 128,
      watch: (prefix, changed) => {
        // In order, however late: after a cut all that was missed comes.
        const late: Parameters<typeof changed>[0][] = [];
        let isPumping = false;
        const pump = (): void => {
          isPumping = true;
          world.after(world.chance(0.02) ? world.between(1, 800) : world.between(0.2, 3), node, () => {
            if (!store.isDown && network.reaches(ETCD, node.name))
              for (const changes of late.splice(0)) changed(changes);
            if (late.length > 0) pump();
            else isPumping = false;
          });
        };
        return store.watch(prefix, (changes) => {
          late.push(changes);
          if (!isPumping) pump();
        });
      },
      transact: (conditions, writes, done) =>
        request(
          () => store.transact(conditions, writes),
          (outcome) => done(outcome ?? { kind: 'unknown' }),
        ),
      grant: (ttlMs, done) => request(() => store.grant(ttlMs), done),
      renew: (lease, done) => request(() => store.renew(lease), done),
      revoke: (lease, done) => request(() => store.revoke(lease), done),
      close() {},
    };
  }
}
