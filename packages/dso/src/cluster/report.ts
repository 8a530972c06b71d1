/** What a member can tell operators: who holds how much, by the records that it knows, and what it is busy with. */
import type { Nodes } from './nodes.ts';
import { addressOf, type SlotRecord } from './record.ts';

/** A member and its part of the slots. */
export interface MemberShare {
  /** `host:port`. */
  readonly address: string;
  /** Names this life of it. */
  readonly incarnation: string;
  /** When it began, milliseconds since the epoch by its own clock; `undefined` where members do not tell each other. */
  readonly since: number | undefined;
  /** It is about to leave, and hands its slots over. */
  readonly isDraining: boolean;
  /** Slots that it answers for. */
  readonly primary: number;
  /** Slots of which it has a copy that may take over. */
  readonly backup: number;
  /** Slots of which it is getting a copy. */
  readonly learner: number;
}

/** What a member does to have its slots at others too. All 0 where there is one copy, for good. */
export interface ReplicationStats {
  /** Entries of its slots that are not logged by all that are to have them: their answers wait. */
  readonly lag: number;
  /** Snapshots of slots that are on their way to other members. */
  readonly transfers: number;
  /** Slots whose snapshots wait for their turn. */
  readonly transfersWaiting: number;
  /** Since the start: slots that it began to answer for, and that it gave to others or lost to them. */
  readonly slotsTaken: number;
  readonly slotsGiven: number;
}

/** By address. A copy at a member that is gone counts for nobody. */
export function sharesOf(
  nodes: Nodes,
  slots: Iterable<{ readonly record: SlotRecord | undefined }>,
): MemberShare[] {
  const counts = new Map([...nodes.ids].map((id) => [id, { primary: 0, backup: 0, learner: 0 }]));
  for (const { record } of slots) {
    if (record === undefined) continue;
    for (const id of record.inSync) {
      const count = counts.get(id);
      if (count !== undefined) count[id === record.primary ? 'primary' : 'backup']++;
    }
    for (const id of record.learners) {
      const count = counts.get(id);
      if (count !== undefined) count.learner++;
    }
  }
  const shares = [...counts].map(([id, count]) => ({
    address: addressOf(id),
    incarnation: id,
    ...nodes.stateOf(id)!,
    ...count,
  }));
  return shares.sort((one, other) => (one.address < other.address ? -1 : 1));
}
