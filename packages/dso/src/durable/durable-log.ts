import type { Entry } from '../engine/entry.ts';
import type { SlotLog } from '../engine/log.ts';
import type { Journal, LogOwner } from './journal.ts';
import { type LogPlace, writeEntry } from './records.ts';

/** The log of a slot at a node without others: what is safe on its disk is committed (D2). */
export class DurableLog implements SlotLog, LogOwner {
  readonly #journal: Journal;
  readonly #place: LogPlace;
  last: number;
  committed: number;
  readonly epoch = 1;
  readonly isLeaving = false;
  onCommit: (() => void) | undefined;

  /** @param last the index of the last entry that was recovered */
  constructor(journal: Journal, slot: number, last: number) {
    this.#journal = journal;
    this.#place = { slot, epoch: 1, stream: 0 };
    this.last = last;
    this.committed = last;
  }

  append(entry: Entry): void {
    this.last++;
    // Nobody else could have another one in its place: it stays, once it is safe.
    writeEntry(this.#journal.writer, this.#place, this.last, this.last, entry);
    this.#journal.written(this, this.last);
  }

  logged(mark: number): void {
    this.committed = mark;
    this.onCommit?.();
  }

  mayAnswer(): boolean {
    return true;
  }
}
