import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { boolean, count, optional, positive } from './arguments.ts';

interface Semaphore {
  available: number;
  /** Whether permits belong to the session that acquired them, and come back when it ends. */
  readonly owned: boolean;
  readonly held: Map<string, number>;
}

/** Who waits for permits, first come first served: a large request is not overtaken by small ones. */
const QUEUE = 'acquire';

export const semaphore: ObjectType = defineType<'semaphore', Semaphore>('semaphore', {
  create([permits, owned]) {
    if (permits === undefined)
      throw new Refusal(
        'bad-argument',
        'a semaphore is made with a number of permits: semaphore(key, { permits })',
      );
    return {
      available: count('permits', permits),
      owned: optional('owned', owned, boolean) ?? true,
      held: new Map(),
    };
  },
  operations: {
    available: read((state) => state.available),
    acquire: write((state, [permits], call) => {
      const wanted = positive('permits', permits);
      if (state.available >= wanted && call.waiting(QUEUE) === 0)
        return take(state, call.session, wanted, call);
      return call.park(QUEUE, wanted);
    }),
    tryAcquire: write((state, [permits], call) => {
      const wanted = positive('permits', permits);
      if (state.available < wanted || call.waiting(QUEUE) > 0) return false;
      return take(state, call.session, wanted, call);
    }),
    release: write((state, [permits], call) => {
      const given = positive('permits', permits);
      if (!Number.isSafeInteger(state.available + given))
        throw new Refusal('bad-argument', `${given} permits more are too many to count`);
      // Who releases what another has acquired signals; its own count stays at nothing.
      if (state.owned) giveUp(state, call.session, given, call);
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

function giveUp(state: Semaphore, session: string, permits: number, call: StepContext): void {
  const held = state.held.get(session);
  if (held === undefined) return;
  if (held > permits) state.held.set(session, held - permits);
  else {
    state.held.delete(session);
    call.unhold(session);
  }
}

function grant(state: Semaphore, call: StepContext): void {
  for (let next = call.first(QUEUE); next !== undefined; next = call.first(QUEUE)) {
    const wanted = next.data as number;
    if (state.available < wanted) return;
    take(state, next.session.id, wanted, call);
    call.answer(next, true);
  }
}
