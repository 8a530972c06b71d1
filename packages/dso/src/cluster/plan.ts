/**
 * What a member would change of a slot's record, a pure function of what it sees. Only two may change a record: its
 * primary, as long as that one's lease runs; and, when it does not, a member that is in sync, under the condition that the
 * record is unchanged and the primary's key is gone. So a primary never has to ask who it is.
 *
 * Nobody proposes moves: where slots belong is a function of the members (docs/ring.md), and each primary brings its own
 * slots there.
 */
import type { MemberId, SlotRecord } from './record.ts';

export interface View {
  readonly me: MemberId;
  readonly record: SlotRecord | undefined;
  /** Where the ring wants the slot: the primary first. Empty while the members have just changed. */
  readonly desired: readonly MemberId[];
  /** Members that are to hold each slot, if there are as many. */
  readonly replicas: number;
  /** Whether its key is there. */
  isAlive(id: MemberId): boolean;
  /** Whether this member holds what was committed. */
  readonly hasState: boolean;
  /** Nobody that was in sync is heard of any more, and nobody waits for them any longer. */
  readonly isLost: boolean;
  /** What the primary knows, if that is this member and it serves. */
  readonly primary:
    | {
        /** Nothing waits to be logged by others. */
        readonly isSettled: boolean;
        /** It does not log what it is sent. */
        isSilent(id: MemberId): boolean;
        /** A learner that has all that is committed, and began with something that is. */
        isLevel(id: MemberId): boolean;
      }
    | undefined;
  /** A name that no life had before. */
  newLife(): string;
}

export interface Step {
  readonly record: SlotRecord;
  /** Only if the keys of these are gone. */
  readonly absent: readonly MemberId[];
  /** Nobody answers for the slot until it is done. */
  readonly isUrgent: boolean;
}

/**
 * `later`: nothing now, and it is to be asked again soon. `hold`: the slot is about to be another's, and first nothing new is to
 * be let in, so that what waits for others ends.
 */
export function plan(view: View): Step | 'later' | 'hold' | undefined {
  const { record, me, desired } = view;
  if (record === undefined) {
    if (desired[0] !== me) return undefined;
    // All begin with nothing, so all are in sync.
    const begun = { epoch: 1, primary: me, inSync: desired, learners: [], life: view.newLife(), born: 1 };
    return { record: begun, absent: [], isUrgent: true };
  }
  if (record.primary === me) return planOfPrimary(view, record);
  if (view.isAlive(record.primary)) return undefined;
  if (record.inSync.includes(me) && view.hasState) return promotion(view, record);
  if (record.inSync.some((id) => view.isAlive(id))) return undefined;
  if (desired[0] !== me) return undefined;
  return view.isLost ? loss(view, record) : 'later';
}

/** Whoever is in sync and sees it first takes the slot. */
function promotion({ me, isAlive }: View, record: SlotRecord): Step {
  const inSync = record.inSync.filter((id) => id === me || isAlive(id));
  return {
    record: { ...record, epoch: record.epoch + 1, primary: me, inSync, learners: [] },
    absent: [record.primary],
    isUrgent: true,
  };
}

/** What was in the slot is gone, and is said to be: those who have used it get an error, not something new (D5). */
function loss({ me, newLife }: View, record: SlotRecord): Step {
  const epoch = record.epoch + 1;
  const anew: SlotRecord = { epoch, primary: me, inSync: [me], learners: [], life: newLife(), born: epoch };
  return { record: anew, absent: record.inSync.filter((id) => id !== me), isUrgent: true };
}

function planOfPrimary(view: View, record: SlotRecord): Step | 'hold' | undefined {
  const { me, desired, isAlive, primary } = view;
  if (primary === undefined) {
    // It was named primary and has nothing, which no run of the protocol brings about: better said than waited for.
    return view.hasState ? undefined : loss(view, record);
  }
  const isUrgent = record.inSync.some((id) => primary.isSilent(id));
  const wanted = desired.filter(isAlive);
  const stays = record.inSync.filter((id) => id === me || (isAlive(id) && !primary.isSilent(id)));
  const level = record.learners.filter((id) => isAlive(id) && primary.isLevel(id));
  // Who is gone, and nobody waits for it, is left out together with what comes in its place.
  if (desired.length === 0 && !isUrgent && level.length === 0) return undefined;
  let inSync = [...stays, ...level];
  const [next] = wanted;
  if (next !== undefined && wanted.every((id) => inSync.includes(id))) {
    // With nothing on its way who is level has all: it comes to be in sync and primary in one step.
    if (next !== me && primary.isSettled) {
      // Whoever is named may have died meanwhile: where there are to be more copies than one it lets this one go itself.
      if (view.replicas === 1) inSync = [next];
      const moved = { ...record, epoch: record.epoch + 1, primary: next, inSync, learners: [] };
      return { record: moved, absent: [], isUrgent };
    }
    // Who is silent has to be left out first, for it is waited for; who is level has to be in sync, for it is not.
    if (next !== me && same(inSync, record.inSync)) return 'hold';
    // Those that are too many go when those that are wanted have come.
    inSync = inSync.filter((id) => id === me || wanted.includes(id));
  }
  const isWanted = (id: MemberId): boolean => desired.length === 0 || wanted.includes(id);
  const learners = record.learners.filter((id) => isAlive(id) && !inSync.includes(id) && isWanted(id));
  for (const id of wanted) if (!inSync.includes(id) && !learners.includes(id)) learners.push(id);
  if (same(inSync, record.inSync) && same(learners, record.learners)) return undefined;
  return { record: { ...record, inSync, learners }, absent: [], isUrgent };
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, i) => id === other[i]);
}
