import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import type { Value } from '../value/value.ts';
import { bad, boolean, count, optional, positive } from './arguments.ts';

interface Semaphore {
  available: number;
  /** More permits are never to be had at a time. */
  readonly bound: number | undefined;
  /** Whether permits belong to the session that acquired them, and come back when it ends. */
  readonly owned: boolean;
  /** By session; who has held some for longest comes first. */
  readonly held: Map<string, number>;
}

/** Who waits for permits, first come first served: a large request is not overtaken by small ones. */
const QUEUE = 'acquire';

export const semaphore: ObjectType = defineType<'semaphore', Semaphore>('semaphore', {
  create([permits, owned, bound]) {
    if (permits === undefined)
      throw new Refusal(
        'bad-argument',
        'a semaphore is made with a number of permits: semaphore(key, { permits })',
      );
    const available = count('permits', permits);
    const most = optional('bound', bound, positive);
    if (most !== undefined && most < available)
      throw bad('bound', `at least as many as there are permits, ${available}`, most);
    return {
      available,
      bound: most,
      owned: optional('owned', owned, boolean) ?? true,
      held: new Map(),
    };
  },
  operations: {
    available: read((state) => state.available),
    acquire: write((state, [permits], call) => {
      const wanted = wantedOf(state, permits);
      if (state.available >= wanted && call.waiting(QUEUE) === 0)
        return take(state, call.session, wanted, call);
      return call.park(QUEUE, wanted);
    }),
    tryAcquire: write((state, [permits], call) => {
      const wanted = wantedOf(state, permits);
      if (state.available < wanted || call.waiting(QUEUE) > 0) return false;
      return take(state, call.session, wanted, call);
    }),
    /** Takes them from who holds them, first from the caller. Without a bound, only from the caller: the rest is new. */
    release: write((state, [permits], call) => {
      const given = positive('permits', permits);
      const { available, bound } = state;
      if (!Number.isSafeInteger(available + given))
        throw new Refusal('bad-argument', `${given} permits more are too many to count`);
      if (bound !== undefined && available + given > bound)
        throw new Refusal(
          'released-too-often',
          `semaphore ${JSON.stringify(call.key)} was released more often than it was acquired: ${available} of at most ${bound} permits are there, ${given} more would be too many`,
        );
      if (state.owned) {
        let left = giveUp(state, call.session, given, call);
        // There is somebody who holds what comes back now: its end must not bring it back once more. Without a bound it
        // may be a signal, which takes nothing from anybody.
        if (bound !== undefined)
          for (const session of state.held.keys()) left = giveUp(state, session, left, call);
      }
      state.available += given;
      grant(state, call);
      return undefined;
    }),
  },
  sessionEnded(state, session, call) {
    const held = state.held.get(session);
    if (held === undefined) return;
    state.held.delete(session);
    state.available += held;
    grant(state, call);
  },
  // The first in the queue may have been the one that was too large for what there is.
  abandoned: (state, _waiter, _why, call) => grant(state, call),
});

function take(state: Semaphore, session: string, permits: number, call: StepContext): true {
  state.available -= permits;
  if (state.owned) {
    state.held.set(session, (state.held.get(session) ?? 0) + permits);
    call.hold(session);
  }
  return true;
}

/** Takes so many permits from a session, or what it has; gives what is left to take. */
function giveUp(state: Semaphore, session: string, permits: number, call: StepContext): number {
  const held = state.held.get(session);
  if (held === undefined || permits === 0) return permits;
  if (held > permits) {
    state.held.set(session, held - permits);
    return 0;
  }
  state.held.delete(session);
  call.unhold(session);
  return permits - held;
}

function wantedOf({ bound }: Semaphore, permits: Value): number {
  const wanted = positive('permits', permits);
  if (bound === undefined || wanted <= bound) return wanted;
  throw bad('permits', `at most ${bound}, for there are never more at a time`, wanted);
}

function grant(state: Semaphore, call: StepContext): void {
  for (let next = call.first(QUEUE); next !== undefined; next = call.first(QUEUE)) {
    const wanted = next.data as number;
    if (state.available < wanted) return;
    take(state, next.session.id, wanted, call);
    call.answer(next, true);
  }
}
