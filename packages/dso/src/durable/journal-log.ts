import type { ReplicaLog } from '../cluster/replica-log.ts';
import type { Journal, LogOwner } from './journal.ts';
import { type LogPlace, writeCut, writeDrop, writeEncodedEntry, writeState } from './records.ts';
import type { RecoveredSlot } from './replay.ts';

/** What a member of a cluster writes down, in the log of its node. */
export class JournalLog implements ReplicaLog {
  readonly #recovered: Map<number, RecoveredSlot>;
  readonly #journal: Journal;

  constructor(journal: Journal, recovered: Map<number, RecoveredSlot>) {
    this.#journal = journal;
    this.#recovered = recovered;
  }

  take(slot: number): RecoveredSlot | undefined {
    const recovered = this.#recovered.get(slot);
    this.#recovered.delete(slot);
    return recovered;
  }

  get isFull(): boolean {
    return this.#journal.full !== undefined;
  }

  entry(place: LogPlace, index: number, commit: number, bytes: Uint8Array, owner?: LogOwner): void {
    writeEncodedEntry(this.#journal.writer, place, index, commit, bytes);
    this.#journal.written(owner, index);
  }

  state(place: LogPlace, index: number, bytes: Uint8Array): void {
    writeState(this.#journal.writer, place, index, bytes);
    this.#journal.written(undefined, 0);
  }

  cut(place: LogPlace, last: number): void {
    writeCut(this.#journal.writer, place, last);
    this.#journal.written(undefined, 0);
  }

  drop(slot: number): void {
    writeDrop(this.#journal.writer, slot);
    this.#journal.written(undefined, 0);
  }

  settled(done: () => void): void {
    this.#journal.settled(done);
  }
}
