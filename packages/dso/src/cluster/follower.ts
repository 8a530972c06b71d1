/**
 * A slot at a member that is not its primary: logs what it is sent, and applies what is committed (D2). What is logged and
 * not applied may give way to the log of a later primary; what is applied never does.
 */

import type { LogPlace } from '../durable/records.ts';
import type { Capture } from '../durable/snapshots.ts';
import { decodeEntry } from '../engine/entry-codec.ts';
import type { ObjectType } from '../engine/object-type.ts';
import { Slot } from '../engine/slot.ts';
import { restoreSnapshot, takeSnapshot } from '../engine/snapshot.ts';
import { type Effects, Stepper } from '../engine/step.ts';
import { Reader } from '../value/reader.ts';
import type { Ack, Append, Chunk } from './messages.ts';
import type { ReplicaLog } from './replica-log.ts';

/** What a member holds of a slot. */
export interface SlotState {
  /** With all entries up to `committed`. */
  readonly slot: Slot;
  readonly committed: number;
  /** Those after it, as bytes. */
  readonly tail: readonly Uint8Array[];
}

/** Entries that came before their turn and are kept for it. */
const MAX_EARLY = 1000;

/**
 * A new primary's log from `from` up to `upTo`, as far as it has come. Until it is whole, what was logged before is what counts:
 * some of that may be committed, and the new primary may end before it has brought all of it. It commits nothing before.
 */
interface Beginning {
  readonly from: number;
  readonly upTo: number;
  readonly entries: Uint8Array[];
}

export class Follower {
  /** Of the stream that it follows; older ones are refused (D4). */
  epoch = 0;
  stream = 0;
  readonly #number: number;
  readonly #types: ReadonlyMap<string, ObjectType>;
  readonly #disk: ReplicaLog | undefined;
  #slot: Slot | undefined;
  #committed = 0;
  #tail: Uint8Array[] = [];
  /** What a new primary had logged, until it is all there. */
  #beginning: Beginning | undefined;
  readonly #early = new Map<number, Uint8Array>();
  #snapshot: { readonly index: number; readonly bytes: Buffer; received: number } | undefined;

  /** @param disk where it writes down what it holds; it goes on from what was there */
  constructor(number: number, types: ReadonlyMap<string, ObjectType>, disk?: ReplicaLog) {
    this.#number = number;
    this.#types = types;
    this.#disk = disk;
    const recovered = disk?.take(number);
    if (recovered === undefined) return;
    this.epoch = recovered.epoch;
    this.stream = recovered.stream;
    this.#slot = recovered.slot;
    this.#committed = recovered.committed;
    this.#tail = [...recovered.tail];
  }

  /** The index of the last entry that it has logged. */
  get last(): number {
    return this.#committed + this.#tail.length;
  }

  get committed(): number {
    return this.#committed;
  }

  get state(): SlotState | undefined {
    return this.#slot && { slot: this.#slot, committed: this.#committed, tail: this.#tail };
  }

  /** What a snapshot of the whole member holds of it. */
  capture(): Capture | undefined {
    if (this.#slot === undefined) return undefined;
    const bytes = takeSnapshot(this.#slot);
    return { ...this.#place, index: this.#committed, bytes, tail: [...this.#tail], isCommitted: () => true };
  }

  /** Goes on from a state that this member had as the primary of an epoch, or had had before it asked to give it up. */
  goOn({ slot, committed, tail }: SlotState, epoch: number, isAsBefore: boolean): void {
    this.#forget();
    this.epoch = epoch;
    this.stream = 0;
    this.#slot = slot;
    this.#committed = committed;
    this.#tail = [...tail];
    if (isAsBefore) return;
    // A snapshot that was being taken of what is given up holds nothing of it.
    this.#disk?.state(this.#place, committed, takeSnapshot(slot));
    for (const [i, entry] of tail.entries())
      this.#disk?.entry(this.#place, committed + 1 + i, committed, entry);
  }

  /** It is not a member of the slot's set any more. */
  discard(): void {
    if (this.#slot !== undefined) this.#disk?.drop(this.#number);
    this.#slot?.discard();
    this.#forget();
  }

  /** Gives what the primary is to know; nothing for what is of the past. */
  append(message: Append): Ack | undefined {
    const { epoch, stream, from, entries, commit, begins } = message;
    if (this.#isOld(message)) return undefined;
    if (this.#isNew(message)) {
      if (begins === -1 || !this.#begin(message)) return { ...this.#ack(message), last: -1 };
      this.epoch = epoch;
      this.stream = stream;
      this.#completed(commit);
    }
    if (this.#slot === undefined) return this.#ack(message);
    for (const [i, entry] of entries.entries()) this.#log(from + i, entry, commit);
    this.#logEarly(commit);
    this.#apply(commit);
    return this.#ack(message);
  }

  /** The same for a part of a snapshot. */
  chunk(message: Chunk): Ack | undefined {
    if (this.#isOld(message)) return undefined;
    if (this.#isNew(message)) {
      this.discard();
      this.epoch = message.epoch;
      this.stream = message.stream;
    }
    if (this.#slot !== undefined) return this.#ack(message);
    const { index, total, offset, bytes } = message;
    this.#snapshot ??= { index, bytes: Buffer.allocUnsafeSlow(total), received: 0 };
    const snapshot = this.#snapshot;
    if (offset === snapshot.received) {
      snapshot.bytes.set(bytes, offset);
      snapshot.received += bytes.length;
    }
    if (snapshot.received === total) {
      this.#slot = restoreSnapshot(snapshot.bytes, this.#types);
      this.#committed = index;
      this.#snapshot = undefined;
      this.#disk?.state(this.#place, index, snapshot.bytes);
      this.#logEarly(index);
    }
    return this.#ack(message);
  }

  #isOld({ epoch, stream }: Append | Chunk): boolean {
    return epoch < this.epoch || (epoch === this.epoch && stream < this.stream);
  }

  #isNew({ epoch, stream }: Append | Chunk): boolean {
    return epoch > this.epoch || stream > this.stream;
  }

  /** The first of an epoch: it is of a member that had logged all that was committed, as this one had. */
  #begin({ from, begins: upTo }: Append): boolean {
    if (this.#slot === undefined) {
      // Only the first epoch of a life begins so.
      if (from !== 1) return false;
      this.#forget();
      this.#slot = new Slot(this.#number, this.#types);
    } else if (this.last < from - 1) return false;
    this.#early.clear();
    this.#beginning = { from, upTo, entries: [] };
    return true;
  }

  /** When all has come that a new primary had logged, it takes the place of what was logged here. */
  #completed(commit: number): void {
    const { from, upTo, entries } = this.#beginning!;
    if (from + entries.length <= upTo) return;
    this.#beginning = undefined;
    this.#tail.length = Math.max(0, from - 1 - this.#committed);
    this.#disk?.cut(this.#place, this.last);
    for (const entry of entries.slice(this.last + 1 - from)) this.#keep(entry, commit);
  }

  get #place(): LogPlace {
    return { slot: this.#number, epoch: this.epoch, stream: this.stream };
  }

  /** @param commit all up to there is committed */
  #log(index: number, entry: Uint8Array, commit: number): void {
    if (index === this.#next) this.#keep(entry, commit);
    else if (index > this.#next && this.#early.size < MAX_EARLY) this.#early.set(index, entry);
  }

  get #next(): number {
    const beginning = this.#beginning;
    return beginning === undefined ? this.last + 1 : beginning.from + beginning.entries.length;
  }

  #keep(entry: Uint8Array, commit: number): void {
    if (this.#beginning !== undefined) {
      this.#beginning.entries.push(entry);
      this.#completed(commit);
      return;
    }
    this.#tail.push(entry);
    this.#disk?.entry(this.#place, this.last, commit, entry);
  }

  #logEarly(commit: number): void {
    if (this.#early.size === 0 || this.#slot === undefined) return;
    for (;;) {
      const next = this.#next;
      const entry = this.#early.get(next);
      if (entry === undefined) break;
      this.#early.delete(next);
      this.#keep(entry, commit);
    }
    for (const index of this.#early.keys()) if (index < this.#next) this.#early.delete(index);
  }

  #apply(commit: number): void {
    const count = Math.min(commit, this.last) - this.#committed;
    if (count <= 0) return;
    applyEntries(this.#slot!, this.#tail.splice(0, count));
    this.#committed += count;
  }

  #ack({ slot, epoch, stream }: Append | Chunk): Ack {
    return {
      kind: 'ack',
      slot,
      epoch,
      stream,
      last: this.#beginning === undefined ? this.last : this.#beginning.from - 1,
      applied: this.#committed,
      isReady: this.#slot !== undefined,
      received: this.#snapshot?.received ?? this.#beginning?.entries.length ?? 0,
    };
  }

  #forget(): void {
    this.#slot = undefined;
    this.#committed = 0;
    this.#tail = [];
    this.#early.clear();
    this.#beginning = undefined;
    this.#snapshot = undefined;
  }
}

/** Brings a slot's state forward, and does nothing else about the entries. */
export function applyEntries(slot: Slot, entries: readonly Uint8Array[]): void {
  for (const bytes of entries) {
    const entry = decodeEntry(slot, new Reader(bytes, true, 0, bytes.length).value());
    stepper.step(slot, entry);
  }
}

const nothing = (): void => {};
const EFFECTS: Effects = {
  answered: nothing,
  parked: nothing,
  begun: nothing,
  grew: nothing,
  gone: nothing,
  leased: nothing,
  unleased: nothing,
  print: nothing,
};
const stepper = new Stepper(EFFECTS);
