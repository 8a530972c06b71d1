/**
 * One member of a cluster: what it hears from the coordinator and from other members goes to the replicas of its slots, and
 * what these want changed goes back. States and rules: docs/cluster.md.
 */
import type { Clock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { SlotLog } from '../engine/log.ts';
import type { ObjectType } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { SLOTS } from '../ring/hash.ts';
import type { Ring } from '../ring/ring.ts';
import { Agenda } from './agenda.ts';
import type { Change, Coordinator } from './coordinator.ts';
import type { SlotState } from './follower.ts';
import { Hearing } from './hearing.ts';
import type { Ack, PeerMessage } from './messages.ts';
import { Moves } from './moves.ts';
import { type LeaseClock, NodeLease } from './node-lease.ts';
import { Nodes } from './nodes.ts';
import { Placement } from './placement.ts';
import { plan, type Step, type View } from './plan.ts';
import type { Primary } from './primary.ts';
import { addressOf, decodeNode, decodeRecord, encodeNode, Keys, type MemberId } from './record.ts';
import { Replica, type ReplicaHost } from './replica.ts';
import type { ReplicaLog } from './replica-log.ts';
import { type MemberShare, type ReplicationStats, sharesOf } from './report.ts';
import { MAX_ENTRIES } from './stream.ts';
import { Transactions } from './transactions.ts';
import { Transfers } from './transfers.ts';

export interface MemberOptions {
  readonly id: MemberId;
  /** Members that hold each slot. */
  readonly replicas: number;
  readonly coordinator: Coordinator;
  /** Before all keys of this cluster, such as `skein/dso/`. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly leaseClock: LeaseClock;
  readonly types: ReadonlyMap<string, ObjectType>;
  send(to: MemberId, message: PeerMessage): void;
  /** Whether what was sent to a member has left. */
  hasSent(id: MemberId): boolean;
  /** Runs work when this turn has ended. */
  defer(work: () => void): void;
  newLife(): string;
  /** Who the members are has changed. */
  onMembers(addresses: readonly string[]): void;
  /** Where it writes down what it holds. @default nowhere: a member that starts again has nothing */
  readonly log?: ReplicaLog | undefined;
  /** The slots that there are. @default all */
  readonly slots?: readonly number[];
  /** Of the node's lease. @default 2000, the least that etcd 3.4 grants */
  readonly ttlMs?: number;
  /** The members must have been the same for so long before slots move. @default 500 */
  readonly settleMs?: number;
  /** Who has logged nothing, and was not heard of, for so long is left behind. @default 1000 */
  readonly silentMs?: number;
  /** When nobody that was in sync is there for so long, what they held counts as lost. @default 10000 */
  readonly lostAfterMs?: number;
  /** Entries of a slot's log that one message has at most. @default 1000 */
  readonly maxEntries?: number;
}

const TICK_MS = 50;
/** Signs of life to every other member. */
const PING_MS = 250;

export class Member implements ReplicaHost {
  readonly me: MemberId;
  readonly types: ReadonlyMap<string, ObjectType>;
  readonly transfers: Transfers<Primary> = new Transfers((primary) => this.changed(primary));
  readonly log: ReplicaLog | undefined;
  readonly maxEntries: number;
  readonly #options: MemberOptions;
  readonly #keys: Keys;
  readonly #lease: NodeLease;
  readonly #nodes: Nodes;
  readonly #placement: Placement;
  readonly #transactions: Transactions;
  readonly #replicas = new Map<number, Replica>();
  /** Primaries that have something to send when the turn ends. */
  readonly #changed = new Set<Primary>();
  readonly #active = new Set<Primary>();
  /** Slots of which something may want to be changed, and those of which nobody waits for that. */
  readonly #agenda: Agenda<Replica>;
  readonly #moves: Moves<Replica>;
  readonly #hearing: Hearing;
  /** To whom something had not left when this tick began. Later would be wrong: of all slots only one would send again. */
  readonly #unsent = new Set<MemberId>();
  readonly #acks = new Map<string, { readonly to: MemberId; readonly ack: Ack }>();
  readonly #since: number;
  #engine!: Engine;
  #isDraining = false;
  #slotsTaken = 0;
  #slotsGiven = 0;
  /** All that the coordinator had to tell at first has been told. */
  #isInformed = false;
  /** The revision since when this member's key is there. Whoever was primary before may have been deposed between. */
  #joinedAt: number = Number.POSITIVE_INFINITY;
  #isDeferred = false;
  #tickedAt = 0;
  #pingedAt = 0;
  #stopWatch: () => void = () => {};
  #stopTick: () => void = () => {};
  #isClosed = false;

  constructor(options: MemberOptions) {
    const { id, clock, coordinator, prefix, leaseClock, replicas, ttlMs = 2000, settleMs = 500 } = options;
    this.#options = options;
    this.me = id;
    this.types = options.types;
    this.log = options.log;
    this.#keys = new Keys(prefix);
    this.#since = clock.now();
    this.#nodes = new Nodes(this.#since);
    this.maxEntries = options.maxEntries ?? MAX_ENTRIES;
    this.#hearing = new Hearing(options.silentMs ?? 1000);
    this.#placement = new Placement(this.#nodes, replicas, settleMs);
    const turn = (): void => this.#turn();
    this.#agenda = new Agenda(clock, (replica) => this.#plan(replica, false), turn);
    this.#moves = new Moves(clock, (replica) => this.#plan(replica, true), turn);
    this.#transactions = new Transactions(coordinator, clock, this.#keys, (replica) => {
      this.#moves.ended(replica);
      this.#look(replica);
    });
    this.#lease = new NodeLease({
      coordinator,
      clock,
      leaseClock,
      ttlMs,
      key: this.#keys.node(id),
      value: () => encodeNode({ since: this.#since, isDraining: this.#isDraining }),
      onJoined: (revision) => this.#joined(revision),
      onLost: () => {
        this.#joinedAt = Number.POSITIVE_INFINITY;
      },
      onRevived: () => this.#revive(),
    });
  }

  /** @param engine made with {@link elsewhere} */
  start(engine: Engine): void {
    this.#engine = engine;
    const { coordinator, clock } = this.#options;
    for (const number of this.#options.slots ?? Array(SLOTS).keys())
      this.#replicas.set(number, new Replica(this, number));
    this.#stopWatch = coordinator.watch(this.#keys.prefix, (changes) => this.#told(changes));
    this.#tickedAt = clock.now();
    this.#tickSoon();
  }

  /** Whether this member's slots answer: it has joined, and knows who else has. */
  get isReady(): boolean {
    return this.#isInformed && this.#lease.isValid() && !this.#placement.isEmpty;
  }

  isAlive(id: MemberId): boolean {
    return this.#nodes.isAlive(id);
  }

  get ring(): Ring | undefined {
    return this.#placement.ring;
  }

  /** The slots that this member answers for. */
  *served(): Iterable<Primary> {
    for (const { primary } of this.#replicas.values()) if (primary?.serves === true) yield primary;
  }

  replica(slot: number): Replica | undefined {
    return this.#replicas.get(slot);
  }

  /** Where a slot is asked for that is not here; without an address, nobody knows yet, and it is worth asking again. */
  elsewhere(slot: number): Refusal {
    const replica = this.#replicas.get(slot);
    const record = replica?.record;
    const isAlive = (id: MemberId): boolean => this.#nodes.isAlive(id);
    // Whoever takes it over when its primary is dead does so sooner if it is asked for it.
    const next = record && [record.primary, ...record.inSync].find(isAlive);
    if (next === this.me && record!.primary !== this.me) {
      this.#agenda.first(replica!);
      this.#defer();
    }
    const owner = next === undefined || next === this.me ? undefined : addressOf(next);
    const where = owner === undefined ? 'about to be held by another server' : `held by ${owner}`;
    return new Refusal('moved', `slot ${slot} is ${where}`, owner);
  }

  /** From another member. */
  receive(from: MemberId, message: PeerMessage): void {
    this.#hearing.heard(from, this.now());
    switch (message.kind) {
      case 'append':
      case 'chunk': {
        const replica = this.#replicas.get(message.slot);
        const ack = replica?.receive(message);
        if (ack !== undefined) {
          this.#acks.set(`${message.slot} ${from}`, { to: from, ack });
          this.#defer();
        }
        return;
      }
      case 'ack':
        this.#replicas.get(message.slot)?.primary?.acknowledged(from, message);
        return;
      case 'ping':
        this.#hearing.says(from, message.isFull);
    }
  }

  /** Nobody listens where a member is: it counts as silent until it is heard of. */
  refused(id: MemberId): void {
    this.#hearing.gone(id);
  }

  /** A connection to a member is new. */
  reconnected(id: MemberId): void {
    for (const { primary } of this.#replicas.values()) primary?.reconnected(id);
  }

  /** From now on no slot belongs to it: what it holds goes to others, while it answers for it. `false`: it stays after all. */
  drain(isDraining: boolean): void {
    if (this.#isDraining === isDraining) return;
    this.#isDraining = isDraining;
    this.#lease.announce();
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Whether there is anybody to whom its slots could go. */
  get hasOthers(): boolean {
    return this.#nodes.hasOtherThan(this.me);
  }

  /** Whether no slot is left in which it has a part. */
  get isEmpty(): boolean {
    for (const { record } of this.#replicas.values())
      if (record?.inSync.includes(this.me) === true || record?.learners.includes(this.me) === true)
        return false;
    return true;
  }

  /** What each member holds, as the records say that this one knows of. */
  shares(): MemberShare[] {
    return sharesOf(this.#nodes, this.#replicas.values());
  }

  replication(): ReplicationStats {
    let lag = 0;
    for (const { last, committed } of this.#active) lag += last - committed;
    return {
      lag,
      transfers: this.transfers.running,
      transfersWaiting: this.transfers.waiting,
      slotsTaken: this.#slotsTaken,
      slotsGiven: this.#slotsGiven,
    };
  }

  /** Ends it; others take over at once. */
  close(done?: () => void): void {
    this.#isClosed = true;
    this.#stopWatch();
    this.#stopTick();
    this.#lease.close(done);
  }

  // What primaries need

  now(): number {
    return this.#options.clock.now();
  }

  send(to: MemberId, message: PeerMessage): void {
    this.#options.send(to, message);
  }

  hasSent(id: MemberId): boolean {
    return !this.#unsent.has(id);
  }

  isSinceJoined(revision: number): boolean {
    return revision > this.#joinedAt;
  }

  isSilent(id: MemberId): boolean {
    return !this.#nodes.isAlive(id) || this.#hearing.isSilent(id, this.now());
  }

  mayAnswer(revision: number): boolean {
    return revision > this.#joinedAt && this.#lease.isValid();
  }

  changed(primary: Primary): void {
    this.#changed.add(primary);
    this.#active.add(primary);
    this.#defer();
  }

  progressed(primary: Primary): void {
    this.#look(this.#replicas.get(primary.number)!);
  }

  serve({ slot }: SlotState, log: SlotLog): void {
    this.#slotsTaken++;
    this.#engine.adopt(slot, log, this.#replicas.get(slot.number)!.record!.life);
  }

  release({ number }: Replica): void {
    if (this.#engine.release(number, this.elsewhere(number)) !== undefined) this.#slotsGiven++;
  }

  // What the coordinator tells

  #told(changes: readonly Change[]): void {
    if (this.#isClosed) return;
    const isFirst = !this.#isInformed;
    let newMembers = isFirst;
    this.#isInformed = true;
    for (const { key, value, revision } of changes) {
      if (key.startsWith(this.#keys.nodes)) {
        const id = key.slice(this.#keys.nodes.length);
        const isNews =
          value === undefined
            ? this.#nodes.delete(id, this.now())
            : this.#nodes.set(id, decodeNode(value), revision);
        // It has changed its mind while that was on its way.
        if (id === this.me && value !== undefined && decodeNode(value).isDraining !== this.#isDraining)
          this.#lease.announce();
        // It has as long to be heard of as any other.
        if (isNews && value !== undefined) this.#hearing.heard(id, this.now());
        newMembers ||= isNews;
      } else if (key.startsWith(this.#keys.slots) && value !== undefined) {
        const replica = this.#replicas.get(Number(key.slice(this.#keys.slots.length)));
        if (replica === undefined) continue;
        replica.changed(decodeRecord(value), revision);
        // At first nothing can be done about any: all are looked at when it has joined.
        if (!isFirst) this.#look(replica);
      }
    }
    if (newMembers) this.#membersChanged();
    // Not before: clients take their calls to a member as soon as they hear of it, and it has to know where slots are.
    if (isFirst) this.#lease.start();
  }

  #membersChanged(): void {
    const addresses = this.#placement.changed(this.now());
    const isAlive = (id: MemberId): boolean => this.#nodes.isAlive(id);
    for (const replica of this.#replicas.values()) if (!replica.isWhole(isAlive)) this.#reconsider(replica);
    this.#options.onMembers(addresses);
  }

  #joined(revision: number): void {
    this.#joinedAt = revision;
    for (const replica of this.#replicas.values()) this.#look(replica);
  }

  /** The lease has run without a break after all: what waited for that may be said. */
  #revive(): void {
    for (const { primary } of this.#replicas.values()) primary?.commit();
  }

  // What is to be changed

  #look(replica: Replica): void {
    this.#agenda.soon(replica);
    this.#defer();
  }

  /** Members are others now. Of its own slots those are seen to at once for which somebody waits: {@link Replica.isHeldUp}. */
  #reconsider(replica: Replica): void {
    const { record } = replica;
    if (record?.primary === this.me) this.#moves.add(replica, record.learners.length > 0);
    else this.#agenda.soon(replica);
    this.#defer();
  }

  /** @param isItsTurn what nobody waits for may be done now. Gives whether a change has begun. */
  #plan(replica: Replica, isItsTurn: boolean): boolean {
    // It is looked at when that has come to its end.
    if (replica.pending !== undefined) return false;
    const step = this.#step(replica);
    if (step === 'later') {
      this.#agenda.later(replica);
      return false;
    }
    const { record, primary } = replica;
    const isUrgent = (typeof step === 'object' && step.isUrgent) || primary?.isLeaving === true;
    if (step !== undefined && !isUrgent && !isItsTurn) {
      this.#moves.add(replica, record!.learners.length > 0);
      return false;
    }
    primary?.hold(step === 'hold');
    if (step === 'hold') this.#agenda.later(replica);
    else if (step !== undefined) this.#transactions.add(replica, step);
    return typeof step === 'object';
  }

  #step(replica: Replica): Step | 'later' | 'hold' | undefined {
    if (!this.#isInformed || !this.#lease.isValid()) return 'later';
    const { record, primary } = replica;
    // So it is with most: nothing is to be done about a slot that is in good hands.
    if (record !== undefined && record.primary !== this.me && this.#nodes.isAlive(record.primary))
      return undefined;
    // If nobody else has it, it is this member's again, in a new epoch.
    if (record !== undefined && (replica.mustClaim || (primary && primary.revision <= this.#joinedAt)))
      return { record: { ...record, epoch: record.epoch + 1 }, absent: [], isUrgent: true };
    return plan(this.#view(replica));
  }

  #view(replica: Replica): View {
    const { record, primary, number } = replica;
    const { lostAfterMs = 10_000, newLife, replicas } = this.#options;
    const now = this.now();
    return {
      me: this.me,
      record,
      replicas,
      desired: this.#placement.of(number),
      isAlive: (id) => this.#nodes.isAlive(id),
      hasState: replica.hasState,
      isLost: record?.inSync.every((id) => this.#nodes.isGoneForGood(id, now, lostAfterMs)) === true,
      primary,
      newLife,
    };
  }

  // Turns and ticks

  #defer(): void {
    if (this.#isDeferred || this.#isClosed) return;
    this.#isDeferred = true;
    this.#options.defer(() => this.#turn());
  }

  /** All that a turn has brought goes out together. */
  #turn(): void {
    this.#isDeferred = false;
    if (this.#isClosed) return;
    const acks = [...this.#acks.values()];
    this.#acks.clear();
    // They say what is logged, when it is.
    if (acks.length > 0) this.#whenLogged(() => acks.forEach(({ to, ack }) => void this.send(to, ack)));
    for (const primary of this.#changed) {
      this.#changed.delete(primary);
      const replica = this.#replicas.get(primary.number);
      if (replica?.primary !== primary) continue;
      primary.pump();
      if (replica.isHeldUp) this.#agenda.soon(replica);
    }
    // What is added when there is room is what is most urgent then.
    if (!this.#transactions.isFull) this.#agenda.work();
    if (this.#agenda.isEmpty) this.#moves.work();
    this.#transactions.flush();
  }

  #whenLogged(done: () => void): void {
    if (this.log === undefined) done();
    else this.log.settled(done);
  }

  #tickSoon(): void {
    this.#stopTick = this.#options.clock.after(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    if (this.#isClosed) return;
    const now = this.now();
    this.#hearing.looks(now, now - this.#tickedAt - TICK_MS);
    this.#tickedAt = now;
    this.#unsent.clear();
    for (const id of this.#nodes.ids) if (!this.#options.hasSent(id)) this.#unsent.add(id);
    if (now - this.#pingedAt >= PING_MS) {
      this.#pingedAt = now;
      const isFull = this.log?.isFull === true;
      for (const id of this.#nodes.ids) if (id !== this.me) this.send(id, { kind: 'ping', isFull });
    }
    for (const primary of this.#active) {
      const replica = this.#replicas.get(primary.number);
      if (replica?.primary !== primary) this.#active.delete(primary);
      else {
        primary.tick();
        if (replica.isHeldUp) this.#agenda.soon(replica);
        if (!primary.isWaiting) this.#active.delete(primary);
      }
    }
    if (this.#placement.settles(now))
      for (const replica of this.#replicas.values()) this.#reconsider(replica);
    this.#agenda.tick();
    this.#turn();
    this.#tickSoon();
  }
}
