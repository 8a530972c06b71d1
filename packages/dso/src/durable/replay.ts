/** Brings slots to where they were: from a snapshot, and the log after it. */
import { applyEntries } from '../cluster/follower.ts';
import type { ObjectType } from '../engine/object-type.ts';
import { Slot } from '../engine/slot.ts';
import { restoreSnapshot } from '../engine/snapshot.ts';
import type { LogRecord } from './records.ts';

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

  constructor(types: ReadonlyMap<string, ObjectType>) {
    this.#types = types;
  }

  /** @throws {HoleError} */
  take(record: LogRecord): void {
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
        this.#slots.get(record.slot)?.cut(record.last, record);
        return;
      case 'entry': {
        let replay = this.#slots.get(record.slot);
        if (replay === undefined) {
          replay = new SlotReplay(new Slot(record.slot, this.#types), 0, record);
          this.#slots.set(record.slot, replay);
        }
        replay.entry(record);
        return;
      }
    }
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

  constructor(
    slot: Slot,
    index: number,
    { epoch, stream }: { readonly epoch: number; readonly stream: number },
  ) {
    this.slot = slot;
    this.committed = index;
    this.epoch = epoch;
    this.stream = stream;
  }

  entry({ slot, index, commit, bytes, epoch, stream }: Extract<LogRecord, { kind: 'entry' }>): void {
    const last = this.committed + this.tail.length;
    if (index > last + 1)
      throw new HoleError(`entry ${index} of slot ${slot} follows entry ${last}: those between are missing`);
    this.#at(epoch, stream);
    // A snapshot that was taken since the segment began holds it already.
    if (index > this.committed) {
      this.tail.length = index - 1 - this.committed;
      // Not as a view: it would keep its whole segment in memory.
      this.tail.push(Uint8Array.from(bytes));
    }
    const count = Math.min(commit - this.committed, this.tail.length);
    if (count <= 0) return;
    applyEntries(this.slot, this.tail.splice(0, count));
    this.committed += count;
  }

  cut(last: number, { epoch, stream }: { readonly epoch: number; readonly stream: number }): void {
    this.#at(epoch, stream);
    this.tail.length = Math.min(this.tail.length, Math.max(0, last - this.committed));
  }

  /** What comes after a snapshot may have been said before it. */
  #at(epoch: number, stream: number): void {
    if (epoch < this.epoch || (epoch === this.epoch && stream < this.stream)) return;
    this.epoch = epoch;
    this.stream = stream;
  }
}
