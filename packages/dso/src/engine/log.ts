import type { Entry } from './entry.ts';

/**
 * The log of one slot, as its owner keeps it. An answer leaves when the entries that it has seen are committed: logged
 * by all members that are in sync (D2).
 */
export interface SlotLog {
  /** The index of the last entry. */
  readonly last: number;
  /** All entries up to this index are committed. */
  readonly committed: number;
  readonly epoch: number;
  append(entry: Entry): void;
  /** Whether this member may answer for the slot now (D4). */
  mayAnswer(): boolean;
  /** It takes no new requests: the slot is about to be another member's. */
  readonly isLeaving: boolean;
  /** Called when more is committed, or this member may answer again. */
  onCommit: (() => void) | undefined;
}

/** Of a member that has no others: what it has logged is committed, and nobody will ask for it again. */
export class SoleLog implements SlotLog {
  last = 0;
  readonly epoch = 1;
  readonly isLeaving = false;
  onCommit: (() => void) | undefined;

  get committed(): number {
    return this.last;
  }

  append(_entry: Entry): void {
    this.last++;
  }

  mayAnswer(): boolean {
    return true;
  }
}
