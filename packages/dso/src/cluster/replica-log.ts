import type { LogOwner } from '../durable/journal.ts';
import type { LogPlace } from '../durable/records.ts';
import type { RecoveredSlot } from '../durable/replay.ts';

/**
 * Where a member writes down what it holds, if its data outlives it. It counts as logged (D2) when it is safe there: no
 * acknowledgement leaves before, and nothing of its own is committed.
 */
export interface ReplicaLog {
  /** What was there of a slot when the member began. It is given once, for it goes on from there. */
  take(slot: number): RecoveredSlot | undefined;
  /** Whether nothing more can be written now, for want of room. */
  readonly isFull: boolean;
  /** @param owner told when all up to `index` is safe */
  entry(place: LogPlace, index: number, commit: number, bytes: Uint8Array, owner?: LogOwner): void;
  /** What it had of the slot gives way to this, with all up to `index`. */
  state(place: LogPlace, index: number, bytes: Uint8Array): void;
  /** What it had of the slot beyond `last` gives way. */
  cut(place: LogPlace, last: number): void;
  /** It holds nothing of the slot any more. */
  drop(slot: number): void;
  /** Calls back when all of that is safe. */
  settled(done: () => void): void;
}
