/** Brings slots to where they were: from a snapshot, and the log after it. */
import { applyEntries } from '../cluster/follower.ts';
import type { ObjectType } from '../engine/object-type.ts';
import { Slot } from '../engine/slot.ts';
import { restoreSnapshot } from '../engine/snapshot.ts';
import type { LogPlace, LogRecord } from './records.ts';

/** What was recovered of a slot. */
export interface RecoveredSlot {
  readonly epoch: number;
  readonly stream: number;
  /** With all entries up to `committed`. */
  readonly slot: Slot;
  readonly committed: number;
  /** Those after it, as bytes: whether they were committed is not known here. */
  readonly tail: readonly Uint8Array[];
}

/** Where its log does not go on from: no run of the program brings that about. */
export class HoleError extends Error {
  override readonly name = 'HoleError';
}

export class Replay {
  readonly #types: ReadonlyMap<string, ObjectType>;
  readonly #slots = new Map<number, SlotReplay>();
  readonly #code = new Map<string, Uint8Array>();
  /** The snapshot that it has begun with, while the log is of before that. */
  #before: number | undefined;
  /** Slots of which the log is of before they were taken. */
  readonly #marked = new Map<number, number>();

  constructor(types: ReadonlyMap<string, ObjectType>) {
    this.#types = types;
  }

  /** What a snapshot says. */
  begin(snapshot: number, record: LogRecord): void {
    this.#before = snapshot;
    if ('slot' in record && record.slot !== undefined) this.#marked.set(record.slot, snapshot);
    this.#apply(record);
  }

  /** What the log says, from the segment on that the snapshot has begun. @throws {HoleError} */
  take(record: LogRecord): void {
    if (record.kind === 'mark') {
      const { snapshot, slot } = record;
      if (slot === undefined && snapshot === this.#before) this.#before = undefined;
      else if (slot !== undefined && snapshot === this.#marked.get(slot)) this.#marked.delete(slot);
      return;
    }
    if (record.kind !== 'code' && (this.#before !== undefined || this.#marked.has(record.slot))) return;
    this.#apply(record);
  }

  #apply(record: LogRecord): void {
    switch (record.kind) {
      case 'code':
        this.#code.set(record.hash, Uint8Array.from(record.bytes));
        return;
      case 'drop':
        this.#slots.delete(record.slot);
        return;
      case 'state': {
        const slot = restoreSnapshot(record.bytes, this.#types);
        this.#slots.set(record.slot, new SlotReplay(slot, record.index, record));
        return;
      }
      case 'cut':
        this.#of(record).cut(record.last, record);
        return;
      case 'entry':
        this.#of(record).entry(record);
        return;
      case 'mark':
    }
  }

  /** A log begins with nothing. */
  #of(place: LogPlace): SlotReplay {
    let replay = this.#slots.get(place.slot);
    if (replay === undefined) {
      replay = new SlotReplay(new Slot(place.slot, this.#types), 0, place);
      this.#slots.set(place.slot, replay);
    }
    return replay;
  }

  get code(): ReadonlyMap<string, Uint8Array> {
    return this.#code;
  }

  get slots(): ReadonlyMap<number, RecoveredSlot> {
    return this.#slots;
  }
}

class SlotReplay implements RecoveredSlot {
  readonly slot: Slot;
  committed: number;
  epoch: number;
  stream: number;
  readonly tail: Uint8Array[] = [];

  constructor(slot: Slot, index: number, { epoch, stream }: LogPlace) {
    this.slot = slot;
    this.committed = index;
    this.epoch = epoch;
    this.stream = stream;
  }

  entry({ slot, index, commit, bytes, epoch, stream }: Extract<LogRecord, { kind: 'entry' }>): void {
    const last = this.committed + this.tail.length;
    if (index > last + 1)
      throw new HoleError(`entry ${index} of slot ${slot} follows entry ${last}: those between are missing`);
    if (index <= this.committed)
      throw new HoleError(`entry ${index} of slot ${slot} comes after ${this.committed} were committed`);
    this.epoch = epoch;
    this.stream = stream;
    this.tail.length = index - 1 - this.committed;
    // Not as a view: it would keep its whole segment in memory.
    this.tail.push(Uint8Array.from(bytes));
    const count = Math.min(commit - this.committed, this.tail.length);
    if (count <= 0) return;
    applyEntries(this.slot, this.tail.splice(0, count));
    this.committed += count;
  }

  cut(last: number, { epoch, stream }: LogPlace): void {
    this.epoch = epoch;
    this.stream = stream;
    this.tail.length = Math.min(this.tail.length, Math.max(0, last - this.committed));
  }
}
