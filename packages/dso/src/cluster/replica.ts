/** A slot at one member: follows its record, as its primary, as one of its others, or as nobody. */
import { Slot } from '../engine/slot.ts';
import { Follower } from './follower.ts';
import type { Ack, Append, Chunk } from './messages.ts';
import { Primary, type PrimaryHost } from './primary.ts';
import type { SlotRecord } from './record.ts';

export interface ReplicaHost extends PrimaryHost {
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

  constructor(host: ReplicaHost, number: number) {
    this.#host = host;
    this.number = number;
    this.follower = new Follower(number, host.types);
  }

  get hasState(): boolean {
    return this.primary !== undefined || this.follower.state !== undefined;
  }

  /** The record has changed; what is older than what is known is passed over. */
  changed(record: SlotRecord, revision: number): void {
    if (revision <= this.revision) return;
    const { me } = this.#host;
    this.revision = revision;
    this.record = record;
    this.pending = undefined;
    if (record.primary !== me) this.#follow(record);
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

  append(message: Append): Ack | undefined {
    return this.primary === undefined || message.epoch > this.primary.epoch
      ? this.#deposed().append(message)
      : undefined;
  }

  chunk(message: Chunk): Ack | undefined {
    return this.primary === undefined || message.epoch > this.primary.epoch
      ? this.#deposed().chunk(message)
      : undefined;
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
      state = { slot: new Slot(this.number, this.#host.types), committed: 0, tail: [] };
    }
    // Without a state it cannot: what is to be done about that is planned like everything else.
    if (state === undefined) return;
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
    else this.follower.goOn(state, primary.epoch);
  }
}
