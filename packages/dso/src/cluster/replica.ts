/** A slot at one member: follows its record, as its primary, as one of its others, or as nobody. */
import type { Capture } from '../durable/snapshots.ts';
import { Slot } from '../engine/slot.ts';
import { Follower } from './follower.ts';
import type { Ack, Append, Chunk } from './messages.ts';
import { Primary, type PrimaryHost } from './primary.ts';
import type { MemberId, SlotRecord } from './record.ts';

export interface ReplicaHost extends PrimaryHost {
  /** Whether the record was written since this member has joined: what it says of it was said of this life. */
  isSinceJoined(revision: number): boolean;
  /** Another is primary: who waits for answers is told. Gives back what the engine had. */
  release(replica: Replica): void;
}

export class Replica {
  readonly number: number;
  record: SlotRecord | undefined;
  /** Of the record. */
  revision = 0;
  /** What this member has asked to change it to: it may be so already. */
  pending: SlotRecord | undefined;
  primary: Primary | undefined;
  readonly follower: Follower;
  readonly #host: ReplicaHost;
  /** It holds what was on its disk, and nobody has said anything of it since. */
  #isRecovered: boolean;

  constructor(host: ReplicaHost, number: number) {
    this.#host = host;
    this.number = number;
    this.follower = new Follower(number, host.types, host.log);
    this.#isRecovered = this.follower.state !== undefined;
  }

  /**
   * Whether it was the primary when it ended, and is named so still. In that epoch it may have sent what did not come to
   * its own disk: it goes on in the next one, if nobody else has taken the slot.
   */
  get mustClaim(): boolean {
    return (
      this.#isRecovered &&
      this.primary === undefined &&
      this.record?.primary === this.#host.me &&
      this.follower.state !== undefined
    );
  }

  /** What a snapshot of the whole member holds of it. */
  capture(): Capture | undefined {
    return this.primary?.capture() ?? this.follower.capture();
  }

  get hasState(): boolean {
    return this.primary !== undefined || this.follower.state !== undefined;
  }

  /** Whether all are there that it has: as far as this member has to know. */
  isWhole(isAlive: (id: MemberId) => boolean): boolean {
    const { record } = this;
    if (record === undefined || !isAlive(record.primary)) return false;
    return (
      record.primary !== this.#host.me || (record.inSync.every(isAlive) && record.learners.every(isAlive))
    );
  }

  /** Whether its answers wait for one that does not speak. */
  get isHeldUp(): boolean {
    const { primary, record } = this;
    return primary !== undefined && record?.inSync.some((id) => primary.isSilent(id)) === true;
  }

  /** The record has changed; what is older than what is known is passed over. */
  changed(record: SlotRecord, revision: number): void {
    if (revision <= this.revision) return;
    const { me } = this.#host;
    this.revision = revision;
    this.record = record;
    this.pending = undefined;
    if (record.primary !== me) this.#follow(record);
    else if (this.mustClaim && !this.#host.isSinceJoined(revision)) return;
    else if (this.primary === undefined) this.#lead(record);
    // One epoch more: it has claimed again what was its own. In any other another member has been primary between.
    else if (record.epoch <= this.primary.epoch + 1) this.primary.configure(record, revision, undefined);
    else {
      this.#stepDown(false);
      this.#lead(record);
    }
  }

  /** This member asks to change the record. Until it knows what came of that it heeds both. */
  ask(record: SlotRecord): void {
    this.pending = record;
    if (this.record !== undefined) this.primary?.configure(this.record, this.revision, record);
  }

  /** It was not changed, for certain. */
  refused(): void {
    this.pending = undefined;
    if (this.record !== undefined) this.primary?.configure(this.record, this.revision, undefined);
  }

  /** Gives what the primary is to know; nothing for what is of the past. */
  receive(message: Append | Chunk): Ack | undefined {
    if (this.#isOfThePast(message)) return undefined;
    if (this.primary !== undefined && message.epoch <= this.primary.epoch) return undefined;
    // What cannot be logged has not come; the member's signs of life say why.
    if (this.#host.log?.isFull === true) return undefined;
    const follower = this.#deposed();
    return message.kind === 'append' ? follower.append(message) : follower.chunk(message);
  }

  /** What was recovered may have forgotten a later epoch in which nothing was logged; its record has not. */
  #isOfThePast({ epoch }: Append | Chunk): boolean {
    return this.#isRecovered && (this.record === undefined || epoch < this.record.epoch);
  }

  /** Somebody speaks as the primary of a later epoch than this member's own; the record will tell whether it goes on here. */
  #deposed(): Follower {
    if (this.primary !== undefined) this.#stepDown(true);
    return this.follower;
  }

  #follow(record: SlotRecord): void {
    const { me } = this.#host;
    const isMember = record.inSync.includes(me) || record.learners.includes(me);
    if (this.primary !== undefined) this.#stepDown(record.inSync.includes(me));
    // A record of before the stream that it follows says nothing of that.
    const { epoch, stream } = this.follower;
    const isLater = record.epoch > epoch || (record.epoch === epoch && this.revision > stream);
    if (!isMember && isLater) this.follower.discard();
  }

  #lead(record: SlotRecord): void {
    let { state } = this.follower;
    if (record.born === record.epoch) {
      this.follower.discard();
      this.#host.log?.cut({ slot: this.number, epoch: record.epoch, stream: 0 }, 0);
      state = { slot: new Slot(this.number, this.#host.types), committed: 0, tail: [] };
    }
    // Without a state it cannot: what is to be done about that is planned like everything else.
    if (state === undefined) return;
    this.#isRecovered = false;
    this.primary = new Primary(this.#host, this.number, record, state);
    this.primary.configure(record, this.revision, undefined);
  }

  /** @param keeps whether it may go on as a member that follows */
  #stepDown(keeps: boolean): void {
    const primary = this.primary!;
    this.primary = undefined;
    const state = keeps ? primary.keptState : undefined;
    primary.end();
    this.#host.release(this);
    if (state?.slot !== primary.slot) primary.slot.discard();
    if (state === undefined) this.follower.discard();
    else this.follower.goOn(state, primary.epoch, state.slot === primary.slot);
  }
}
