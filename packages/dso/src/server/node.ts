/** One node: an engine, the user code it may run, and the clients that are connected to it, by whatever transport. */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { MemberShare, ReplicationStats } from '../cluster/report.ts';
import type { Durability } from '../durable/durability.ts';
import { DurableSlots } from '../durable/durable-slots.ts';
import { type Clock, systemClock } from '../engine/clock.ts';
import { Engine } from '../engine/engine.ts';
import { Refusal } from '../engine/refusal.ts';
import { TYPES } from '../objects/types.ts';
import { Ring } from '../ring/ring.ts';
import type { Value } from '../value/value.ts';
import type { Welcome } from '../wire/messages.ts';
import { PROTOCOL_VERSION } from '../wire/protocol.ts';
import type { Transport, TransportEvents } from '../wire/transport.ts';
import { administer } from './admin.ts';
import { type ClusterOptions, ClusterSide } from './cluster-side.ts';
import { Endpoint } from './endpoint.ts';
import { DEFAULT_LIMITS, type NodeLimits } from './limits.ts';
import { UserTasks } from './user-tasks.ts';

export interface NodeOptions {
  /** Its own address, as clients reach it. */
  readonly address: string;
  /** The addresses of all nodes, its own among them. @default only its own */
  readonly members?: readonly string[];
  readonly limits?: Partial<NodeLimits>;
  /** Asked of every client. @default none is asked for */
  readonly token?: string | undefined;
  /** Whether clients may send classes and functions. @default false */
  readonly allowUserCode?: boolean;
  /** How long a method of a user's class may run, milliseconds. @default 30000 */
  readonly userCodeTimeLimitMs?: number;
  /** Threads for user code. @default one a core, at least 2 */
  readonly userCodeThreads?: number;
  /** A session whose connection has ended lives on for so long, for its client may come back, milliseconds. @default 2000 */
  readonly returnGraceMs?: number;
  /** What runs user code, in place of the three before. The node closes it. */
  readonly userTasks?: UserTasks;
  /** Lines that objects say. @default standard output */
  readonly print?: (line: string) => void;
  readonly clock?: Clock;
  /** It is one of a cluster whose slots move and are copied. @default it has the slots that the ring gives it, for good */
  readonly cluster?: ClusterOptions | undefined;
  /** Where its objects outlive it. Whoever has opened it closes it, after the node. @default they are lost with it */
  readonly durability?: Durability | undefined;
}

const ALONE: ReplicationStats = {
  lag: 0,
  transfers: 0,
  transfersWaiting: 0,
  slotsTaken: 0,
  slotsGiven: 0,
};

/** What happened since the start. */
export interface Counters {
  connections: number;
  malformed: number;
  unauthorized: number;
}

export class Node implements AsyncDisposable {
  readonly engine: Engine;
  readonly cluster: ClusterSide | undefined;
  readonly durability: Durability | undefined;
  readonly #ring: Ring;
  readonly address: string;
  readonly limits: NodeLimits;
  readonly returnGraceMs: number;
  readonly userTasks: UserTasks;
  readonly endpoints: Set<Endpoint> = new Set();
  readonly counters: Counters = { connections: 0, malformed: 0, unauthorized: 0 };
  readonly startedAt: number = Date.now();
  readonly #token: Buffer | undefined;
  #whenAlone: (() => void) | undefined;

  constructor(options: NodeOptions) {
    this.address = options.address;
    this.#ring = new Ring(options.members ?? [options.address]);
    if (!this.ring.members.includes(options.address))
      throw new Refusal(
        'bad-argument',
        `this node's address ${options.address} is not among the members ${this.ring.members.join(', ')}`,
      );
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.returnGraceMs = options.returnGraceMs ?? 2000;
    this.#token = options.token === undefined ? undefined : Buffer.from(options.token);
    this.userTasks = options.userTasks ?? userTasksOf(options);
    const { durability } = options;
    this.durability = durability;
    const slots = durability && options.cluster === undefined ? new DurableSlots(durability) : undefined;
    for (const [hash, bytes] of durability?.code ?? []) this.userTasks.addCode(hash, bytes);
    this.cluster =
      options.cluster &&
      new ClusterSide({
        ...options.cluster,
        address: options.address,
        token: options.token,
        clock: options.clock,
        durability: options.durability,
        onMembers: (members) => {
          for (const endpoint of this.endpoints) endpoint.tellMembers(members);
        },
        addCode: (hash, bytes) => this.userTasks.addCode(hash, bytes),
      });
    this.engine = new Engine({
      types: TYPES,
      clock: options.clock ?? systemClock,
      incarnation: this.cluster?.id ?? durability?.identity.life ?? randomUUID(),
      limits: this.limits,
      tasks: this.userTasks,
      print: options.print ?? ((line) => console.log(line)),
      elsewhere: this.cluster && ((slot) => this.cluster!.elsewhere(slot)),
      isDurable: durability !== undefined,
      mayLog: durability && (() => durability.refusal()),
      ...(slots === undefined ? {} : { log: (slot) => slots.logOf(slot) }),
    });
    slots?.start(this.engine);
    this.cluster?.start(this.engine);
  }

  /** Who the members are, and which slots belong to each: in a cluster, as soon as all have come to where they belong. */
  get ring(): Ring {
    return this.cluster?.ring ?? this.#ring;
  }

  /** The addresses of all members, also of those that are about to leave. */
  get members(): readonly string[] {
    return this.cluster?.members ?? this.#ring.members;
  }

  /** Whether it answers: a member of a cluster has to have joined. */
  get isReady(): boolean {
    return this.cluster?.member.isReady ?? true;
  }

  /** Whether it is about to leave its cluster, and hands its slots over. */
  get isDraining(): boolean {
    return this.cluster?.member.isDraining ?? false;
  }

  /** What each member holds, as far as this one knows. */
  shares(): MemberShare[] {
    if (this.cluster !== undefined) return this.cluster.member.shares();
    return this.#ring.members.map((address) => ({
      address,
      incarnation: address === this.address ? this.engine.incarnation : '',
      since: address === this.address ? this.startedAt : undefined,
      isDraining: false,
      primary: this.#ring.slotsOf(address).length,
      backup: 0,
      learner: 0,
    }));
  }

  replication(): ReplicationStats {
    return this.cluster?.member.replication() ?? ALONE;
  }

  /**
   * Whether its slots are to go to others: it hands them over, and answers for what it still has.
   * @throws {Refusal} 'bad-argument' where there is nobody to whom they could go
   */
  setDraining(isDraining: boolean): void {
    const why =
      this.cluster === undefined
        ? 'it has its objects for good: only members of --membership etcd: hand theirs over'
        : 'there is no other member that stays: its objects would be lost';
    if (this.cluster === undefined || (isDraining && !this.cluster.member.hasOthers))
      throw new Refusal('bad-argument', `${this.address} cannot be drained: ${why}`);
    this.cluster.member.drain(isDraining);
  }

  /** In a cluster: gives what it holds to others, at most for so long. It answers meanwhile. */
  async handOver(timeoutMs: number): Promise<void> {
    await this.cluster?.handOver(timeoutMs);
  }

  /** The slots that it holds and answers for. */
  get slotCount(): number {
    return this.cluster === undefined
      ? this.ring.slotsOf(this.address).length
      : [...this.cluster.member.served()].length;
  }

  /** A client is there. */
  accept(transport: Transport): TransportEvents {
    const endpoint = new Endpoint(this, transport, ++this.counters.connections);
    this.endpoints.add(endpoint);
    return endpoint;
  }

  isAuthorized(token: string): boolean {
    if (this.#token === undefined) return true;
    const given = Buffer.from(token);
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  welcome(): Welcome {
    return {
      version: PROTOCOL_VERSION,
      node: this.address,
      incarnation: this.engine.incarnation,
      members: this.members,
      maxMessageBytes: this.limits.maxMessageBytes,
      isCluster: this.cluster !== undefined,
    };
  }

  /** The member that holds a slot, when it is another one. */
  movedTo(slot: number): string | undefined {
    const owner = this.ring.ownerOf(slot);
    return owner === this.address ? undefined : owner;
  }

  addCode(hash: string, bytes: Uint8Array): void {
    this.userTasks.addCode(hash, bytes);
    this.durability?.keepCode(hash, bytes);
    this.cluster?.shareCode(hash, bytes);
  }

  administer(name: string, args: readonly Value[]): Value | Promise<Value> {
    return administer(this, name, args);
  }

  /**
   * Ends in peace: nothing new is begun, which clients are told, what runs is answered, and connections end when their answers
   * have left. At most so long; {@link close} does the rest.
   */
  async drain(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    // In a cluster others go on, with what runs here too.
    await Promise.race([
      Promise.all([this.cluster?.close(), this.cluster === undefined && this.engine.drain()]),
      late,
    ]);
    // Who still waits is told before the connections end.
    this.engine.close();
    const gone = new Promise<void>((resolve) => {
      this.#whenAlone = resolve;
    });
    for (const endpoint of this.endpoints) endpoint.end();
    if (this.endpoints.size > 0) await Promise.race([gone, late]);
    clearTimeout(timer);
  }

  /** A client is gone. */
  left(endpoint: Endpoint): void {
    this.endpoints.delete(endpoint);
    if (this.endpoints.size === 0) this.#whenAlone?.();
  }

  async close(): Promise<void> {
    await this.cluster?.close();
    this.engine.close();
    for (const endpoint of this.endpoints) endpoint.end();
    await this.userTasks.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function userTasksOf({
  allowUserCode = false,
  userCodeTimeLimitMs,
  userCodeThreads,
}: NodeOptions): UserTasks {
  return new UserTasks({
    allowShipped: allowUserCode,
    ...(userCodeTimeLimitMs === undefined ? {} : { timeLimitMs: userCodeTimeLimitMs }),
    ...(userCodeThreads === undefined ? {} : { threads: userCodeThreads }),
  });
}
