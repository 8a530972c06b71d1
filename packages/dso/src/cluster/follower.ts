/**
 * A slot at a member that is not its primary: logs what it is sent, and applies what is committed (D2). What is logged and
 * not applied may give way to the log of a later primary; what is applied never does.
 */
import { decodeEntry } from '../engine/entry-codec.ts';
import type { ObjectType } from '../engine/object-type.ts';
import { Slot } from '../engine/slot.ts';
import { restoreSnapshot } from '../engine/snapshot.ts';
import { type Effects, Stepper } from '../engine/step.ts';
import { Reader } from '../value/reader.ts';
import type { Ack, Append, Chunk } from './messages.ts';

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

export class Follower {
  /** Of the stream that it follows; older ones are refused (D4). */
  epoch = 0;
  stream = 0;
  readonly #number: number;
  readonly #types: ReadonlyMap<string, ObjectType>;
  #slot: Slot | undefined;
  #committed = 0;
  #tail: Uint8Array[] = [];
  readonly #early = new Map<number, Uint8Array>();
  #snapshot: { readonly index: number; readonly bytes: Buffer; received: number } | undefined;

  constructor(number: number, types: ReadonlyMap<string, ObjectType>) {
    this.#number = number;
    this.#types = types;
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

  /** Goes on from a state that this member had as the primary of an epoch. */
  goOn({ slot, committed, tail }: SlotState, epoch: number): void {
    this.#forget();
    this.epoch = epoch;
    this.stream = 0;
    this.#slot = slot;
    this.#committed = committed;
    this.#tail = [...tail];
  }

  /** It is not a member of the slot's set any more. */
  discard(): void {
    this.#slot?.discard();
    this.#forget();
  }

  /** Gives what the primary is to know; nothing for what is of the past. */
  append(message: Append): Ack | undefined {
    const { epoch, stream, from, entries, commit, begins } = message;
    if (this.#isOld(message)) return undefined;
    if (this.#isNew(message)) {
      if (!begins || !this.#begin(message)) return { ...this.#ack(message), last: -1 };
      this.epoch = epoch;
      this.stream = stream;
    }
    if (this.#slot === undefined) return this.#ack(message);
    for (const [i, entry] of entries.entries()) this.#log(from + i, entry);
    this.#logEarly();
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
      this.#logEarly();
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
  #begin({ from }: Append): boolean {
    if (this.#slot === undefined) {
      // Only the first epoch of a life begins so.
      if (from !== 1) return false;
      this.#forget();
      this.#slot = new Slot(this.#number, this.#types);
      return true;
    }
    if (this.last < from - 1) return false;
    this.#early.clear();
    this.#tail.length = Math.max(0, from - 1 - this.#committed);
    return true;
  }

  #log(index: number, entry: Uint8Array): void {
    if (index === this.last + 1) this.#tail.push(entry);
    else if (index > this.last && this.#early.size < MAX_EARLY) this.#early.set(index, entry);
  }

  #logEarly(): void {
    if (this.#early.size === 0 || this.#slot === undefined) return;
    for (;;) {
      const next = this.last + 1;
      const entry = this.#early.get(next);
      if (entry === undefined) break;
      this.#early.delete(next);
      this.#tail.push(entry);
    }
    for (const index of this.#early.keys()) if (index <= this.last) this.#early.delete(index);
  }

  #apply(commit: number): void {
    const count = Math.min(commit, this.last) - this.#committed;
    if (count <= 0) return;
    applyEntries(this.#slot!, this.#tail.splice(0, count));
    this.#committed += count;
  }

  #ack({ slot, epoch, stream }: Append | Chunk): Ack {
    const received = this.#snapshot?.received ?? 0;
    return { kind: 'ack', slot, epoch, stream, last: this.last, isReady: this.#slot !== undefined, received };
  }

  #forget(): void {
    this.#slot = undefined;
    this.#committed = 0;
    this.#tail = [];
    this.#early.clear();
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
