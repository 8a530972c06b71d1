/**
 * A slot at its primary: the log that the engine writes, and the streams by which others have it too.
 *
 * D2 An entry is committed when all that are in sync have logged it, and so have those that a change of the record which is
 * under way would add. D4 Answers are given only while this member's lease runs.
 */

import type { Capture } from '../durable/snapshots.ts';
import type { Entry } from '../engine/entry.ts';
import { encodeEntry } from '../engine/entry-codec.ts';
import type { SlotLog } from '../engine/log.ts';
import type { ObjectType } from '../engine/object-type.ts';
import type { Slot } from '../engine/slot.ts';
import { restoreSnapshot, takeSnapshot } from '../engine/snapshot.ts';
import { Writer } from '../value/writer.ts';
import { applyEntries, type SlotState } from './follower.ts';
import type { Ack, PeerMessage } from './messages.ts';
import type { MemberId, SlotRecord } from './record.ts';
import type { ReplicaLog } from './replica-log.ts';
import { type Source, Stream } from './stream.ts';
import type { Transfers } from './transfers.ts';

/** What is not acknowledged for so long is sent again, milliseconds. */
const RESEND_MS = 400;

/** What a primary needs of its member. */
export interface PrimaryHost {
  readonly me: MemberId;
  readonly types: ReadonlyMap<string, ObjectType>;
  /** Where it writes down what it holds. `undefined`: it is in memory, and logged at once. */
  readonly log: ReplicaLog | undefined;
  /** Entries that one message has at most. */
  readonly maxEntries: number;
  now(): number;
  send(to: MemberId, message: PeerMessage): void;
  /** Nothing was heard of a member for too long, or it says that it can log nothing. */
  isSilent(id: MemberId): boolean;
  /** Whether what was sent to it has left: else sending it again would only make it worse. */
  hasSent(id: MemberId): boolean;
  /** Whether this member's lease has run since before the record was so: then nobody else can have changed it. */
  mayAnswer(revision: number): boolean;
  /** There is something to send when this turn ends. */
  changed(primary: Primary): void;
  /** It has come to serve, or a learner is level: what it may do next is to be planned. */
  progressed(primary: Primary): void;
  /** Everybody that is in sync has its log: from now on it is written. */
  serve(state: SlotState, log: SlotLog): void;
  readonly transfers: Transfers<Primary>;
}

/** Of all slots: what it writes is taken at once. */
const writer = new Writer();

export class Primary implements SlotLog, Source {
  readonly number: number;
  epoch: number;
  last: number;
  committed: number;
  onCommit: (() => void) | undefined;
  /** Of the record that names it. */
  revision = 0;
  readonly #host: PrimaryHost;
  readonly #state: SlotState;
  #serves = false;
  /** It is about to ask for a record that names another, and has asked for one. */
  #holds = false;
  #isMoving = false;
  /** All that was committed when it asked for that, and what has been logged since: it may come to be one that follows. */
  #beforeMove:
    | { readonly bytes: Uint8Array; readonly committed: number; readonly tail: Uint8Array[] }
    | undefined;
  #isOver = false;
  /** All up to here is logged by this member itself. */
  #logged: number;
  /** Of the last entry that is not kept any more; others have those before, or nobody needs them. */
  #base: number;
  #entries: Uint8Array[];
  readonly #streams = new Map<MemberId, Stream>();
  /** Of the record. */
  #inSync: readonly MemberId[] = [];
  /** Without whom nothing is committed. */
  #required: ReadonlySet<MemberId> = new Set();
  #streamNumber = 0;
  /** Learners whose snapshot has not been taken. */
  readonly #waitsForTransfer = new Set<MemberId>();

  /** @param state what it had logged when it became primary: the tail is brought to all that are in sync first */
  constructor(host: PrimaryHost, number: number, record: SlotRecord, state: SlotState) {
    this.#host = host;
    this.number = number;
    this.epoch = record.epoch;
    this.#state = state;
    this.committed = state.committed;
    this.#base = state.committed;
    this.#entries = [...state.tail];
    this.last = state.committed + state.tail.length;
    this.#logged = host.log === undefined ? Number.POSITIVE_INFINITY : state.committed;
    this.#logFrom(this.last);
  }

  get serves(): boolean {
    return this.#serves;
  }

  get isLeaving(): boolean {
    return this.#holds || this.#isMoving;
  }

  /** Lets nothing new in, so that all is committed soon; its host is told when it is. `false`: it goes on. */
  hold(holds: boolean): void {
    this.#holds = holds;
  }

  /** Nothing waits to be logged by others. */
  get isSettled(): boolean {
    return this.#serves && this.committed === this.last;
  }

  /** Whether anybody owes an acknowledgement, or is to be told something. */
  get isWaiting(): boolean {
    for (const stream of this.#streams.values())
      if (stream.owes || stream.applied < this.committed || stream.sent < this.last) return true;
    return !this.#serves || this.#waitsForTransfer.size > 0;
  }

  /** What a snapshot of the whole member holds of it. */
  capture(): Capture {
    const { slot, tail } = this.#state;
    const index = this.#serves ? this.last : this.committed;
    return {
      slot: this.number,
      epoch: this.epoch,
      stream: 0,
      index,
      bytes: takeSnapshot(slot),
      tail: this.#serves ? [] : tail,
      isCommitted: () => this.committed >= index || (this.#isOver ? 'gone' : false),
    };
  }

  /**
   * What it holds, for a member that is primary no longer and goes on as another; `undefined` if what is not committed has been
   * applied to it, which cannot be taken back.
   */
  get keptState(): SlotState | undefined {
    const { slot, tail } = this.#state;
    if (!this.#serves) return { slot, committed: this.committed, tail };
    if (this.isSettled) return { slot, committed: this.committed, tail: [] };
    const before = this.#beforeMove;
    return before && { ...before, slot: restoreSnapshot(before.bytes, this.#host.types) };
  }

  get slot(): Slot {
    return this.#state.slot;
  }

  get maxEntries(): number {
    return this.#host.maxEntries;
  }

  entry(index: number): Uint8Array {
    return this.#entries[index - this.#base - 1]!;
  }

  append(entry: Entry): void {
    // Nothing new is let in, but a session may end, or a waiter's time be up.
    if (this.#isMoving && this.isSettled)
      this.#beforeMove ??= { bytes: takeSnapshot(this.#state.slot), committed: this.committed, tail: [] };
    this.last++;
    const { log } = this.#host;
    if (log === undefined && !this.#waitsForOthers()) this.committed = this.last;
    const isAlone = this.#streams.size === 0;
    // Nobody else is to have it; a learner that comes gets a snapshot.
    if (isAlone) this.#keepFrom(this.last);
    if (isAlone && log === undefined) {
      return;
    }
    writer.value(encodeEntry(entry));
    const bytes = Buffer.concat(writer.take());
    if (!isAlone) this.#entries.push(bytes);
    this.#beforeMove?.tail.push(bytes);
    log?.entry({ slot: this.number, epoch: this.epoch, stream: 0 }, this.last, this.committed, bytes, this);
    this.#host.changed(this);
  }

  /** What it has written down is safe. */
  logged(index: number): void {
    this.#logged = Math.max(this.#logged, index);
    if (this.revision === 0) return;
    this.commit();
    // Others are to be told what is committed.
    this.#host.changed(this);
  }

  #logFrom(index: number): void {
    this.#host.log?.settled(() => this.logged(index));
  }

  mayAnswer(): boolean {
    return this.#host.mayAnswer(this.revision);
  }

  /** The record is another, or is about to be: `pending`. */
  configure(record: SlotRecord, revision: number, pending: SlotRecord | undefined): void {
    const { me } = this.#host;
    this.revision = revision;
    if (record.epoch !== this.epoch) {
      // The slot was its own and is so again: whatever was on its way in the old epoch counts for nothing.
      this.epoch = record.epoch;
      for (const id of [...this.#streams.keys()]) this.#drop(id);
    }
    this.#beforeMove = undefined;
    this.#isMoving = pending !== undefined && pending.primary !== me;
    this.#required = new Set([...record.inSync, ...(pending?.inSync ?? [])].filter((id) => id !== me));
    const members = new Set([...this.#required, ...record.learners]);
    for (const id of [...this.#streams.keys()]) {
      // Who was in sync, and is a learner now, begins with a snapshot like every other.
      const begins = record.learners.includes(id) && this.#inSync.includes(id);
      if (begins || !members.has(id)) this.#drop(id);
    }
    this.#inSync = record.inSync;
    for (const id of [...this.#waitsForTransfer]) if (!members.has(id)) this.#waitsForTransfer.delete(id);
    for (const id of record.inSync) if (id !== me && !this.#streams.has(id)) this.#follow(id);
    this.#streamNumber = Math.max(this.#streamNumber, revision);
    for (const id of record.learners) if (!this.#streams.has(id)) this.#waitsForTransfer.add(id);
    this.commit();
    this.#host.changed(this);
  }

  isSilent(id: MemberId): boolean {
    const stream = this.#streams.get(id);
    if (stream === undefined) return false;
    return stream.isBroken || (stream.owes && this.#host.isSilent(id));
  }

  isLevel(id: MemberId): boolean {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.snapshot !== undefined || stream.isBroken) return false;
    // With less than what is committed it must not be in sync; with what is not, it would hold what may yet give way.
    return stream.start <= this.committed && stream.acked >= this.committed;
  }

  acknowledged(from: MemberId, ack: Ack): void {
    const stream = this.#streams.get(from);
    if (stream === undefined || ack.epoch !== this.epoch || ack.stream !== stream.number) return;
    const { snapshot } = stream;
    stream.acknowledge(ack, this.#host.now());
    if (snapshot !== undefined && stream.snapshot === undefined)
      this.#host.transfers.ended(snapshot.bytes.length);
    this.commit();
    if (stream.isBroken || (!this.#required.has(from) && this.isLevel(from))) this.#host.progressed(this);
    this.#host.changed(this);
  }

  /** Sends what is to be sent. */
  pump(): void {
    if (this.#serves) {
      for (const id of this.#waitsForTransfer) {
        if (this.#host.isSilent(id)) continue;
        if (!this.#host.transfers.mayBegin(this)) break;
        this.#waitsForTransfer.delete(id);
        const bytes = takeSnapshot(this.#state.slot);
        this.#host.transfers.begun(bytes.length);
        // All that comes after it has to be kept from now on.
        if (this.#streams.size === 0) this.#keepFrom(this.last);
        this.#streams.set(id, new Stream(id, this.#streamNumber++, this.last, bytes, this.#host.now()));
      }
    }
    for (const stream of this.#streams.values())
      for (const message of stream.next(this)) this.#host.send(stream.member, message);
  }

  /** Now and then: sends again what has no answer, and tells what is committed. */
  tick(): void {
    const now = this.#host.now();
    for (const [id, stream] of this.#streams) {
      if (stream.isLearner && stream.owes && this.#host.isSilent(id) && !this.#required.has(id)) {
        // It begins anew when it is heard of: until then nothing is kept for it.
        this.#drop(id);
        this.#waitsForTransfer.add(id);
        this.commit();
      } else if (stream.owes) {
        if (now - stream.movedAt < RESEND_MS || !this.#host.hasSent(id)) continue;
        stream.again(now);
      } else if (stream.told < this.committed) this.#host.send(id, stream.tell(this, now));
      else if (stream.applied < this.committed && now - stream.toldAt >= RESEND_MS && this.#host.hasSent(id))
        this.#host.send(id, stream.tell(this, now));
    }
    this.pump();
  }

  /** A connection to a member is new: what was on its way may be lost, and what it was told, if it has come back. */
  reconnected(id: MemberId): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.again(this.#host.now());
    stream.told = 0;
    this.#host.changed(this);
  }

  /** It is the slot's primary no more. */
  end(): void {
    this.#isOver = true;
    for (const id of [...this.#streams.keys()]) this.#drop(id);
  }

  /** Looks what all that are required have logged. */
  commit(): void {
    let committed = Math.min(this.last, this.#logged);
    for (const id of this.#required) {
      const stream = this.#streams.get(id);
      committed = Math.min(committed, stream === undefined || stream.begins ? this.committed : stream.acked);
    }
    for (const stream of this.#streams.values())
      if (this.#isJoining(stream)) committed = Math.min(committed, Math.max(stream.acked, this.committed));
    if (!this.#serves) {
      // What it had logged is first brought to all; then it is applied.
      if (committed < this.last || [...this.#required].some((id) => this.#streams.get(id)?.begins !== false))
        return;
      this.#serves = true;
      const { slot, tail } = this.#state;
      applyEntries(slot, tail);
      this.committed = committed;
      this.#host.serve(this.#state, this);
      this.#host.progressed(this);
    }
    if (committed > this.committed) {
      this.committed = committed;
      this.#trim();
      if (this.#holds && this.isSettled) this.#host.progressed(this);
    }
    // Also if it was so before: the lease may be a new one.
    this.onCommit?.();
  }

  #waitsForOthers(): boolean {
    if (this.#required.size > 0) return true;
    for (const stream of this.#streams.values()) if (this.#isJoining(stream)) return true;
    return false;
  }

  /**
   * A learner that follows the log is waited for: while more is committed than it has it could never be put in sync. One that
   * is still getting its snapshot is not, nor one that is silent.
   */
  #isJoining({ isLearner, snapshot, isBroken, member }: Stream): boolean {
    return isLearner && snapshot === undefined && !isBroken && !this.#host.isSilent(member);
  }

  #follow(id: MemberId): void {
    this.#streams.set(id, new Stream(id, 0, this.committed, undefined, this.#host.now()));
  }

  #drop(id: MemberId): void {
    const stream = this.#streams.get(id);
    if (stream?.snapshot !== undefined) this.#host.transfers.ended(stream.snapshot.bytes.length);
    this.#streams.delete(id);
    this.#trim();
  }

  #keepFrom(index: number): void {
    this.#base = index;
    if (this.#entries.length > 0) this.#entries = [];
  }

  /** Entries that all have are not kept. */
  #trim(): void {
    let had = this.committed;
    for (const { acked } of this.#streams.values()) had = Math.min(had, acked);
    if (had <= this.#base) return;
    this.#entries.splice(0, had - this.#base);
    this.#base = had;
  }
}
